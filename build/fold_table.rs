//! The table that text is folded by, made from Unicode's data (through the crates that carry it) and that of `OpenCC`.
//!
//! Each character becomes no, one or several units: compatibility forms opened (NFKC), case folded, marks taken off,
//! look-alikes of Latin letters and digits read as those, traditional Chinese read as simplified. What was done is kept
//! beside the result as evidence. `src/text/fold.rs` reads the table and knows its layout.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

// The layout of an entry; `src/text/fold.rs` has the same constants.
const CLASS_SHIFT: u32 = 21;
const SEPARATOR: u32 = 0;
const LETTER: u32 = 1;
const DIGIT: u32 = 2;
const HAN: u32 = 3;
const IGNORABLE: u32 = 4;
const MARK: u32 = 5;
const SEVERAL: u32 = 1 << 24;
const HOW_SHIFT: u32 = 25;
const DIACRITICS: u32 = 1;
const WIDTH: u32 = 2;
const HOMOGLYPH: u32 = 4;
const TRADITIONAL: u32 = 8;

const PAGE: usize = 256;

/// Look-alikes that Unicode's list of confusables leads elsewhere than to a Latin letter, by eye.
const LOOKALIKES: &[(&str, &str)] = &[
    ("αɑ", "a"),
    ("бв\u{299}ʙв", "b"),
    ("ϲ", "c"),
    ("ԁ", "d"),
    ("єэεεз", "e"),
    ("ɢ", "g"),
    ("нʜһ", "h"),
    ("ιɪіїӏ", "i"),
    ("кκĸ", "k"),
    ("ʟ", "l"),
    ("мᴍʍ", "m"),
    ("ηпɴли", "n"),
    ("σοө", "o"),
    ("ρр", "p"),
    ("гʀя", "r"),
    ("ѕ", "s"),
    ("тτᴛ", "t"),
    ("υцμμ", "u"),
    ("νѵ", "v"),
    ("ωшѡ", "w"),
    ("χх", "x"),
    ("уγʏ", "y"),
    ("ᴢ", "z"),
    ("ᴀ", "a"),
    ("ᴄ", "c"),
    ("ᴅ", "d"),
    ("ᴇ", "e"),
    ("ᴊ", "j"),
    ("ᴋ", "k"),
    ("ᴏ", "o"),
    ("ᴘ", "p"),
    ("ᴜ", "u"),
    ("ᴠ", "v"),
    ("ᴡ", "w"),
];

/// One folded unit: what it reads, its class, how it came to be.
type Unit = (char, u32, u32);

struct Folder {
    lookalikes: HashMap<char, char>,
    simplified: HashMap<char, char>,
}

/// The table as Rust source: two stages and the foldings of several units.
pub fn source(traditional: &str) -> String {
    let folder = Folder {
        lookalikes: LOOKALIKES
            .iter()
            .flat_map(|(alike, letter)| alike.chars().zip(letter.chars().cycle()))
            .collect(),
        simplified: traditional
            .lines()
            .filter_map(|line| {
                let mut pair = line.chars();
                Some((pair.next()?, pair.next()?))
            })
            .collect(),
    };

    let mut pages = BTreeMap::<Vec<u32>, usize>::new();
    let mut several = Vec::<u32>::new();
    let mut stage1 = Vec::new();
    for page in 0..0x11_0000 / PAGE {
        let entries = (page * PAGE..(page + 1) * PAGE)
            .map(|code| {
                let c = u32::try_from(code).ok().and_then(char::from_u32);
                c.map_or(0, |c| entry(c, &folder.fold(c), &mut several))
            })
            .collect::<Vec<_>>();
        let next = pages.len();
        stage1.push(*pages.entry(entries).or_insert(next));
    }
    let mut by_number = pages.into_iter().map(|(page, number)| (number, page)).collect::<Vec<_>>();
    by_number.sort();

    let mut text = String::new();
    let _ = writeln!(text, "pub(super) static STAGE1: [u16; {}] = {stage1:?};", stage1.len());
    let _ = writeln!(text, "pub(super) static STAGE2: [[u32; {PAGE}]; {}] = [", by_number.len());
    for (_, page) in &by_number {
        let _ = writeln!(text, "{page:?},");
    }
    let _ = writeln!(text, "];");
    let _ =
        writeln!(text, "pub(super) static SEVERAL_UNITS: [u32; {}] = {several:?};", several.len());
    text
}

/// A character that reads as itself has no character in its entry, so that pages of such are one page.
fn entry(c: char, units: &[Unit], several: &mut Vec<u32>) -> u32 {
    let coded =
        |&(read, class, how): &Unit| u32::from(read) | class << CLASS_SHIFT | how << HOW_SHIFT;
    match units {
        [(read, class, 0)] if *read == c => class << CLASS_SHIFT,
        [only] => coded(only),
        many => {
            let start = u32::try_from(several.len()).unwrap_or(0);
            several.push(u32::try_from(many.len()).unwrap_or(0));
            several.extend(many.iter().map(coded));
            start | SEVERAL
        }
    }
}

