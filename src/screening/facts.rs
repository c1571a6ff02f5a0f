//! What a declaration shows whatever the policy: worked out once, where a check first asks.

use std::cell::{OnceCell, RefCell};

use rust_decimal::Decimal;

use super::data_fault::Fault;
use super::sightings::Sightings;
use crate::domain::{Declaration, Line, Money};

/// Shared by all who judge one declaration.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// What the register finds in its texts.
    pub(super) sightings: RefCell<Box<Sightings>>,
    amounts: OnceCell<Vec<Option<Decimal>>>,
    pub(super) faults: OnceCell<Vec<Fault>>,
    /// Which line is the first with a vague description.
    pub(super) vague_line: OnceCell<Option<usize>>,
    /// Which line is the first of goods that are often counterfeited and have no brand.
    pub(super) unbranded_line: OnceCell<Option<usize>>,
}

impl Facts {
    /// Nothing is known yet of the declaration; the memory is that of one before.
    pub(super) fn new(mut memory: Box<Sightings>, is_asked_twice: bool) -> Self {
        memory.begin(is_asked_twice);
        Self { sightings: RefCell::new(memory), ..Self::default() }
    }

    pub(super) fn into_sightings(self) -> Box<Sightings> {
        self.sightings.into_inner()
    }

    /// Each line with the amount of its value; `None` where that is no number.
    pub(super) fn amounts<'a>(
        &'a self,
        declaration: &'a Declaration,
    ) -> impl Iterator<Item = (&'a Line, Option<Decimal>)> {
        let amount = |line: &Line| line.value.as_ref().and_then(Money::decimal);
        let amounts = self.amounts.get_or_init(|| declaration.lines.iter().map(amount).collect());
        declaration.lines.iter().zip(amounts.iter().copied())
    }
}
