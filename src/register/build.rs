//! Building the index in one go from all marks: every form once, and the hashes under which it is looked up.

use std::ops::RangeInclusive;

use arrayvec::ArrayVec;
use hashbrown::HashTable;
use jiff::civil::Date;

use super::compare;
use super::form::{Capitals, Rarity, gaps, is_comparable, ordinariness, transliterate};
use super::index::purpose::{
    AFTER_HEAD, ALIKE, BEFORE_TAIL, Beside, EDGE, EDIT, ENDS, FIRST_SOUNDS, HEAD, LAST_SOUNDS,
    LETTERS, LOOK, SOUND, SWAP, TAIL,
};
use super::index::{
    FUZZY_MAX, FUZZY_MIN, Form, HAN_ANCHORED_MIN, HAN_NEAR, Index, SHORT_MAX, SoundLengths,
    Written, length_bit, pair, sound_and_char, sound_pair,
};
use super::keys::{Filter, GroupFilter, GroupKey, Keys, PairFacts};
use super::{Evidence, Name, RecordalId};
use crate::domain::{Recordal, RecordalStatus};
use crate::text::FoldedText;
use crate::text::han::{LOOKALIKES_MAX, SYLLABLES_MAX, is_han, lookalikes, syllable, syllables};
use crate::text::hash::{Part, Prefixes, pair_hash, part_of};

impl Index {
    /// Indexes the names of recordals that are live.
    pub(super) fn build<'a>(recordals: impl Iterator<Item = (&'a Recordal, RecordalId)>) -> Self {
        let mut builder = Builder::default();
        for (recordal, id) in recordals.filter(|(it, _)| it.status == RecordalStatus::Live) {
            let right = std::iter::once((Name::Right, recordal.right_name.as_str()));
            let aliases =
                (0..=u16::MAX).map(Name::Alias).zip(recordal.aliases.iter().map(String::as_str));
            builder.add(id, &recordal.days(), right.chain(aliases));
        }
        builder.finish()
    }
}

#[derive(Default)]
struct Builder {
    /// Memory that names are folded in.
    folded: FoldedText,
    /// The letters of one name.
    letters: Vec<char>,
    index: Index,
    /// The forms by their letters.
    by_letters: HashTable<u32>,
    hashes: Hashes,
    /// Who recorded which form that somebody had before, in the order of the register.
    others: Vec<(u32, Written)>,
    recorded: Vec<Recorded>,
}

/// What is known of a form while others are added.
#[derive(Clone, Copy, Default)]
struct Recorded {
    /// Who recorded it last.
    last: Option<RecordalId>,
    sound: Sound,
}

/// How a form sounds in Latin letters.
#[derive(Clone, Copy, Default)]
enum Sound {
    #[default]
    Unheard,
    /// Like nothing that could be a form.
    Nothing,
    Form(u32),
}

impl Builder {
    /// Adds a recordal's names, then how those sound: a name that is recorded comes before one that is made.
    fn add<'a>(
        &mut self,
        recordal: RecordalId,
        days: &RangeInclusive<Date>,
        names: impl Iterator<Item = (Name, &'a str)>,
    ) {
        let written = |name, transliterated| Written {
            recordal,
            evidence: Evidence { name, transliterated },
            gaps: 0,
            first_day: *days.start(),
            last_day: *days.end(),
            capitals: None,
        };
        let mut forms = Vec::new();
        for (name, text) in names {
            self.folded.refold(text);
            if !is_comparable(&self.folded) {
                continue;
            }
            self.letters.clear();
            self.letters.extend(self.folded.units().iter().map(|unit| unit.read));
            let form = self.form(|builder| ordinariness(&builder.folded));
            let gaps = gaps(self.folded.units());
            let capitals = Capitals::of(text, self.folded.units());
            self.record(form, Written { gaps, capitals, ..written(name, false) });
            forms.push((name, form));
        }
        for (name, form) in forms {
            if let Some(sound) = self.sound(form) {
                self.record(sound, written(name, true));
            }
        }
    }