impl Folder {
    fn fold(&self, c: char) -> Vec<Unit> {
        if is_ignorable(c) {
            return vec![(c, IGNORABLE, 0)];
        }
        if is_mark(c) {
            return vec![(c, MARK, 0)];
        }
        if let Some(letter) = enclosed(c) {
            return vec![(letter, LETTER, WIDTH)];
        }
        // Said of a name, and no part of it.
        if matches!(c, '™' | '℠') {
            return vec![(c, SEPARATOR, 0)];
        }
        let opened = c.nfkc().collect::<String>();
        let how = if opened.chars().eq([c]) { 0 } else { WIDTH };
        let mut units = Vec::new();
        for part in opened.chars().filter(|part| !is_mark(*part) && !is_ignorable(*part)) {
            self.fold_part(part, how, &mut units);
        }
        if units.is_empty() {
            units.push((c, SEPARATOR, 0));
        }
        units
    }

    /// A simplified character may itself be the traditional form of another: the last one is meant.
    fn simplified(&self, c: char) -> Option<char> {
        let next = self.simplified.get(&c).copied()?;
        Some(self.simplified.get(&next).copied().unwrap_or(next))
    }

    /// Folds a character that NFKC leaves alone.
    fn fold_part(&self, c: char, how: u32, units: &mut Vec<Unit>) {
        if let Some(simplified) = self.simplified(c) {
            units.push((simplified, HAN, how | TRADITIONAL));
            return;
        }
        if let Some((latin, how)) = self.latin(c, how) {
            units.extend(latin.chars().map(|read| (read, class(read), how)));
            return;
        }
        // Folding case can undo a composition (İ), so the normal form is made anew.
        let folded = std::iter::once(c).default_case_fold().nfkc();
        let folded = folded.filter(|part| !is_mark(*part)).collect::<String>();
        units.extend(folded.chars().map(|read| (read, class(read), how)));
    }

    /// The Latin letters or digits that a character is, or is drawn like.
    fn latin(&self, c: char, how: u32) -> Option<(String, u32)> {
        let plain = |text: &str| {
            let lower = text.to_lowercase();
            let is_plain = !lower.is_empty() && lower.bytes().all(|it| it.is_ascii_alphanumeric());
            is_plain.then_some(lower)
        };
        let without_marks =
            |text: &str| text.nfd().filter(|part| !is_combining_mark(*part)).collect::<String>();
        if c.is_ascii() {
            return plain(&c.to_string()).map(|read| (read, how));
        }
        if !c.is_alphabetic() {
            return None;
        }
        let folded = std::iter::once(c).default_case_fold().collect::<String>();
        let base = without_marks(&folded);
        if let Some(read) = plain(&base) {
            let marked = base.chars().count() < folded.nfd().count();
            return Some((read, how | if marked { DIACRITICS } else { 0 }));
        }
        if let Some(read) = WITH_STROKE.iter().find(|(letter, _)| folded.contains(*letter)) {
            return Some((read.1.to_owned(), how | DIACRITICS));
        }
        // The capital's look decides before it is folded: Η is drawn like H, η is not.
        for text in [without_marks(&c.to_string()), base] {
            let drawn = skeleton(&text).collect::<String>();
            // Unicode draws capital I and small l alike; a capital is the former.
            let drawn = if drawn == "l" && c.is_uppercase() { "i".to_owned() } else { drawn };
            if let Some(read) = plain(&drawn) {
                return Some((read, how | HOMOGLYPH));
            }
            if let Some(read) = plain(&without_marks(&drawn)) {
                return Some((read, how | DIACRITICS));
            }
            let known = |part: char| self.lookalikes.get(&part).copied();
            if let Some(read) = text.chars().map(known).collect::<Option<String>>() {
                return Some((read, how | HOMOGLYPH)).filter(|(read, _)| !read.is_empty());
            }
        }
        None
    }
}

/// Latin letters of their own that people write without their stroke or as two.
const WITH_STROKE: &[(char, &str)] = &[
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ħ', "h"),
    ('ŧ', "t"),
    ('ŋ', "n"),
];

fn class(c: char) -> u32 {
    if is_han(c) {
        HAN
    } else if c.is_numeric() {
        DIGIT
    } else if c.is_alphabetic() || is_combining_mark(c) {
        LETTER
    } else {
        SEPARATOR
    }
}

/// Characters of Chinese writing.
fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}' | '々' | '〇')
}

/// Marks that go with any script, and so with none: accents, enclosures. Vowel signs are letters here.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{34E}' | '\u{350}'..='\u{36F}' | '\u{483}'..='\u{489}'
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}')
}

/// `Default_Ignorable_Code_Point`: what is not drawn.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Letters in discs, squares and flags that NFKC leaves closed.
fn enclosed(c: char) -> Option<char> {
    let code = u32::from(c);
    let first = [0x1_F150, 0x1_F170, 0x1_F1E6]
        .into_iter()
        .find(|first| (*first..*first + 26).contains(&code))?;
    char::from_u32(u32::from('a') + code - first)
}
