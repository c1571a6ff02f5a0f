//! Folding: one pass from declared text to units that can be compared, each with its source span and what was done.

use std::ops::Range;
use std::str::Chars;

use super::block::{BLOCK, BLOCK_FIRST, in_block};
use super::hash::SUMMED_MAX;
use super::reference::reference;
use table::{SEVERAL_UNITS, STAGE1, STAGE2};

#[expect(clippy::unreadable_literal, reason = "made by build/fold_table.rs")]
mod table {
    include!(concat!(env!("OUT_DIR"), "/fold_table.rs"));
}

// The layout of a table entry; `build/fold_table.rs` has the same constants.
const CLASS_SHIFT: u32 = 21;
const SEVERAL: u32 = 1 << 24;
const HOW_SHIFT: u32 = 25;
const READ_MASK: u32 = (1 << CLASS_SHIFT) - 1;
/// Of a Chinese character that is read as it is.
const PLAIN_HAN: u32 = 3 << CLASS_SHIFT;

/// Most units of one text; what follows is left out, and [`FoldedText::is_cut`] says so.
pub const UNITS_MAX: usize = SUMMED_MAX;

/// What a character is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Separator,
    Letter,
    Digit,
    Han,
    /// Not drawn.
    Ignorable,
    /// An accent on what stands before it.
    Mark,
}

/// What folding did to a unit, as a set of bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct How(u8);

impl How {
    /// Accents or strokes were taken off.
    pub const DIACRITICS: Self = Self(1);
    /// A compatibility form: full width, mathematical, enclosed.
    pub const WIDTH: Self = Self(2);
    /// Read as the Latin letter that it looks like.
    pub const HOMOGLYPH: Self = Self(4);
    /// A traditional character.
    pub const TRADITIONAL: Self = Self(8);
    /// Something that is not drawn stands before it.
    pub const ZERO_WIDTH: Self = Self(16);

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any of the other's bits is set.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Classes of units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Classes(u8);

impl Classes {
    fn of(class: Class) -> Self {
        Self(1 << class as u8)
    }

    fn with(self, class: Class) -> Self {
        self.and(Self::of(class))
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a class is among them.
    #[must_use]
    pub fn has(self, class: Class) -> bool {
        self.0 & 1 << class as u8 != 0
    }
}

/// What stands before a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// The unit before, of the same run.
    None,
    /// Nothing that is drawn, but writing changes: letters and digits, or something that is not drawn.
    Seam,
    /// Nothing, and one of both is a Han character: every one of them is a word's possible beginning or end.
    Han,
    /// Punctuation, symbols.
    Symbol,
    /// White space, or the beginning of the text.
    Space,
}

impl Gap {
    /// Whether a word may begin here.
    #[must_use]
    pub fn is_boundary(self) -> bool {
        self >= Self::Han
    }

    /// Whether something is drawn, or a space left.
    #[must_use]
    pub fn is_apart(self) -> bool {
        self >= Self::Symbol
    }
}

/// One letter, digit or Han character as compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    pub read: char,
    pub class: Class,
    pub how: How,
    /// What stands before it.
    pub gap: Gap,
    /// Unicode scalar values of the declared text: where it begins,
    pub start: u32,
    /// and one past its end.
    pub end: u32,
}

/// Whether it is read as a letter.
impl PartialEq<char> for Unit {
    fn eq(&self, letter: &char) -> bool {
        self.read == *letter
    }
}

/// A run of letters and digits, or a single Han character, as a range of units.
pub type Token = Range<usize>;

/// A text as compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoldedText {
    units: Vec<Unit>,
    tokens: Vec<Token>,
    cut: bool,
    /// Of which kinds its symbols are: bits of those below.
    symbols: u8,
    /// Of which classes its units are,
    classes: Classes,
    /// and those of each token.
    token_classes: Vec<Classes>,
}

/// Those that can stand for letters, see [`symbol_letter`].
const STAND_INS: u8 = 1;
/// Those that hide what they stand for, see [`is_mask`].
const MASKS: u8 = 1 << 1;

