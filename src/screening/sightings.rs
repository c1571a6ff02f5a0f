//! What the register finds in the texts of a declaration: the costly part of screening, and the same under every policy.

use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;

use jiff::civil::Date;

use crate::register::{Candidate, Register, Scratch, Search};
use crate::text::FoldedText;

/// Texts whose memory is kept for the next declaration; more lines than usual are no reason to keep more.
const TEXTS_KEPT_MAX: usize = 30;

/// What was found in texts of one declaration, looked for as somebody asks. Memory is used again for the next; what is in
/// it decides nothing.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    scratch: Scratch,
    /// By which of the declaration's texts they are.
    texts: BTreeMap<usize, Sighted>,
    /// How many declarations there were.
    declarations: u64,
    /// Whether texts are asked for a second time.
    are_kept: bool,
}

/// A text, and what was found in it.
#[derive(Debug)]
pub(super) struct Sighted {
    pub(super) folded: FoldedText,
    pub(super) candidates: Vec<Candidate>,
    /// Where in the folded text the candidates stand.
    pub(super) marks: Vec<Range<usize>>,
    pub(super) search: Search,
    /// Which declaration it is of.
    declaration: u64,
}

impl Sightings {
    /// Makes ready for another declaration. Where its texts are kept, they are searched once for all who ask.
    pub(super) fn begin(&mut self, are_kept: bool) {
        if self.texts.len() > TEXTS_KEPT_MAX {
            self.texts.split_off(&TEXTS_KEPT_MAX);
        }
        self.declarations += 1;
        self.are_kept = are_kept;
    }

    /// What is found in the declaration's text of this number.
    pub(super) fn of(
        &mut self,
        number: usize,
        declared: &str,
        register: &Register,
        day: Date,
    ) -> &Sighted {
        // All take the first one's memory where nobody asks again.
        let place = if self.are_kept { number } else { 0 };
        let sighted = self.texts.entry(place).or_default();
        if !self.are_kept || sighted.declaration != self.declarations {
            sighted.look(declared, register, day, &mut self.scratch);
            sighted.declaration = self.declarations;
        }
        sighted
    }
}

impl Default for Sighted {
    fn default() -> Self {
        Self {
            folded: FoldedText::default(),
            candidates: Vec::new(),
            marks: Vec::new(),
            search: Search::Complete,
            declaration: 0,
        }
    }
}

impl Sighted {
    fn look(&mut self, declared: &str, register: &Register, day: Date, scratch: &mut Scratch) {
        self.candidates.clear();
        self.search = register.find(declared, day, scratch, &mut self.candidates);
        mem::swap(&mut self.folded, scratch.text_mut());
        self.marks.clear();
        self.marks.extend(self.candidates.iter().map(|candidate| candidate.units.clone()));
    }
}
