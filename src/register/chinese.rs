//! How Chinese text is searched: there are no boundaries, so a form may begin at every character. What forms do with
//! pairs of characters settles most places at once.

use std::ops::Range;

use super::compare;
use super::index::purpose::{
    AFTER_HEAD, ALIKE, BEFORE_TAIL, Beside, FIRST_SOUNDS, HEAD, LAST_SOUNDS, SOUND, SWAP, TAIL,
};
use super::index::{HAN_NEAR, LONG, Opening, pair, sound_and_char};
use super::keys::GroupKey;
use super::search::{Scratch, Searcher};
use crate::text::hash::{Part, part_of};
use crate::text::{Class, bits};

/// Characters of a Chinese mark.
const HAN_MAX: usize = 16;

/// Characters of the forms that [`pair::SWAPS`] leads to.
const SWAPPED: std::ops::RangeInclusive<usize> = 3..=4;

/// A place of a text where Chinese forms may stand: what is known of its pair of characters, as far as what follows lets
/// it in. How long forms may be that stand there as recorded, what forms do with the pair, how long those may be that
/// sound so; a byte each, as in an [`Opening`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Lead(u32);

impl Lead {
    /// Leads nowhere.
    const IDLE: Self = Self(0);
    /// What leads to forms that look like what stands there, or sound so.
    const NEAR: u32 = u32::from_le_bytes([0, pair::LOOKS | pair::BEGINS_LIKE, u8::MAX, 0]);

    fn is_idle(self) -> bool {
        self.0 == 0
    }

    /// Puts it, with its place, after so many others, unless it leads nowhere. Gives how many there are then.
    fn put(self, start: usize, count: usize, leads: &mut [(usize, Self)]) -> usize {
        if let Some(next) = leads.get_mut(count) {
            *next = (start, self);
        }
        count + usize::from(!self.is_idle())
    }

    /// Leaves only forms of some lengths that look or sound like what stands there.
    fn settle(&mut self, lengths: u8) {
        self.0 &= !Self::NEAR | u32::from_le_bytes([0, lengths, lengths, 0]);
    }
}

/// What stands at the characters from one on, as far as a form may reach, gathered from a text's end to its beginning.
#[derive(Default)]
struct Ahead {
    /// Where pairs stand with which forms end, one bit for each.
    tails: u8,
    /// How long the forms are that sound as if they ended with a pair, one byte for each.
    sounds: u64,
    /// What forms do with the pair that begins one character further on, see [`pair`].
    next_does: u8,
}

impl Ahead {
    /// Says what may stand at one character more.
    fn add(&mut self, opening: Opening) -> Lead {
        const ALONE: u8 = pair::LOOKS | pair::BEGINS_LIKE | pair::HEADS | pair::TAILS;
        let [_, does, _, sounds_end] = opening.0.to_le_bytes();
        self.tails = self.tails << 1 | u8::from(does & pair::TAILS != 0);
        self.sounds = self.sounds << 8 | u64::from(sounds_end);
        let swaps = u8::from(self.next_does & pair::SWAPS_ON != 0) * pair::SWAPS;
        self.next_does = does;
        // Forms of two characters end with the pair they begin with.
        let lengths = self.tails | 1 | LONG;
        Lead(opening.0 & u32::from_le_bytes([lengths, ALONE | swaps, self.ends(), 0]))
    }

    /// How long the forms are that begin at the first character and sound as if they ended where they do: of the first
    /// byte the first bit, of the second the second, and so on.
    fn ends(&self) -> u8 {
        const DIAGONAL: u64 = 0x8040_2010_0804_0201;
        const SUM: u64 = 0x0101_0101_0101_0101;
        let [.., ends] = (self.sounds & DIAGONAL).wrapping_mul(SUM).to_le_bytes();
        ends
    }
}

