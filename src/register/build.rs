//! Building the index in one go from all marks: every form once, and the hashes under which it is looked up.

use hashbrown::HashMap;

use super::compare;
use super::form::{Spelling, spelling, transliteration};
use super::index::purpose::{ALIKE, EDGE, EDIT, HEAD, LETTERS, LOOK, PAIR, SOUND, TAIL};
use super::index::{
    FUZZY_MAX, FUZZY_MIN, Form, HAN_ANCHORED_MIN, HAN_NEAR, Index, Written, pair, sound_pair,
};
use super::keys::{Filter, Keys, PairFlags};
use super::{Evidence, Name, RecordalId};
use crate::domain::{Recordal, RecordalStatus};
use crate::text::FoldedText;
use crate::text::han::{is_han, lookalikes, syllable, syllable_count};
use crate::text::hash::{Prefixes, part_of};

impl Index {
    /// Indexes the names of recordals that are live.
    pub(super) fn build<'a>(recordals: impl Iterator<Item = (&'a Recordal, RecordalId)>) -> Self {
        let mut builder = Builder::default();
        for (recordal, id) in recordals.filter(|(it, _)| it.status == RecordalStatus::Live) {
            let right = std::iter::once((Name::Right, recordal.right_name.as_str()));
            let aliases = (0..).map(Name::Alias).zip(recordal.aliases.iter().map(String::as_str));
            builder.add(id, right.chain(aliases));
        }
        builder.finish()
    }
}

#[derive(Default)]
struct Builder {
    /// Memory that folding reuses.
    folded: FoldedText,
    spellings: Vec<Spelling>,
    by_letters: HashMap<Box<[char]>, usize>,
    written: Vec<Vec<Written>>,
}

impl Builder {
    /// Adds a recordal's names, then how those sound: a name that is recorded comes before one that is made.
    fn add<'a>(&mut self, recordal: RecordalId, names: impl Iterator<Item = (Name, &'a str)>) {
        let mut made = Vec::new();
        for (name, text) in names {
            let Some(spelling) = spelling(text, &mut self.folded) else { continue };
            made.extend(transliteration(&spelling).map(|it| (name, it)));
            self.add_spelling(recordal, Evidence { name, transliterated: false }, spelling);
        }
        for (name, spelling) in made {
            self.add_spelling(recordal, Evidence { name, transliterated: true }, spelling);
        }
    }

    fn add_spelling(&mut self, recordal: RecordalId, evidence: Evidence, spelling: Spelling) {
        let gaps = spelling.gaps;
        let number = if let Some(number) = self.by_letters.get(spelling.letters.as_slice()) {
            *number
        } else {
            let number = self.spellings.len();
            self.by_letters.insert(spelling.letters.as_slice().into(), number);
            self.spellings.push(spelling);
            self.written.push(Vec::new());
            number
        };
        let Some(written) = self.written.get_mut(number) else { return };
        // A recordal that repeats a form, as name and alias or in another case, is named once.
        if written.last().is_none_or(|last| last.recordal != recordal) {
            written.push(Written { recordal, evidence, gaps });
        }
    }

    fn finish(self) -> Index {
        let mut index = Index::default();
        let mut hashes =
            Hashes { sounds: vec![0; syllable_count() * syllable_count()], ..Hashes::default() };
        for (number, (spelling, written)) in (0_u32..).zip(self.spellings.iter().zip(&self.written))
        {
            let is_han = spelling.letters.iter().all(|c| is_han(*c));
            let is_made = written.iter().all(|it| it.evidence.transliterated);
            hashes.add(number, spelling, is_han, is_made);
            let start = place(index.letters.len());
            index.letters.extend_from_slice(&spelling.letters);
            let first = place(index.written.len());
            index.written.extend_from_slice(written);
            index.forms.push(Form {
                letters: start..place(index.letters.len()),
                written: first..place(index.written.len()),
                rarity: spelling.rarity,
                is_name: spelling.is_name,
                is_han,
            });
        }
        hashes.fill(&mut index);
        index
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
    edges: Vec<u64>,
    pairs: Vec<(u64, u16)>,
    sounds: Vec<u8>,
    /// Memory that sums reuse.
    sums: Prefixes,
}

