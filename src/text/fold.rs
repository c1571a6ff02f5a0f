//! Folding: NFKC and full case folding, piece by piece, so that every folded token knows its source span.

use std::ops::Range;

use caseless::Caseless;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// A text as compared: NFKC, case folded, white space runs as one space, typographic apostrophes straight.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoldedText {
    text: String,
    tokens: Vec<Token>,
}

/// A run of letters and digits, or a single Han character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Bytes of the folded text.
    bytes: Range<usize>,
    /// Unicode scalar values of the declared text.
    pub span: Range<u32>,
}

impl FoldedText {
    /// The tokens, in the order of the text.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The folded text from the first token's beginning to the last token's end; empty without tokens.
    #[must_use]
    pub fn covering(&self, tokens: &[Token]) -> &str {
        match tokens {
            [] => "",
            [only] => self.text.get(only.bytes.clone()).unwrap_or_default(),
            [first, .., last] => {
                self.text.get(first.bytes.start..last.bytes.end).unwrap_or_default()
            }
        }
    }
}

/// Folds a text in time linear in its length.
#[must_use]
pub fn fold(declared: &str) -> FoldedText {
    let mut builder = Builder::with_capacity(declared.len());
    let mut position = 0_u32;
    let mut rest = declared;
    while let Some(piece) = next_piece(rest) {
        let end = position.saturating_add(piece.chars);
        fold_piece(&piece, |folded| builder.push(folded, &(position..end)));
        position = end;
        rest = rest.get(piece.text.len()..).unwrap_or_default();
    }
    builder.finish()
}

/// A part of a text that folds by itself.
struct Piece<'a> {
    text: &'a str,
    chars: u32,
    /// The only character, where it is one that NFKC leaves alone.
    inert: Option<char>,
}

fn fold_piece(piece: &Piece<'_>, mut push: impl FnMut(char)) {
    match piece.inert {
        Some(inert) => push(inert.to_ascii_lowercase()),
        // Folding case can undo a composition (İ), so the normal form is made anew.
        None => piece.text.chars().nfkc().default_case_fold().nfkc().for_each(push),
    }
}

/// The shortest beginning of the text that no later character can join in NFKC.
fn next_piece(text: &str) -> Option<Piece<'_>> {
    let mut chars = text.char_indices();
    let (_, first) = chars.next()?;
    let mut count = 1;
    let mut end = text.len();
    for (index, c) in chars {
        if begins_piece(c) {
            end = index;
            break;
        }
        count += 1;
    }
    let inert = Some(first).filter(|first| count == 1 && is_inert(*first));
    Some(Piece { text: text.get(..end)?, chars: count, inert })
}

/// Whether NFKC keeps the character apart from whatever stands before it.
fn begins_piece(c: char) -> bool {
    if is_inert(c) {
        return true;
    }
    let Some(first) = std::iter::once(c).nfkd().next() else {
        return false;
    };
    canonical_combining_class(first) == 0
        && is_nfkc_quick(std::iter::once(first)) != IsNormalized::Maybe
}

/// ASCII and the unified ideographs: never composed, never decomposed. The table of NFKC need not be asked.
fn is_inert(c: char) -> bool {
    c.is_ascii() || matches!(c, '\u{4E00}'..='\u{9FFF}')
}

/// Characters of Chinese writing: each is a token of its own, since nothing marks where words end.
fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}' | '々' | '〇')
}

struct Builder {
    folded: FoldedText,
    /// The last token is a run that the next letter or digit continues.
    in_run: bool,
}

impl Builder {
    fn with_capacity(bytes: usize) -> Self {
        let text = String::with_capacity(bytes);
        let tokens = Vec::with_capacity(bytes / 4);
        Self { folded: FoldedText { text, tokens }, in_run: false }
    }

    fn push(&mut self, c: char, span: &Range<u32>) {
        let c = match c {
            '\u{2019}' => '\'',
            c if c.is_whitespace() => ' ',
            c => c,
        };
        if c == ' ' && self.folded.text.ends_with(' ') {
            return;
        }
        let start = self.folded.text.len();
        self.folded.text.push(c);
        let bytes = start..self.folded.text.len();

        let han = is_han(c);
        let continues = !han && (c.is_alphanumeric() || (self.in_run && is_combining_mark(c)));
        match self.folded.tokens.last_mut() {
            Some(token) if self.in_run && continues => {
                token.bytes.end = bytes.end;
                token.span.end = span.end;
            }
            _ if han || continues => self.folded.tokens.push(Token { bytes, span: span.clone() }),
            _ => {}
        }
        self.in_run = continues;
    }

    fn finish(self) -> FoldedText {
        self.folded
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(declared: &str) -> Vec<(String, String)> {
        let folded = fold(declared);
        folded
            .tokens()
            .iter()
            .map(|token| {
                let source = declared
                    .chars()
                    .skip(token.span.start as usize)
                    .take(token.span.len())
                    .collect::<String>();
                (folded.covering(std::slice::from_ref(token)).to_owned(), source)
            })
            .collect()
    }

    #[test]
    fn cuts_and_folds() {
        for (declared, expected) in [
            ("", vec![]),
            (" ,. ", vec![]),
            ("Nike Air", vec![("nike", "Nike"), ("air", "Air")]),
            ("ＮＩＫＥ１", vec![("nike1", "ＮＩＫＥ１")]),
            ("𝒩𝒾𝓀𝑒", vec![("nike", "𝒩𝒾𝓀𝑒")]),
            (
                "正品小米X3",
                vec![("正", "正"), ("品", "品"), ("小", "小"), ("米", "米"), ("x3", "X3")],
            ),
            ("Straße", vec![("strasse", "Straße")]),
            ("Ne\u{301}t", vec![("nét", "Ne\u{301}t")]),
            ("ﬁt", vec![("fit", "ﬁt")]),
            ("Levi’s", vec![("levi", "Levi"), ("s", "s")]),
            ("ｶﾞﾝﾀﾞﾑ", vec![("ガンダム", "ｶﾞﾝﾀﾞﾑ")]),
        ] {
            let expected = expected
                .into_iter()
                .map(|(folded, source)| (folded.to_owned(), source.to_owned()))
                .collect::<Vec<_>>();
            assert_eq!(tokens(declared), expected, "{declared:?}");
        }
    }

    #[test]
    fn gaps_are_part_of_what_is_compared() {
        let folded = fold("H&M   of\u{3000}Levi’s");
        assert_eq!(folded.covering(folded.tokens()), "h&m of levi's");
    }

    proptest! {
        /// Piece by piece gives what the whole text gives.
        #[test]
        fn pieces_are_independent(declared in any::<String>()) {
            let whole = declared.chars().nfkc().default_case_fold().nfkc().collect::<String>();
            let mut pieces = String::new();
            let mut rest = declared.as_str();
            while let Some(piece) = next_piece(rest) {
                fold_piece(&piece, |c| pieces.push(c));
                rest = &rest[piece.text.len()..];
            }
            prop_assert_eq!(pieces, whole);
        }

        #[test]
        fn spans_are_ordered_and_inside_the_text(declared in "[a-zA-Z0-9 éÉｶﾞ米\u{301}ﬁß.]{0,60}") {
            let folded = fold(&declared);
            let mut last_end = 0;
            for token in folded.tokens() {
                // Tokens may share a piece ("㎏" folds to two letters), but never run backwards.
                prop_assert!(token.span.start <= token.span.end && token.span.end >= last_end);
                last_end = token.span.end;
            }
            prop_assert!(last_end as usize <= declared.chars().count());
        }
    }
}