    /// The form of the letters at hand; what is to be known of it is asked only where it is new.
    fn form(&mut self, ordinariness: impl FnOnce(&Self) -> (Rarity, bool)) -> u32 {
        let hash = part_of(self.letters.iter().map(|c| u32::from(*c))).finish(LETTERS);
        let has_letters = |form: &u32| self.index.form_letters(*form) == self.letters;
        if let Some(form) = self.by_letters.find(hash, has_letters) {
            return *form;
        }
        let (rarity, is_name) = ordinariness(self);
        let index = &mut self.index;
        let number = place(index.forms.len());
        let letters = place(index.letters.len());
        let mut short = ['\0'; SHORT_MAX];
        match short.get_mut(..self.letters.len()) {
            Some(short) => short.copy_from_slice(&self.letters),
            None => index.letters.extend_from_slice(&self.letters),
        }
        index.forms.push(Form {
            short,
            length: u8::try_from(self.letters.len()).unwrap_or(u8::MAX),
            letters,
            first: None,
            others: 0,
            others_count: 0,
            rarity,
            is_name,
            is_han: self.letters.iter().all(|c| is_han(*c)),
        });
        self.recorded.push(Recorded::default());
        self.hashes.exact.push((hash, number));
        let hashes = &self.hashes.exact;
        let hash_of = |form: &u32| hashes.get(*form as usize).map_or(0, |(hash, _)| *hash);
        self.by_letters.insert_unique(hash, number, hash_of);
        number
    }

    /// The form of how another sounds.
    fn sound(&mut self, form: u32) -> Option<u32> {
        match self.recorded.get(form as usize)?.sound {
            Sound::Nothing => return None,
            Sound::Form(sound) => return Some(sound),
            Sound::Unheard => {}
        }
        let sounds = transliterate(self.index.form_letters(form), &mut self.letters);
        let sound = sounds.then(|| {
            let rarity = self.index.forms.get(form as usize).map_or(Rarity::COINED, |it| it.rarity);
            self.form(|_| (rarity, false))
        });
        self.recorded.get_mut(form as usize)?.sound = sound.map_or(Sound::Nothing, Sound::Form);
        sound
    }

    /// Says who recorded a form. A recordal that repeats it, as name and alias or in another case, is named once.
    fn record(&mut self, form: u32, written: Written) {
        let Some(recorded) = self.recorded.get_mut(form as usize) else { return };
        let Some(known) = self.index.forms.get_mut(form as usize) else { return };
        if recorded.last == Some(written.recordal) {
            return;
        }
        recorded.last = Some(written.recordal);
        if known.first.is_none() {
            known.first = Some(written);
        } else {
            known.others_count += 1;
            self.others.push((form, written));
        }
    }

    fn finish(mut self) -> Index {
        self.sort_others();
        self.hashes.reserve(&self.index.forms);
        for (number, form) in (0..).zip(&self.index.forms) {
            self.hashes.add(number, self.index.letters(form), self.index.written(form));
        }
        self.hashes.fill(&mut self.index);
        self.index
    }

    /// Puts those together who recorded one form, in the order of the register.
    fn sort_others(&mut self) {
        let mut next = 0;
        for form in &mut self.index.forms {
            form.others = next;
            next += std::mem::take(&mut form.others_count);
        }
        let Some((_, any)) = self.others.first() else { return };
        self.index.others = vec![*any; self.others.len()];
        for (number, written) in std::mem::take(&mut self.others) {
            let Some(form) = self.index.forms.get_mut(number as usize) else { continue };
            let place = form.others + form.others_count;
            if let Some(slot) = self.index.others.get_mut(place as usize) {
                *slot = written;
            }
            form.others_count += 1;
        }
    }
}

