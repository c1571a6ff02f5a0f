//! How Chinese text is searched: there are no boundaries, so a form may begin at every character. What forms do with
//! pairs of characters settles most places at once.

use std::ops::Range;

use super::compare;
use super::index::purpose::{ALIKE, HEAD, SOUND, SWAP, TAIL};
use super::index::{HAN_NEAR, Opening, pair};
use super::search::Searcher;
use crate::domain::TechniqueSet;
use crate::text::{Class, Unit};

/// Characters of a Chinese mark.
const HAN_MAX: usize = 16;

impl Searcher<'_> {
    /// Chinese forms that begin at a character, as recorded or by sound and look, and those that end there with an edit.
    pub(super) fn han(&mut self, start: usize) {
        if start >= self.run_end {
            let run = self.text.units().get(start..).unwrap_or_default();
            let is_han = |unit: &&Unit| unit.class == Class::Han;
            self.run_end = start + run.iter().take_while(is_han).count();
        }
        let len = (self.run_end - start).min(HAN_MAX);
        if len == 1 && self.text.units().len() == 1 {
            self.exact(start..start + 1);
        }
        let Some(opening) = self.scratch.openings.get(start).copied() else { return };
        if len == 1 || opening.is_idle() {
            return;
        }
        self.opening(start, len, opening.does);
        if opening.has_near() && self.may_end_at(start) {
            self.near(start, len, opening);
        }
        let pair = start..start + 2;
        if opening.does & pair::HEADS != 0 {
            for form in self.index.han.nominated(self.part(pair.clone()).finish(HEAD)) {
                self.anchored(form, |length| Some(start..start + length));
            }
        }
        if opening.does & pair::TAILS != 0 {
            for form in self.index.han.nominated(self.part(pair.clone()).finish(TAIL)) {
                self.anchored(form, |length| Some(pair.end.checked_sub(length)?..pair.end));
            }
        }
        if opening.does & pair::SWAPS != 0 {
            for form in self.index.han.nominated(self.part(pair).finish(SWAP)) {
                self.swapped(form, start);
            }
        }
    }

    /// Forms as recorded.
    fn opening(&mut self, start: usize, len: usize, does: u16) {
        for length in HAN_NEAR.filter(|length| does >> length & 1 == 1 && *length <= len) {
            self.exact(start..start + length);
        }
        if does & pair::OPENS_LONG != 0 {
            for length in HAN_NEAR.end() + 1..=len {
                self.exact(start..start + length);
            }
        }
    }

    /// Forms that look or sound like what stands there.
    fn near(&mut self, start: usize, len: usize, opening: Opening) {
        for (length, fact) in [(2, pair::LOOKS), (3, pair::BEGINS_LIKE)] {
            if opening.does & fact != 0 && self.may_be_near(start, len, length) {
                let range = start..start + length;
                let hash = self.part(range.clone()).finish(ALIKE);
                self.nominate(&self.index.han, hash, &range, compare::near_han);
            }
        }
        let mut sounds = opening.sounds;
        while sounds != 0 {
            let length = HAN_NEAR.start() + sounds.trailing_zeros() as usize;
            sounds &= sounds - 1;
            if self.may_be_near(start, len, length) {
                let range = start..start + length;
                let hash = self.scratch.sounds.part(range.clone()).finish(SOUND);
                self.nominate(&self.index.han, hash, &range, compare::near_han);
            }
        }
    }

    /// Words of the dictionary mean themselves, and so do characters that belong to different words.
    fn may_be_near(&mut self, start: usize, len: usize, length: usize) -> bool {
        length <= len
            && self.may_end_at(start + length)
            && !self.is_chinese_word(start..start + length)
    }

    /// Whether a word may begin or end before a unit.
    fn may_end_at(&mut self, at: usize) -> bool {
        !self.index.guards.reading || self.scratch.reading(self.text).is_boundary(at)
    }

    fn is_chinese_word(&mut self, range: Range<usize>) -> bool {
        self.index.guards.dictionary && self.scratch.reading(self.text).is_word(range)
    }

    /// A form of which two characters stand there: the others may be changed, one may be missing or too many.
    fn anchored(&mut self, form: u32, place: impl Fn(usize) -> Option<Range<usize>>) {
        let letters = self.index.form_letters(form).len();
        for length in [letters, letters.saturating_sub(1), letters + 1] {
            if let Some(range) = place(length).filter(|range| self.may_be_changed(range)) {
                let fits = self.may_end_at(range.start) && self.may_end_at(range.end);
                self.consider(form, &range, |units, letters| changed(units, letters, fits));
            }
        }
    }

    /// A form of which two neighbours stand there, each in the other's place.
    fn swapped(&mut self, form: u32, start: usize) {
        let length = self.index.form_letters(form).len();
        for before in 0..length.saturating_sub(1) {
            let range = start.checked_sub(before).map(|start| start..start + length);
            if let Some(range) = range.filter(|range| self.may_be_changed(range)) {
                self.consider(form, &range, compare::edited_han);
            }
        }
    }

    fn may_be_changed(&mut self, range: &Range<usize>) -> bool {
        let units = self.units(range.clone());
        units.len() == range.len()
            && !units.is_empty()
            && units.iter().all(|unit| unit.class == Class::Han)
            && !self.is_chinese_word(range.clone())
    }
}

/// A change of sound or look, or one edit. `fits`: the text around can be read so that a word stands there; three
/// characters as recorded need no such support.
fn changed(units: &[Unit], letters: &[char], fits: bool) -> Option<TechniqueSet> {
    const SAME_CERTAIN: usize = 3;
    compare::near_han(units, letters)
        .filter(|_| fits || compare::same_places(units, letters) >= SAME_CERTAIN)
        .or_else(|| compare::edited_han(units, letters))
}