impl FoldedText {
    /// The units, in the order of the text.
    #[must_use]
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The tokens, in the order of the text.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Of which classes the units of each token are.
    #[must_use]
    pub fn token_classes(&self) -> &[Classes] {
        &self.token_classes
    }

    /// Whether the text had more units than are looked at.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Whether it holds symbols that can stand for letters, see [`symbol_letter`].
    #[must_use]
    pub fn has_stand_ins(&self) -> bool {
        self.symbols & STAND_INS != 0
    }

    /// Whether it holds symbols that hide what they stand for, see [`is_mask`].
    #[must_use]
    pub fn has_masks(&self) -> bool {
        self.symbols & MASKS != 0
    }

    /// Whether it holds Chinese characters.
    #[must_use]
    pub fn has_han(&self) -> bool {
        self.classes.has(Class::Han)
    }

    /// Whether it holds nothing else.
    #[must_use]
    pub fn is_only_han(&self) -> bool {
        self.classes == Classes::of(Class::Han)
    }

    /// The source span of a range of units.
    #[must_use]
    pub fn span(&self, range: Range<usize>) -> Range<u32> {
        match self.units.get(range) {
            Some([first, .., last]) => first.start..last.end,
            Some([only]) => only.start..only.end,
            _ => 0..0,
        }
    }

    /// Folds another text into the same memory.
    pub fn refold(&mut self, declared: &str) {
        self.units.clear();
        self.tokens.clear();
        self.token_classes.clear();
        self.cut = false;
        self.symbols = 0;
        self.classes = Classes::default();
        self.units.reserve(declared.len().min(UNITS_MAX));
        let mut folding = Folding {
            folded: self,
            gap: Gap::Space,
            last: Class::Separator,
            unseen: false,
            token_start: 0,
            token_classes: Classes::default(),
        };
        folding.text(declared);
        folding.end_token();
    }
}

/// Folds a text in time linear in its length.
#[must_use]
pub fn fold(declared: &str) -> FoldedText {
    let mut folded = FoldedText::default();
    folded.refold(declared);
    folded
}

struct Folding<'a> {
    folded: &'a mut FoldedText,
    /// What stands between the last unit and the next.
    gap: Gap,
    /// The last unit's class; that of a separator before the first.
    last: Class,
    /// Something that is not drawn stands there.
    unseen: bool,
    /// At which unit the last token begins.
    token_start: usize,
    /// Of which classes its units are.
    token_classes: Classes,
}