/// Never more than a register of four thousand million letters needs.
fn place(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Hashes of all forms, gathered before their tables are made.
#[derive(Default)]
struct Hashes {
    exact: Vec<(u64, u32)>,
    latin: Vec<(u64, u32)>,
    han: Vec<(u64, u32)>,
    alike: Vec<(u64, u32)>,
    edges: Vec<u64>,
    beside: Vec<GroupKey>,
    pairs: Vec<(u64, u16)>,
    sounds: Vec<SoundLengths>,
    /// Memory that sums reuse.
    sums: Prefixes,
}

impl Hashes {
    /// Makes room for the hashes of all forms, since growing would move most of them again and again. At most so many are
    /// made: memory that none needs is never touched.
    fn reserve(&mut self, forms: &[Form]) {
        let (mut han, mut latin) = (0, 0);
        for form in forms {
            if form.is_han {
                han += 1;
            } else {
                latin += 2 + usize::from(form.length); // its look, its letters, and without each one
            }
        }
        // Forms of two characters have most look-alikes and pairs, longer ones alone have anything beside them.
        self.latin.reserve_exact(latin);
        self.alike.reserve_exact(han * 2 * LOOKALIKES_MAX);
        self.han.reserve_exact(han * 6); // of three characters: the sound, three pairs, two swaps
        self.pairs.reserve_exact(han * (1 + 2 * LOOKALIKES_MAX));
        self.beside.reserve_exact(han * (10 + 2 * LOOKALIKES_MAX));
    }

    /// Adds the hashes of a form that is not looked up as it is. One that is made from another's sound is found as it is
    /// or at a glance only.
    fn add<'w>(
        &mut self,
        number: u32,
        letters: &[char],
        mut written: impl Iterator<Item = &'w Written> + Clone,
    ) {
        self.sums.refill(letters.iter().map(|c| u32::from(*c)));
        if letters.iter().all(|c| is_han(*c)) {
            self.han_form(number, letters);
            return;
        }
        for gaps in written.clone().map(|it| it.gaps) {
            self.edge_tokens(gaps, letters.len());
        }
        if (FUZZY_MIN..=FUZZY_MAX).contains(&letters.len()) {
            let looks = compare::skeleton(letters);
            self.latin.push((part_of(looks.iter().map(|c| u32::from(*c))).finish(LOOK), number));
            if written.any(|it| !it.evidence.transliterated) {
                self.edits(number, letters);
            }
        }
    }

    /// The form, and the form with any one of its letters left out.
    fn edits(&mut self, form: u32, letters: &[char]) {
        let all = 0..letters.len();
        self.latin.push((self.sums.part(all.clone()).finish(EDIT), form));
        let mut last = None;
        for (left_out, c) in letters.iter().enumerate() {
            // Leaving out either of two equal letters gives the same.
            if last != Some(c) {
                let hash = self.sums.without(all.clone(), left_out).finish(EDIT);
                self.latin.push((hash, form));
            }
            last = Some(c);
        }
    }

    /// The first and the last word of a form of several.
    fn edge_tokens(&mut self, gaps: u64, letters: usize) {
        if gaps == 0 {
            return;
        }
        let first = gaps.trailing_zeros() as usize;
        let last = (u64::BITS - 1 - gaps.leading_zeros()) as usize;
        for range in [0..first, last..letters] {
            self.edges.push(self.sums.part(range).finish(EDGE));
        }
    }

    fn han_form(&mut self, form: u32, letters: &[char]) {
        if letters.len() >= *HAN_NEAR.start() {
            self.pair(letters, length_bit(letters.len()), 0);
        }
        if !HAN_NEAR.contains(&letters.len()) {
            return;
        }
        self.sound(form, letters);
        if letters.len() >= HAN_ANCHORED_MIN {
            let last = letters.len() - 2;
            self.pair(letters, 0, pair::HEADS);
            self.pair(letters.get(last..).unwrap_or_default(), 0, pair::TAILS);
            let (head, tail) = (self.sums.part(0..2), self.sums.part(last..last + 2));
            self.han.push((head.finish(HEAD), form));
            self.han.push((tail.finish(TAIL), form));
            self.beside(head, AFTER_HEAD, letters.iter().skip(2).copied());
            self.beside(tail, BEFORE_TAIL, letters.iter().rev().skip(2).copied());
        }
        self.looks(form, letters);
        self.swaps(form, letters);
    }

    /// Says what stands beside a pair at an end of a form where the form does with an edit elsewhere: its next character,
    /// one that looks or sounds like that or, where that is missing, the one after; or after any character one of both.
    fn beside(&mut self, pair: Part, purpose: Beside, mut rest: impl Iterator<Item = char>) {
        let Some(next) = rest.next() else { return };
        let after = rest.next();
        let group = pair.finish(purpose.pair);
        let key = |value: u32, purpose| GroupKey::new(group, pair.push(value).finish(purpose));
        let alike = lookalikes(next).iter().copied();
        let nexts = std::iter::once(next).chain(after).chain(alike);
        self.beside.extend(nexts.map(|c| key(c.into(), purpose.next)));
        let seconds = std::iter::once(next).chain(after);
        self.beside.extend(seconds.map(|c| key(c.into(), purpose.second)));
        self.beside.push(key(syllable(next).into(), purpose.sound));
    }

    /// Says how long the forms are that begin with the first two of some characters, and what else they do with them.
    fn pair(&mut self, letters: &[char], begins: u8, does: u8) {
        if let [first, second, ..] = letters {
            self.pairs.push((pair_hash(*first, *second), u16::from_le_bytes([begins, does])));
        }
    }

    fn sound(&mut self, form: u32, letters: &[char]) {
        let sounds =
            syllables(letters.iter().copied()).collect::<ArrayVec<_, { *HAN_NEAR.end() }>>();
        let ([first, second, ..], [.., before, last]) = (sounds.as_slice(), sounds.as_slice())
        else {
            return;
        };
        if sounds.contains(&0) {
            return;
        }
        if let [a, b] = *letters {
            self.han.push((sound_and_char(*first, b).finish(FIRST_SOUNDS), form));
            self.han.push((sound_and_char(*second, a).finish(LAST_SOUNDS), form));
        } else {
            self.han.push((part_of(sounds.iter().copied().map(u32::from)).finish(SOUND), form));
        }
        self.sounds.resize(SYLLABLES_MAX * SYLLABLES_MAX, SoundLengths::default());
        let length = length_bit(letters.len());
        if let Some(lengths) = self.sounds.get_mut(sound_pair(*first, *second)) {
            lengths.begin |= length;
        }
        if let Some(lengths) = self.sounds.get_mut(sound_pair(*before, *last)) {
            lengths.end |= length;
        }
    }

    /// Forms of which no pair is left when one character is replaced by one that looks like it, or hidden.
    fn looks(&mut self, form: u32, letters: &[char]) {
        match *letters {
            [first, second] => {
                let first_alike = lookalikes(first).iter().map(|alike| (*alike, second));
                let second_alike = lookalikes(second).iter().map(|alike| (first, *alike));
                for (first, second) in first_alike.chain(second_alike) {
                    let part = part_of([u32::from(first), u32::from(second)]);
                    self.pair(&[first, second], 0, pair::LOOKS);
                    self.alike.push((part.finish(ALIKE), form));
                }
            }
            [first, second, third] => {
                let ends = part_of([u32::from(first), u32::from(third)]);
                self.han.push((ends.finish(ENDS), form));
                for alike in lookalikes(second) {
                    let part = part_of([u32::from(first), u32::from(*alike)]);
                    self.pair(&[first, *alike], 0, pair::BEGINS_LIKE);
                    self.alike.push((part.push(u32::from(third)).finish(ALIKE), form));
                }
            }
            _ => {}
        }
    }

    /// Forms of which no pair at an end is left when two neighbours change places.
    fn swaps(&mut self, form: u32, letters: &[char]) {
        match *letters {
            [a, b, c] => {
                self.swapped(form, &[b, a, c]);
                self.swapped(form, &[a, c, b]);
            }
            [a, b, c, d] => self.swapped(form, &[a, c, b, d]),
            _ => {}
        }
    }

    fn swapped(&mut self, form: u32, swapped: &[char]) {
        let part = part_of(swapped.iter().map(|c| u32::from(*c)));
        self.han.push((part.finish(SWAP), form));
        self.pair(swapped, 0, pair::SWAPS);
        self.pair(swapped.get(1..).unwrap_or_default(), 0, pair::SWAPS_ON);
    }

    fn fill(self, index: &mut Index) {
        index.exact = Keys::build(self.exact);
        index.latin = Keys::build(self.latin);
        index.han = Keys::build(self.han);
        index.alike = Keys::build(self.alike);
        index.edges = Filter::of(self.edges.into_iter());
        index.beside = GroupFilter::of(&self.beside);
        index.pairs = PairFacts::of(&self.pairs);
        index.sounds = self.sounds;
    }
}