impl Hashes {
    /// Adds the hashes of a form. One that is made from another's sound is found as it is or at a glance only.
    fn add(&mut self, form: u32, spelling: &Spelling, is_han: bool, is_made: bool) {
        let letters = spelling.letters.as_slice();
        self.sums.refill(letters.iter().map(|c| u32::from(*c)));
        self.exact.push((self.sums.part(0..letters.len()).finish(LETTERS), form));
        if is_han {
            self.han_form(form, letters);
            return;
        }
        self.edge_tokens(spelling);
        if (FUZZY_MIN..=FUZZY_MAX).contains(&letters.len()) {
            let looks = compare::skeleton(letters);
            self.latin.push((part_of(looks.iter().map(|c| u32::from(*c))).finish(LOOK), form));
            if !is_made {
                self.edits(form, letters);
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
    fn edge_tokens(&mut self, spelling: &Spelling) {
        if spelling.gaps == 0 {
            return;
        }
        let first = spelling.gaps.trailing_zeros() as usize;
        let last = (u64::BITS - 1 - spelling.gaps.leading_zeros()) as usize;
        for range in [0..first, last..spelling.letters.len()] {
            self.edges.push(self.sums.part(range).finish(EDGE));
        }
    }

    fn han_form(&mut self, form: u32, letters: &[char]) {
        if letters.len() >= *HAN_NEAR.start() {
            let is_short = HAN_NEAR.contains(&letters.len());
            self.pair(0, if is_short { 1 << letters.len() } else { pair::OPENS_LONG });
        }
        if !HAN_NEAR.contains(&letters.len()) {
            return;
        }
        self.sound(form, letters);
        if letters.len() >= HAN_ANCHORED_MIN {
            let last = letters.len() - 2;
            self.pair(0, pair::HEADS);
            self.pair(last, pair::TAILS);
            self.han.push((self.sums.part(0..2).finish(HEAD), form));
            self.han.push((self.sums.part(last..last + 2).finish(TAIL), form));
        }
        self.looks(form, letters);
    }

    fn pair(&mut self, at: usize, does: u16) {
        self.pairs.push((self.sums.part(at..at + 2).finish(PAIR), does));
    }

    fn sound(&mut self, form: u32, letters: &[char]) {
        let syllables = letters.iter().map(|c| syllable(*c));
        if let (Some(first), Some(second)) = (syllables.clone().next(), syllables.clone().nth(1))
            && syllables.clone().all(|it| it != 0)
        {
            self.han.push((part_of(syllables.map(u32::from)).finish(SOUND), form));
            if let Some(lengths) = self.sounds.get_mut(sound_pair(first, second)) {
                *lengths |= 1 << (letters.len() - HAN_NEAR.start());
            }
        }
    }

    /// Forms of which no pair is left when one character is replaced by one that looks like it.
    fn looks(&mut self, form: u32, letters: &[char]) {
        match *letters {
            [first, second] => {
                for (first, second) in lookalikes(first)
                    .chars()
                    .map(|alike| (alike, second))
                    .chain(lookalikes(second).chars().map(|alike| (first, alike)))
                {
                    let part = part_of([u32::from(first), u32::from(second)]);
                    self.pairs.push((part.finish(PAIR), pair::LOOKS));
                    self.han.push((part.finish(ALIKE), form));
                }
            }
            [first, second, third] => {
                for alike in lookalikes(second).chars() {
                    let part = part_of([u32::from(first), u32::from(alike)]);
                    self.pairs.push((part.finish(PAIR), pair::BEGINS_LIKE));
                    self.han.push((part.push(u32::from(third)).finish(ALIKE), form));
                }
            }
            _ => {}
        }
    }

    fn fill(self, index: &mut Index) {
        index.exact = Keys::build(&self.exact);
        index.latin = Keys::build(&self.latin);
        index.han = Keys::build(&self.han);
        index.edges = Filter::of(&self.edges);
        index.pairs = PairFlags::of(&self.pairs);
        index.sounds = self.sounds;
    }
}