impl Folding<'_> {
    fn text(&mut self, declared: &str) {
        let mut position = 0_u32;
        let mut rest = declared.chars();
        loop {
            let ahead = rest.as_str();
            let Some(c) = rest.next() else { return };
            if self.folded.units.len() >= UNITS_MAX {
                self.folded.cut = true;
                return;
            }
            if c.is_ascii_alphabetic() {
                let letters = self.plain_letters(ahead.as_bytes(), position);
                position = position.saturating_add(u32::try_from(letters).unwrap_or(u32::MAX));
                rest = ahead.get(letters..).unwrap_or_default().chars();
            } else if let Some((stands_for, length)) = reference(ahead) {
                self.referred_to(stands_for, position, length);
                position = position.saturating_add(length);
                rest = ahead.get(length as usize..).unwrap_or_default().chars();
            } else {
                self.character(c, position);
                position = position.saturating_add(1);
                if self.is_after_han() {
                    (rest, position) = self.plain_han(rest, position);
                }
            }
        }
    }

    /// Whether the last unit is a Chinese character, and nothing is between it and the next.
    fn is_after_han(&self) -> bool {
        self.last == Class::Han && self.gap == Gap::None && !self.unseen
    }

    /// Chinese characters in a row that are read as they are, each a token like the one before. Gives what follows.
    fn plain_han<'t>(&mut self, mut rest: Chars<'t>, mut position: u32) -> (Chars<'t>, u32) {
        while self.folded.units.len() < UNITS_MAX {
            let ahead = rest.clone();
            let Some(read) = rest.next().filter(|c| is_plain_han(*c)) else {
                rest = ahead;
                break;
            };
            let end = position.saturating_add(1);
            let (class, how, gap) = (Class::Han, How::default(), Gap::Han);
            self.folded.units.push(Unit { read, class, how, gap, start: position, end });
            position = end;
        }
        // All but the last, which ends where another token begins.
        let last = self.folded.units.len() - 1;
        self.folded.tokens.extend((self.token_start..last).map(|at| at..at + 1));
        self.folded.token_classes.resize(self.folded.tokens.len(), Classes::of(Class::Han));
        self.token_start = last;
        (rest, position)
    }

    /// Letters of ASCII in a row: most of most texts, and all but the first like the one before. Gives how many they are.
    /// Where a word ends is guessed wrong, so eight bytes are read as letters, and those taken back that are none.
    fn plain_letters(&mut self, bytes: &[u8], position: u32) -> usize {
        let (class, plain) = (Class::Letter, How::default());
        let (gap, how) = self.before_unit(class, plain);
        let begin = self.folded.units.len();
        let mut end = position;
        let mut count = 0;
        loop {
            let eight = first_eight(bytes.get(count..).unwrap_or_default());
            let blank = Unit { read: ' ', class, how: plain, gap: Gap::None, start: 0, end: 0 };
            let mut units = [blank; 8];
            for (unit, byte) in units.iter_mut().zip(eight) {
                // A letter's lower case has this bit more.
                unit.read = char::from(byte | 0x20);
                unit.start = end;
                // No text that is read has so many characters that their positions wrap.
                end = end.wrapping_add(1);
                unit.end = end;
            }
            self.folded.units.extend_from_slice(&units);
            let letters = leading_letters(eight);
            count += letters;
            if letters < eight.len() || begin + count >= UNITS_MAX {
                break;
            }
        }
        let count = count.min(UNITS_MAX - begin);
        self.folded.units.truncate(begin + count);
        if let Some(first) = self.folded.units.get_mut(begin) {
            (first.gap, first.how) = (gap, how);
        }
        count
    }

    /// A character for which a reference of some length stands.
    fn referred_to(&mut self, c: char, position: u32, length: u32) {
        let before = self.folded.units.len();
        self.character(c, position);
        for unit in self.folded.units.iter_mut().skip(before) {
            unit.how = unit.how.and(How::WIDTH);
            unit.end = position.saturating_add(length);
        }
    }

    fn character(&mut self, c: char, position: u32) {
        if c == ' ' {
            self.gap = Gap::Space;
            return;
        }
        let entry = entry(c);
        if entry & SEVERAL == 0 {
            self.entry(entry, c, position);
            return;
        }
        let start = (entry & READ_MASK) as usize;
        let several = SEVERAL_UNITS.get(start..).and_then(<[u32]>::split_first);
        for &entry in several.and_then(|(count, rest)| rest.get(..*count as usize)).unwrap_or(&[]) {
            self.entry(entry, c, position);
        }
    }

    fn entry(&mut self, entry: u32, c: char, position: u32) {
        let class = class(entry);
        match class {
            Class::Separator => self.separator(c),
            Class::Ignorable => self.unseen = true,
            Class::Mark => self.mark(position),
            Class::Letter | Class::Digit | Class::Han => {
                let how = How((entry >> HOW_SHIFT) as u8);
                self.unit(read(entry, c), class, how, position);
            }
        }
    }

    fn separator(&mut self, c: char) {
        let gap = if c.is_whitespace() { Gap::Space } else { Gap::Symbol };
        self.gap = self.gap.max(gap);
        if symbol_letter(c).is_some() {
            self.folded.symbols |= STAND_INS;
        }
        if is_mask(c) {
            self.folded.symbols |= MASKS;
        }
    }

    /// An accent changes the unit that it stands on.
    fn mark(&mut self, position: u32) {
        if self.gap == Gap::None
            && let Some(last) = self.folded.units.last_mut()
        {
            last.how = last.how.and(How::DIACRITICS);
            last.end = position.saturating_add(1);
        }
    }

    fn unit(&mut self, read: char, class: Class, how: How, position: u32) {
        // One character can be several units.
        if self.folded.units.len() >= UNITS_MAX {
            self.folded.cut = true;
            return;
        }
        let (gap, how) = self.before_unit(class, how);
        let end = position.saturating_add(1);
        self.folded.units.push(Unit { read, class, how, gap, start: position, end });
    }

    /// What stands before the next unit, and what was done to it with that.
    fn before_unit(&mut self, class: Class, how: How) -> (Gap, How) {
        let seam = match self.last {
            Class::Separator => Gap::None,
            last if last == Class::Han || class == Class::Han => Gap::Han,
            last if last != class || self.unseen => Gap::Seam,
            _ => Gap::None,
        };
        self.last = class;
        let gap = std::mem::replace(&mut self.gap, Gap::None).max(seam);
        if gap.is_boundary() {
            self.end_token();
        }
        self.token_classes = self.token_classes.with(class);
        let unseen = std::mem::take(&mut self.unseen);
        (gap, if unseen { how.and(How::ZERO_WIDTH) } else { how })
    }

    /// What was read since the last token is one, where it is anything.
    fn end_token(&mut self) {
        let end = self.folded.units.len();
        if self.token_start < end {
            self.folded.tokens.push(self.token_start..end);
            self.token_start = end;
            let classes = std::mem::take(&mut self.token_classes);
            self.folded.token_classes.push(classes);
            self.folded.classes = self.folded.classes.and(classes);
        }
    }
}

