//! How Chinese text is searched: there are no boundaries, so a form may begin at every character. What forms do with
//! pairs of characters settles most places at once.

use std::ops::Range;

use super::compare;
use super::index::pair;
use super::index::purpose::{ALIKE, HEAD, PAIR, SOUND, TAIL};
use super::search::Searcher;
use crate::domain::TechniqueSet;
use crate::text::han::syllable;
use crate::text::{Class, Unit};

/// Characters of a Chinese mark.
const HAN_MAX: usize = 16;

/// So many characters as recorded leave no doubt that the others are meant to be read as the mark's.
const SAME_CERTAIN: usize = 3;

impl Searcher<'_> {
    /// Chinese forms that begin at a character, as recorded or by sound and look, and those that end there with an edit.
    pub(super) fn han(&mut self, start: usize) {
        let run = self.text.units().get(start..).unwrap_or_default();
        let len = run.iter().take(HAN_MAX).take_while(|unit| unit.class == Class::Han).count();
        if len == 1 && self.text.units().len() == 1 {
            self.exact(start..start + 1);
        }
        let (2.., [first, second, ..]) = (len, run) else { return };
        let part = self.part(start..start + 2);
        let does = self.index.pairs.of_pair(part.finish(PAIR));
        let mut sounds = self.index.lengths_by_sound(syllable(first.read), syllable(second.read));
        if does & pair::OPENS != 0 {
            for end in start + 2..=start + len {
                self.exact(start..end);
            }
        }
        if does & pair::LOOKS != 0 {
            self.alike(start..start + 2);
        }
        if does & pair::BEGINS_LIKE != 0 && len > 2 {
            self.alike(start..start + 3);
        }
        while sounds != 0 {
            let length = sounds.trailing_zeros() as usize;
            sounds &= sounds - 1;
            if length <= len {
                self.sounds_like(start..start + length);
            }
        }
        if does & pair::HEADS != 0 {
            for form in self.index.han.nominated(part.finish(HEAD)) {
                self.anchored(form, |length| Some(start..start + length));
            }
        }
        if does & pair::TAILS != 0 {
            let end = start + 2;
            for form in self.index.han.nominated(part.finish(TAIL)) {
                self.anchored(form, |length| Some(end.checked_sub(length)?..end));
            }
        }
    }

    fn alike(&mut self, range: Range<usize>) {
        let hash = self.part(range.clone()).finish(ALIKE);
        self.nominate(&self.index.han, hash, &range, compare::near_han);
    }

    fn sounds_like(&mut self, range: Range<usize>) {
        let hash = self.scratch.sounds.part(range.clone()).finish(SOUND);
        self.nominate(&self.index.han, hash, &range, compare::near_han);
    }

    /// A form of which two characters stand there: the others may be changed, one may be missing or too many.
    fn anchored(&mut self, form: u32, place: impl Fn(usize) -> Option<Range<usize>>) {
        let Some(letters) = self.index.forms.get(form as usize).map(|it| it.letters.len()) else {
            return;
        };
        for length in [letters, letters - 1, letters + 1] {
            let is_han = |range: &Range<usize>| {
                let units = self.units(range.clone());
                units.len() == length && units.iter().all(|unit| unit.class == Class::Han)
            };
            if let Some(range) = place(length).filter(is_han) {
                self.consider(form, &range, changed_han);
            }
        }
    }

    /// Takes out what would have to begin or end amid a word, and words of the dictionary: they mean themselves.
    pub(super) fn read_chinese(&mut self) {
        let index = self.index;
        let is_han = |form: u32| index.forms.get(form as usize).is_some_and(|form| form.is_han);
        let scratch = &mut *self.scratch;
        if !scratch.found.iter().any(|it| is_han(it.form)) {
            return;
        }
        let units = self.text.units();
        scratch.reading.read(units, &scratch.letters);
        let reading = &scratch.reading;
        scratch.found.retain(|it| {
            let letters = index.forms.get(it.form as usize).map_or(&[][..], |it| index.letters(it));
            let inside = units.get(it.units.clone()).unwrap_or_default();
            !compare::is_near(it.techniques)
                || !reading.is_word(it.units.clone())
                    && (compare::same_places(inside, letters) >= SAME_CERTAIN
                        || reading.begins(it.units.start) && reading.begins(it.units.end))
        });
    }
}

/// A change of sound or look, or one edit.
fn changed_han(units: &[Unit], letters: &[char]) -> Option<TechniqueSet> {
    compare::near_han(units, letters).or_else(|| compare::edited_han(units, letters))
}