impl Searcher<'_> {
    /// Says where anything may stand. Most pairs of characters are settled here, without a decision that could be guessed
    /// wrong.
    pub(super) fn find_leads(&mut self) {
        let Scratch { openings, leads, .. } = &mut *self.scratch;
        leads.clear();
        if openings.iter().all(|it| it.is_idle()) {
            return;
        }
        leads.resize(openings.len(), (0, Lead::IDLE));
        let mut ahead = Ahead::default();
        let (mut any, mut count) = (0, 0);
        for (start, opening) in openings.iter().enumerate().rev() {
            let lead = ahead.add(*opening);
            any |= lead.0;
            count = lead.put(start, count, leads);
        }
        leads.truncate(count);
        if any & Lead::NEAR != 0 {
            self.settle();
        }
    }

    /// Words of the dictionary mean themselves, and so do characters that belong to different words: neither looks or
    /// sounds like a form.
    fn settle(&mut self) {
        let guards = self.index.guards;
        let mut leads = std::mem::take(&mut self.scratch.leads);
        let reading = self.scratch.reading(self.text);
        let mut count = 0;
        for at in 0..leads.len() {
            let Some((start, mut lead)) = leads.get(at).copied() else { break };
            let lengths = reading.lengths(start);
            let ends = if guards.reading { lengths.between_words } else { u8::MAX };
            let words = if guards.dictionary { lengths.words } else { 0 };
            lead.settle(ends & !words);
            count = lead.put(start, count, &mut leads);
        }
        leads.truncate(count);
        self.scratch.leads = leads;
    }

    /// Looks at every place among some characters. `false` where it ended early.
    pub(super) fn chinese(&mut self, units: Range<usize>) -> bool {
        while let Some((start, lead)) = self.next_lead(units.end) {
            if self.is_full() {
                return false;
            }
            if start >= units.start {
                self.follow(start, lead);
            }
        }
        true
    }

    /// Takes the next lead before a place.
    fn next_lead(&mut self, end: usize) -> Option<(usize, Lead)> {
        self.scratch.leads.pop_if(|(start, _)| *start < end)
    }

    /// Chinese forms that begin at a character, as recorded or by look and sound, and those that have their beginning
    /// or their end there and an edit elsewhere. One decision for each of a lead's bits is guessed wrong less often than
    /// one for each thing it could lead to. What few places lead to stands in functions that are called: in this one, the
    /// compiler works out for every place what they might need.
    #[inline(never)]
    fn follow(&mut self, start: usize, lead: Lead) {
        for bit in bits(lead.0) {
            let (byte, bit) = (bit / u8::BITS, bit % u8::BITS);
            let range = start..start + HAN_NEAR.start() + bit as usize;
            match byte {
                0 if 1 << bit == LONG => self.long_as_recorded(start),
                0 => self.exact(range),
                1 => self.does(&range, 1 << bit),
                _ => self.sounding(range),
            }
        }
    }

    fn long_as_recorded(&mut self, start: usize) {
        for length in HAN_NEAR.end() + 1..=self.han_ahead(start) {
            self.exact(start..start + length);
        }
    }

    /// Forms that look like some characters or have an edit, by what they do with the first pair.
    fn does(&mut self, range: &Range<usize>, does: u8) {
        match does {
            pair::LOOKS | pair::BEGINS_LIKE => self.look_alikes(range),
            pair::HEADS => self.begun(range.start),
            pair::TAILS => self.ended(range.start),
            _ => self.swapped(range.start),
        }
    }

    /// Forms that begin with a pair and have an edit in what follows.
    #[inline(never)]
    fn begun(&mut self, start: usize) {
        let end = start + 2;
        let pair = self.part(start..end);
        if self.may_be_beside(pair, AFTER_HEAD, Some(end), Some(end + 1)) {
            for form in self.index.han.nominated(pair.finish(HEAD)) {
                self.anchored(form, |length| Some(start..start + length));
            }
        }
    }

    /// Forms that end with a pair and have an edit in what is before.
    #[inline(never)]
    fn ended(&mut self, start: usize) {
        let end = start + 2;
        let pair = self.part(start..end);
        if self.may_be_beside(pair, BEFORE_TAIL, start.checked_sub(1), start.checked_sub(2)) {
            for form in self.index.han.nominated(pair.finish(TAIL)) {
                self.anchored(form, |length| Some(end.checked_sub(length)?..end));
            }
        }
    }

    /// Whether the two characters beside a pair are such as stand there where a form does with an edit. Most are not, which
    /// saves a look at the forms.
    fn may_be_beside(
        &self,
        pair: Part,
        purpose: Beside,
        next: Option<usize>,
        second: Option<usize>,
    ) -> bool {
        let char_at = |at: Option<usize>| Some(u32::from(self.text.units().get(at?)?.read));
        let sound = next.and_then(|at| self.scratch.syllables.get(at)).copied();
        let group = pair.finish(purpose.pair);
        let holds = |value: Option<u32>, purpose| {
            value.is_some_and(|value| {
                let key = GroupKey::new(group, pair.push(value).finish(purpose));
                self.index.beside.may_hold(key)
            })
        };
        holds(char_at(next), purpose.next)
            | holds(char_at(second), purpose.second)
            | holds(sound.map(u32::from), purpose.sound)
    }

    /// How many Chinese characters stand from one on, as far as a mark may reach.
    fn han_ahead(&self, start: usize) -> usize {
        let ahead = self.text.units().iter().skip(start).take(HAN_MAX);
        ahead.take_while(|unit| unit.class == Class::Han).count()
    }

    /// Forms that look like what stands there.
    fn look_alikes(&mut self, range: &Range<usize>) {
        let hash = self.part(range.clone()).finish(ALIKE);
        self.nominate(&self.index.alike, hash, range, compare::near_han);
    }

    /// Forms that sound like what stands there. Of two characters one has to be the same: many pairs sound like a form
    /// of which they have none, and these need no look at it.
    fn sounding(&mut self, range: Range<usize>) {
        let syllables = self.scratch.syllables.get(range.clone()).unwrap_or_default();
        if let ([first, second], [a, b]) = (syllables, self.units(range.clone())) {
            let first_sounds = sound_and_char(*first, b.read).finish(FIRST_SOUNDS);
            let last_sounds = sound_and_char(*second, a.read).finish(LAST_SOUNDS);
            self.nominate(&self.index.han, first_sounds, &range, compare::near_han);
            self.nominate(&self.index.han, last_sounds, &range, compare::near_han);
        } else {
            let hash = part_of(syllables.iter().copied().map(u32::from)).finish(SOUND);
            self.nominate(&self.index.han, hash, &range, compare::near_han);
        }
    }

    /// Whether a word may begin or end before a unit.
    fn may_end_at(&mut self, at: usize) -> bool {
        !self.index.guards.reading || self.scratch.reading(self.text).is_boundary(at)
    }

    fn is_chinese_word(&mut self, range: Range<usize>) -> bool {
        self.index.guards.dictionary && self.scratch.reading(self.text).is_word(range)
    }

    /// A form of which two characters stand there: the others may be changed, one may be missing or too many.
    #[inline(never)]
    fn anchored(&mut self, form: u32, place: impl Fn(usize) -> Option<Range<usize>>) {
        let index = self.index;
        let letters = index.form_letters(form);
        let shorter =
            letters.len().checked_sub(1).filter(|_| letters.len() >= compare::HAN_LOSSY_MIN);
        for length in [Some(letters.len()), shorter, Some(letters.len() + 1)].into_iter().flatten()
        {
            let Some(range) = place(length) else { continue };
            let techniques = compare::near_han(self.units(range.clone()), letters)
                .filter(|_| self.reads_as_one(&range, letters))
                .or_else(|| compare::edited_han(self.units(range.clone()), letters));
            if let Some(techniques) = techniques.filter(|_| self.may_be_changed(&range)) {
                self.keep(form, range, techniques);
            }
        }
    }

    /// Whether the text around can be read so that a word stands there; three characters as recorded need no such
    /// support.
    fn reads_as_one(&mut self, range: &Range<usize>, letters: &[char]) -> bool {
        const SAME_CERTAIN: usize = 3;
        compare::same_places(self.units(range.clone()), letters) >= SAME_CERTAIN
            || self.may_end_at(range.start) && self.may_end_at(range.end)
    }

    /// Short forms of which two neighbours stand there, each in the other's place.
    #[inline(never)]
    fn swapped(&mut self, start: usize) {
        for length in *SWAPPED.start()..=self.han_ahead(start).min(*SWAPPED.end()) {
            let range = start..start + length;
            let hash = self.part(range.clone()).finish(SWAP);
            if self.index.han.may_nominate(hash) && self.may_be_changed(&range) {
                self.nominate(&self.index.han, hash, &range, compare::edited_han);
            }
        }
    }

    /// Whether these are Chinese characters, and no word of the dictionary, which would mean itself.
    fn may_be_changed(&mut self, range: &Range<usize>) -> bool {
        self.units(range.clone()).iter().all(|unit| unit.class == Class::Han)
            && !self.is_chinese_word(range.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::super::index::SoundLengths;
    use super::*;
    use crate::domain::Technique;
    use crate::register::{Guards, Register, test_support};
    use crate::text::fold;
    use crate::text::han::{lookalikes, syllable};

    /// A form of each length, of characters that no two forms share.
    const FORMS: [&str; 8] = [
        "马达",
        "路易登",
        "卡地亚玺",
        "欧米茉霞薇",
        "纪梵希娜雅芳",
        "博柏利罗斯德曼",
        "波特拉查克沃马丁",
        "苏菲阿莲娜妮凯伦铂",
    ];

    fn register() -> Register {
        let mut register = test_support::register(&FORMS);
        // Where words are is no matter here.
        register.guard(Guards { dictionary: false, reading: false, explanation: false });
        register
    }

    /// The forms that a text gives, and whether one is written with other characters that sound like its own.
    fn found(register: &Register, declared: &str) -> Vec<(String, bool)> {
        let found = test_support::found(register, declared).into_iter();
        found.map(|(mark, _, how)| (mark, how.contains(Technique::Homophone))).collect()
    }

    fn is_found(register: &Register, declared: &str, form: &str, by_sound: bool) -> bool {
        found(register, declared).contains(&(form.to_owned(), by_sound))
    }

    #[test]
    fn forms_of_every_length_stand_anywhere() {
        let register = register();
        for form in FORMS {
            for declared in [
                form.to_owned(),
                format!("{form}鞋"),
                format!("新款女{form}"),
                format!("女{form}鞋{form}"),
                format!("Y9{form}x2"),
                format!("女 {form} a"),
            ] {
                assert!(is_found(&register, &declared, form, false), "{declared}");
            }
        }
    }

    #[test]
    fn forms_are_found_by_their_sound() {
        let register = register();
        for (declared, form) in [
            ("码达", FORMS[0]),
            ("女码达鞋", FORMS[0]),
            ("女录易登鞋", FORMS[1]),
            ("卡迪亚玺", FORMS[2]),
            ("x卡迪亚玺9", FORMS[2]),
            ("女博柏莉罗斯德曼鞋", FORMS[5]),
        ] {
            assert!(is_found(&register, declared, form, true), "{declared}: {form}");
        }
        // One character by its sound and one by its look, from either end.
        let alike = |c| lookalikes(c)[0];
        for declared in [format!("卡地压{}", alike('玺')), format!("{}帝亚玺", alike('卡'))]
        {
            assert!(is_found(&register, &declared, FORMS[2], true), "{declared}");
        }
    }

    #[test]
    fn forms_are_found_with_two_neighbours_swapped() {
        let register = register();
        for (declared, form) in [
            ("易路登", FORMS[1]),
            ("女路登易鞋", FORMS[1]),
            ("地卡亚玺", FORMS[2]),
            ("新款女卡亚地玺鞋", FORMS[2]),
            ("x卡亚地玺9", FORMS[2]),
            ("卡地玺亚", FORMS[2]),
            ("欧茉米霞薇", FORMS[3]),
        ] {
            assert!(is_found(&register, declared, form, false), "{declared}: {form}");
        }
        // Two characters say too little, and three have to be all there.
        for declared in ["达马", "易路鞋", "路登女易"] {
            assert_eq!(found(&register, declared), [], "{declared}");
        }
    }

    /// A form with one character less, more, in another's place or changed, as told by a number.
    fn edit(letters: &mut Vec<char>, place: usize, how: u8) {
        let place = place % letters.len();
        let [recorded, next] = [place, (place + 1) % letters.len()];
        match how {
            0 if letters.len() > 2 => drop(letters.remove(place)),
            1 => letters.insert(place, '鞋'),
            2 => letters[recorded] = '鞋',
            3 => letters.swap(recorded, next),
            4 => letters[recorded] = *lookalikes(letters[recorded]).first().unwrap_or(&'鞋'),
            _ => {
                let sound = syllable(letters[recorded]);
                let same = ('\u{4E00}'..='\u{9FFF}').find(|c| syllable(*c) == sound);
                letters[recorded] = same.unwrap();
            }
        }
    }

    proptest! {
        /// What stands beside a pair decides whether forms are looked at: none that would be found may be passed over.
        #[test]
        fn forms_with_an_edit_are_found_from_either_end(
            form in 1..7_usize,
            edits in prop::collection::vec((0..9_usize, 0..6_u8), 1..3),
            around in ("[新马鞋]{0,2}", "[新马鞋]{0,2}"),
        ) {
            static REGISTER: LazyLock<Register> = LazyLock::new(register);
            let mut letters = FORMS[form].chars().collect::<Vec<_>>();
            for (place, how) in edits {
                edit(&mut letters, place, how);
            }
            let declared = format!("{}{}{}", around.0, String::from_iter(letters), around.1);
            let found = test_support::candidates(&REGISTER, &declared);
            let folded = fold(&declared);
            for form in &FORMS[1..7] {
                let letters = form.chars().collect::<Vec<_>>();
                let least = usize::from(letters.len() >= compare::HAN_LOSSY_MIN);
                for len in letters.len() - least..=letters.len() + 1 {
                    for (start, units) in folded.units().windows(len).enumerate() {
                        let is_anchored = units.iter().zip(&letters).take(2).all(|(a, b)| a == b)
                            || units.iter().rev().zip(letters.iter().rev()).take(2).all(|(a, b)| a == b);
                        let techniques = compare::near_han(units, &letters)
                            .or_else(|| compare::edited_han(units, &letters));
                        let is_han = units.iter().all(|unit| unit.class == Class::Han);
                        if is_han && is_anchored && techniques.is_some() {
                            let is_found = found.iter().any(|it| {
                                let name = REGISTER.recordal(it.recordal).map(|it| it.right_name.as_str());
                                name == Some(form) && it.units == (start..start + len)
                            });
                            prop_assert!(is_found, "{} {} {}", declared, form, start);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn lengths_have_to_fit_what_is_ahead() {
        let opening =
            |begins, does, begin, end| Opening::new(begins, does, SoundLengths { begin, end });
        let mut ahead = Ahead::default();
        let mut add = |opening| ahead.add(opening).0.to_le_bytes();
        add(opening(0, pair::TAILS, 0, 0b100));
        add(opening(0, pair::SWAPS_ON, 0, 0b010));
        let [as_recorded, does, sounds, _] = add(opening(0b111, pair::SWAPS, 0b111, 0b000));
        // Two characters as recorded whatever follows, four because forms end two further on, three do not.
        assert_eq!(as_recorded, 0b101);
        assert_eq!(sounds, 0b110);
        // Swapped forms go on with the next pair, or they are none.
        assert_eq!(does, pair::SWAPS);
        // How long those are that are longer is seen later.
        assert_eq!(add(opening(LONG, pair::SWAPS, u8::MAX, 0)), [LONG, 0, 0, 0]);
        // Whatever else there is to a pair stays.
        let others = pair::LOOKS | pair::BEGINS_LIKE | pair::HEADS | pair::TAILS;
        assert_eq!(add(opening(0, others | pair::SWAPS_ON, 0, u8::MAX)), [0, others, 0, 0]);
    }

    #[test]
    fn what_is_settled_leaves_nothing_else_out() {
        let mut lead = Lead(u32::from_le_bytes([0b111, 0b1111, 0b111, 0]));
        lead.settle(0b010);
        let does = pair::BEGINS_LIKE | pair::HEADS | pair::TAILS;
        assert_eq!(lead.0.to_le_bytes(), [0b111, does, 0b010, 0]);
    }
}