/// The first eight bytes of a text, with zeros where it has fewer.
fn first_eight(bytes: &[u8]) -> [u8; 8] {
    bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut eight = [0; 8];
        eight.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
        eight
    })
}

/// How many of eight bytes are letters of ASCII up to the first that is none, all looked at at once.
fn leading_letters(bytes: [u8; 8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    let bytes = u64::from_le_bytes(bytes);
    let lower = (bytes | (0x20 * EACH)) & !HIGH;
    // The first bit of each byte says whether it is so far on.
    let from_a = lower + (0x80 - 0x61) * EACH;
    let after_z = lower + (0x80 - 0x7b) * EACH;
    let others = !(from_a & !after_z & !bytes) & HIGH;
    (others.trailing_zeros() / u8::BITS) as usize
}

/// The letter for which people write a symbol, as it looks at a glance.
#[must_use]
pub fn symbol_letter(c: char) -> Option<char> {
    Some(match c {
        '@' => 'a',
        '$' => 's',
        '!' | '¡' | '|' | '£' => 'l',
        '€' => 'e',
        '+' => 't',
        '¥' => 'y',
        _ => return None,
    })
}

/// Whether people write a symbol in the place of a letter or a character that they do not want to be read by machines.
#[must_use]
pub fn is_mask(c: char) -> bool {
    matches!(c, '*' | '＊' | '✱' | '_' | '○' | '◯' | '●' | '□' | '■')
}

/// As what a character outside ASCII is read that stands for one letter, digit or Chinese character; `None` for others.
#[must_use]
pub fn read_alone(c: char) -> Option<char> {
    let entry = entry(c);
    let is_one = matches!(class(entry), Class::Letter | Class::Digit | Class::Han);
    (is_one && entry & SEVERAL == 0).then(|| read(entry, c))
}

/// Whether a character is not drawn, so that nobody sees that it is there: `Default_Ignorable_Code_Point` of Unicode.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    class(entry(c)) == Class::Ignorable
}

/// Whether a character of the block of unified ideographs is read as it is.
fn is_plain_han(c: char) -> bool {
    let place = in_block(c);
    PLAIN_HAN_BITS.get(place / 64).is_some_and(|bits| bits >> (place % 64) & 1 == 1)
}

/// A bit for each character of the block, as its entry says: few enough bytes to stay near.
#[expect(clippy::indexing_slicing, reason = "worked out when compiled")]
static PLAIN_HAN_BITS: [u64; BLOCK / 64] = {
    let mut bits = [0; BLOCK / 64];
    let mut place = 0;
    while place < BLOCK {
        let code = BLOCK_FIRST as usize + place;
        if STAGE2[STAGE1[code >> 8] as usize][code & 0xff] == PLAIN_HAN {
            bits[place / 64] |= 1 << (place % 64);
        }
        place += 1;
    }
    bits
};

fn read(entry: u32, c: char) -> char {
    char::from_u32(entry & READ_MASK).filter(|read| *read != '\0').unwrap_or(c)
}

fn entry(c: char) -> u32 {
    let code = c as usize;
    let page = STAGE1.get(code >> 8).and_then(|page| STAGE2.get(usize::from(*page)));
    page.and_then(|page| page.get(code & 0xff)).copied().unwrap_or(0)
}

fn class(entry: u32) -> Class {
    match entry >> CLASS_SHIFT & 7 {
        1 => Class::Letter,
        2 => Class::Digit,
        3 => Class::Han,
        4 => Class::Ignorable,
        5 => Class::Mark,
        _ => Class::Separator,
    }
}

#[cfg(test)]
mod tests {
    use icu_casemap::CaseMapper;
    use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
    use proptest::prelude::*;

    use super::*;

    fn read(declared: &str) -> String {
        fold(declared).units().iter().map(|unit| unit.read).collect()
    }

    fn hows(declared: &str) -> Vec<How> {
        fold(declared).units().iter().map(|unit| unit.how).collect()
    }

    #[test]
    fn letters_are_read_as_people_read_them() {
        for (declared, expected, how) in [
            ("NIKE", "nike", How::default()),
            ("ｎｉｋｅ", "nike", How::WIDTH),
            ("𝓝𝓲𝓴𝓮", "nike", How::WIDTH),
            ("ⓃⒾⓀⒺ", "nike", How::WIDTH),
            ("🅽🅸🅺🅴", "nike", How::WIDTH),
            ("ñîķé", "nike", How::DIACRITICS),
            ("łøđ", "lod", How::DIACRITICS),
            ("ΝΙΚΕ", "nike", How::HOMOGLYPH), // Greek
            ("НІКЕ", "hike", How::HOMOGLYPH), // Cyrillic
            ("аѕтιυ", "astiu", How::HOMOGLYPH),
            ("ᴀᴅɪᴅᴀѕ", "adidas", How::HOMOGLYPH),
            ("愛馬仕", "爱马仕", How::TRADITIONAL),
            ("香奈兒", "香奈儿", How::TRADITIONAL),
        ] {
            assert_eq!(read(declared), expected, "{declared}");
            let all = hows(declared).into_iter().fold(How::default(), How::and);
            assert_eq!(all, how, "{declared}");
        }
        assert_eq!(read("ﬁ ㎏ Straße Ⅷ æ"), "fikgstrasseviiiae");
        // Said of a name, not part of it.
        assert_eq!(read("Nike™ Nike® Nike℠"), "nikenikenike");
    }

    #[test]
    fn words_of_every_length_are_read_letter_by_letter() {
        for (length, after) in
            (1..=20).flat_map(|it| ["", " ", "Zz", " Q, up", "é9", "中文"].map(|after| (it, after)))
        {
            let word = ('A'..='Z').chain('a'..='z').cycle().skip(length).take(length);
            let declared = format!("1 {}{after}", word.clone().collect::<String>());
            let folded = fold(&declared);
            for (at, letter) in word.enumerate() {
                let (read, start) = (letter.to_ascii_lowercase(), u32::try_from(at).unwrap() + 2);
                let gap = if at == 0 { Gap::Space } else { Gap::None };
                let (class, how) = (Class::Letter, How::default());
                let expected = Unit { read, class, how, gap, start, end: start + 1 };
                assert_eq!(folded.units()[at + 1], expected, "{declared}");
            }
            assert_eq!(read(&declared), format!("1{}", read(&declared[2..])), "{declared}");
        }
    }

    #[test]
    fn tokens_know_of_which_classes_their_units_are() {
        use Class::{Digit, Han, Letter};
        let folded = fold("Nike 42 r2d2鞋子é7");
        let classes = |token: &Classes| {
            [Letter, Digit, Han].into_iter().filter(|class| token.has(*class)).collect::<Vec<_>>()
        };
        let classes = folded.token_classes().iter().map(classes).collect::<Vec<_>>();
        let both = vec![Letter, Digit];
        assert_eq!(classes, [vec![Letter], vec![Digit], both.clone(), vec![Han], vec![Han], both]);
    }

    #[test]
    fn spans_and_gaps_lead_back_to_the_declared_text() {
        let folded = fold("A-b\u{301} ﬁ鞋 12\u{200b}x");
        let places = folded
            .units()
            .iter()
            .map(|unit| (unit.read, unit.start, unit.end, unit.gap))
            .collect::<Vec<_>>();
        assert_eq!(
            places,
            [
                ('a', 0, 1, Gap::Space),
                ('b', 2, 4, Gap::Symbol),
                ('f', 5, 6, Gap::Space),
                ('i', 5, 6, Gap::None),
                ('鞋', 6, 7, Gap::Han),
                ('1', 8, 9, Gap::Space),
                ('2', 9, 10, Gap::None),
                ('x', 11, 12, Gap::Seam),
            ]
        );
        assert_eq!(folded.tokens(), [0..1, 1..2, 2..4, 4..5, 5..8]);
        assert_eq!(folded.span(2..5), 5..7);
        let referring = fold("L&#69;vi&#39;s &amp;");
        let places = referring.units().iter().map(|unit| (unit.read, unit.start, unit.end));
        assert_eq!(
            places.collect::<Vec<_>>(),
            [('l', 0, 1), ('e', 1, 6), ('v', 6, 7), ('i', 7, 8), ('s', 13, 14)]
        );
        assert_eq!(referring.tokens(), [0..4, 4..5]);
        let hidden = fold("n\u{200b}ike");
        assert_eq!(hidden.tokens(), std::slice::from_ref(&(0..4)));
        assert!(hidden.units()[1].how.has(How::ZERO_WIDTH));
    }

    #[test]
    fn chinese_that_nothing_was_done_to_is_as_declared() {
        let mut as_declared = 0;
        for c in '\0'..=char::MAX {
            let folded = fold(&c.to_string());
            let plain = |unit: &&Unit| unit.class == Class::Han && unit.how == How::default();
            for unit in folded.units().iter().filter(plain) {
                assert_eq!(unit.read, c);
                as_declared += 1;
            }
        }
        assert!(as_declared > 80_000, "{as_declared}");
    }

    #[test]
    fn characters_are_read_after_a_chinese_one_as_alone() {
        let known = |unit: &Unit| (unit.read, unit.class, unit.how);
        let mut chinese = 0;
        for c in '\0'..=char::MAX {
            let (alone, after) = (fold(&c.to_string()), fold(&format!("鞋{c}鞋")));
            let [_, between @ .., _] = after.units() else { panic!("{c:?}") };
            // An accent or something that is not drawn is no unit, and changes the one beside it.
            if alone.units().is_empty() {
                assert!(between.is_empty(), "{c:?}");
                continue;
            }
            assert!(between.iter().map(known).eq(alone.units().iter().map(known)), "{c:?}");
            if let [unit] = between
                && unit.class == Class::Han
            {
                assert_eq!(after.tokens(), [0..1, 1..2, 2..3], "{c:?}");
                assert_eq!((unit.start, unit.end), (1, 2), "{c:?}");
                assert!(unit.gap.is_boundary(), "{c:?}");
                chinese += 1;
            }
        }
        assert!(chinese > 80_000, "{chinese}");
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_and_says_so() {
        let folded = fold(&"a".repeat(UNITS_MAX + 1));
        assert_eq!((folded.units().len(), folded.is_cut()), (UNITS_MAX, true));
        assert!(!fold("abc").is_cut());
        for (count, is_cut) in [(UNITS_MAX, false), (UNITS_MAX + 1, true)] {
            let folded = fold(&"鞋".repeat(count));
            let whole = (folded.units().len(), folded.tokens().len());
            assert_eq!((whole, folded.is_cut()), ((UNITS_MAX, UNITS_MAX), is_cut));
        }
    }

    /// Another implementation's word for every character of Unicode: NFKC, full case folding, NFKC.
    #[test]
    fn all_of_unicode_folds_as_icu_folds_it() {
        let nfkc = ComposingNormalizer::new_nfkc();
        let nfd = DecomposingNormalizer::new_nfd();
        let cases = CaseMapper::new();
        let mut compared = 0;
        let mut differ = Vec::new();
        for c in ('\0'..=char::MAX).filter(|c| c.is_alphanumeric()) {
            // Letters of Unicode 17, which only one of both knows; enclosed letters, which only we open.
            if matches!(c, '\u{A7CE}' | '\u{A7D2}' | '\u{A7D4}' | '\u{16EA0}'..='\u{16EB8}' | '\u{1F150}'..='\u{1F189}')
            {
                continue;
            }
            let units = fold(&c.to_string());
            // Where more was done than folding, others have nothing to compare.
            let more = How::HOMOGLYPH.and(How::TRADITIONAL);
            if units.units().is_empty() || units.units().iter().any(|unit| unit.how.has(more)) {
                continue;
            }
            let opened = nfkc.normalize(c.encode_utf8(&mut [0; 4])).into_owned();
            let folded = nfkc.normalize(&cases.fold_string(&opened)).into_owned();
            let letters = |text: &str| {
                let plain = |c: &char| c.is_alphanumeric();
                nfd.normalize(text).chars().filter(plain).collect::<String>()
            };
            let strokes = ["æ", "œ", "ø", "ł", "đ", "ð", "þ", "ħ", "ŧ", "ŋ"];
            let with_stroke = units.units().iter().any(|unit| unit.how.has(How::DIACRITICS));
            if with_stroke
                && (strokes.iter().any(|it| folded.contains(it)) || !letters(&folded).is_ascii())
            {
                continue;
            }
            let ours = units.units().iter().map(|unit| unit.read).collect::<String>();
            if letters(&ours) != letters(&folded) {
                differ.push(format!("U+{:04X} {ours} {folded}", u32::from(c)));
            }
            compared += 1;
        }
        assert_eq!(differ, Vec::<String>::new());
        assert!(compared > 120_000, "{compared}");
    }

    proptest! {
        #[test]
        fn letters_are_counted_as_one_by_one(bytes in prop::array::uniform8(prop_oneof![Just(b'a'), Just(b'Z'), any::<u8>()])) {
            let letters = bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
            prop_assert_eq!(leading_letters(bytes), letters);
        }

        #[test]
        fn spans_are_ordered_and_inside_the_text(declared in "\\PC{0,60}") {
            let length = u32::try_from(declared.chars().count()).unwrap();
            let folded = fold(&declared);
            let mut last = 0;
            for unit in folded.units() {
                prop_assert!(last <= unit.start && unit.start < unit.end && unit.end <= length);
                last = unit.start;
            }
            let tokens = folded.tokens();
            prop_assert!(tokens.iter().map(ExactSizeIterator::len).sum::<usize>() == folded.units().len());
            prop_assert!(tokens.windows(2).all(|pair| pair[0].end == pair[1].start));
        }

        #[test]
        fn what_is_folded_folds_to_itself(declared in any::<String>()) {
            let once = read(&declared);
            prop_assert_eq!(read(&once), once);
        }
    }
}
