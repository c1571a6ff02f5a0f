//! Recorded decisions held against what screening the same declarations again gives.
//!
//! Pure. A recorded decision is kept as a digest, some 200 bytes with all that belongs to it; screened declarations strike
//! them off, in any order and on all cores. What is left at the end is what does not agree.

mod words;

use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::HashMap;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

pub use words::line;

use crate::domain::{Decision, Source, Verdict, Versions};
use crate::wire::{Encoding, encode_decision};

/// Decisions that are kept, at most.
pub const DECISIONS_MAX: usize = 20_000_000;

/// What was recorded, to be struck off.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By declaration.
    entries: HashMap<String, Vec<Entry>>,
    /// Every set of versions that decisions were made under.
    versions: Vec<Versions>,
    len: usize,
}

/// A recorded decision.
#[derive(Debug)]
struct Entry {
    summary: Summary,
    source: Source,
    decided_at: Timestamp,
    digest: [u8; 16],
    /// Which of the sets of versions.
    versions: usize,
    is_struck_off: AtomicBool,
}

/// What is told of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    pub verdict: Verdict,
    pub score: i32,
}

impl Summary {
    fn of(decision: &Decision) -> Self {
        Self { verdict: decision.verdict, score: decision.score }
    }
}

/// More decisions than can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {DECISIONS_MAX} decisions; replay a shorter time")]
pub struct Full;

/// Something that does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The declaration comes out otherwise.
    Otherwise { recorded: Recorded, now: Summary },
    /// The declaration has no decision, or fewer than it should have.
    Missing { source: Source, declaration_id: String, now: Summary },
    /// The decision has no declaration, or there are more than it should have.
    Unfounded(Recorded),
    /// What it was made under is not at hand.
    Unverified { recorded: Recorded, versions: Versions },
}

/// A recorded decision, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub source: Source,
    pub declaration_id: String,
    pub summary: Summary,
}

/// A screened declaration that strikes off no decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    pub source: Source,
    pub declaration_id: String,
    pub now: Summary,
}

impl Ledger {
    /// Keeps a recorded decision.
    ///
    /// # Errors
    /// A ledger that is full.
    pub fn record(
        &mut self,
        decision: Decision,
        source: Source,
        decided_at: Timestamp,
    ) -> Result<(), Full> {
        if self.len >= DECISIONS_MAX {
            return Err(Full);
        }
        self.len += 1;
        let versions = self.set_of(&decision.versions);
        let declaration_id = decision.declaration_id.clone();
        let entry = Entry {
            summary: Summary::of(&decision),
            source,
            decided_at,
            digest: digest(decision),
            versions,
            is_struck_off: AtomicBool::new(false),
        };
        self.entries.entry(declaration_id).or_default().push(entry);
        Ok(())
    }

    /// Takes over what was recorded elsewhere.
    ///
    /// # Errors
    /// More decisions than one ledger keeps.
    pub fn merge(&mut self, other: Self) -> Result<(), Full> {
        self.len += other.len;
        if self.len > DECISIONS_MAX {
            return Err(Full);
        }
        let sets = other.versions.iter().map(|versions| self.set_of(versions)).collect::<Vec<_>>();
        for (declaration_id, mut entries) in other.entries {
            for entry in &mut entries {
                entry.versions = sets.get(entry.versions).copied().unwrap_or(entry.versions);
            }
            self.entries.entry(declaration_id).or_default().append(&mut entries);
        }
        Ok(())
    }

    fn set_of(&mut self, versions: &Versions) -> usize {
        let known = self.versions.iter().position(|known| known == versions);
        known.unwrap_or_else(|| {
            self.versions.push(versions.clone());
            self.versions.len() - 1
        })
    }

    /// Every set of versions that decisions were made under, in the order in which they were met.
    #[must_use]
    pub fn versions(&self) -> &[Versions] {
        &self.versions
    }

    /// How many decisions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// When decisions on a declaration were made and under which versions, in the order in which they were met.
    pub fn decided(
        &self,
        declaration_id: &str,
    ) -> impl Iterator<Item = (&Source, Timestamp, usize)> {
        let entries = self.entries.get(declaration_id).into_iter().flatten();
        entries.map(|entry| (&entry.source, entry.decided_at, entry.versions))
    }

    /// Strikes off a decision that is the same as this one; `false` where there is none left.
    #[must_use]
    pub fn strike_off(&self, decision: Decision) -> bool {
        let Some(entries) = self.entries.get(&decision.declaration_id) else { return false };
        let digest = digest(decision);
        let mut same = entries.iter().filter(|entry| entry.digest == digest);
        same.any(|entry| !entry.is_struck_off.swap(true, Ordering::Relaxed))
    }

    /// What does not agree, in the order of the places: what no declaration struck off, and the declarations that struck
    /// off nothing. `is_at_hand` says of each set of versions whether it could be screened under.
    #[must_use]
    pub fn differences(
        self,
        mut unmatched: Vec<Unmatched>,
        is_at_hand: &[bool],
    ) -> Vec<Difference> {
        let Self { entries, versions, .. } = self;
        unmatched.sort_by(|one, other| by_place(&one.source, &other.source));
        let mut by_declaration = HashMap::<String, Vec<Unmatched>>::new();
        for it in unmatched.into_iter().rev() {
            by_declaration.entry(it.declaration_id.clone()).or_default().push(it);
        }
        let mut differences = Vec::new();
        for (declaration_id, entries) in entries {
            let left =
                entries.into_iter().filter(|entry| !entry.is_struck_off.load(Ordering::Relaxed));
            for entry in left {
                let now = by_declaration.get_mut(&declaration_id).and_then(Vec::pop);
                let Entry { summary, source, versions: set, .. } = entry;
                let recorded = Recorded { source, declaration_id: declaration_id.clone(), summary };
                let is_verified = is_at_hand.get(set).copied().unwrap_or(false);
                differences.push(match (now, versions.get(set)) {
                    (_, Some(versions)) if !is_verified => {
                        Difference::Unverified { recorded, versions: versions.clone() }
                    }
                    (Some(unmatched), _) => Difference::Otherwise { recorded, now: unmatched.now },
                    (None, _) => Difference::Unfounded(recorded),
                });
            }
        }
        let missing = by_declaration.into_values().flatten();
        differences.extend(missing.map(|Unmatched { source, declaration_id, now }| {
            Difference::Missing { source, declaration_id, now }
        }));
        differences.sort_by(|one, other| by_place(one.source(), other.source()));
        differences
    }
}

impl Difference {
    fn source(&self) -> &Source {
        match self {
            Self::Otherwise { recorded, .. }
            | Self::Unfounded(recorded)
            | Self::Unverified { recorded, .. } => &recorded.source,
            Self::Missing { source, .. } => source,
        }
    }
}

impl Unmatched {
    /// Of a decision that struck off nothing.
    #[must_use]
    pub fn new(source: &Source, declaration_id: String, now: Summary) -> Self {
        Self { source: source.clone(), declaration_id, now }
    }
}

/// What is told of a decision.
#[must_use]
pub fn summary(decision: &Decision) -> Summary {
    Summary::of(decision)
}

fn by_place(one: &Source, other: &Source) -> std::cmp::Ordering {
    let place = |it: &Source| (it.partition, it.offset);
    one.topic.cmp(&other.topic).then(place(one).cmp(&place(other)))
}

/// Of everything that has to be the same: all but where the declaration stood and when it was decided.
fn digest(decision: Decision) -> [u8; 16] {
    let nowhere = Source { topic: String::new(), partition: 0, offset: 0 };
    let mut bytes = Vec::new();
    encode_decision(decision, &nowhere, Timestamp::UNIX_EPOCH, Encoding::Protobuf, &mut bytes);
    let mut digest = [0; 16];
    digest.iter_mut().zip(Sha256::digest(&bytes)).for_each(|(to, from)| *to = from);
    digest
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{Channel, Direction, HoldRoute};

    fn decision(id: &str, score: i32) -> Decision {
        Decision {
            declaration_id: id.to_owned(),
            item_id: "I".to_owned(),
            customs_district: "5300".to_owned(),
            channel: Channel::Post,
            direction: Direction::Export,
            verdict: if score >= 60 {
                Verdict::Hold(HoldRoute::Inspection)
            } else {
                Verdict::Release
            },
            score,
            hold_threshold: 60,
            sampled: false,
            findings: Vec::new(),
            versions: Arc::new(Versions { policy: "p".to_owned(), ..Versions::default() }),
        }
    }

    fn ledger(recorded: &[(&str, i32)]) -> Ledger {
        let mut ledger = Ledger::default();
        for (line, (id, score)) in (0..).zip(recorded) {
            let source = Source::file_line(line);
            ledger.record(decision(id, *score), source, Timestamp::UNIX_EPOCH).unwrap();
        }
        ledger
    }

    /// What is told of decisions on declarations that come out so.
    fn differences(recorded: &[(&str, i32)], screened: &[(&str, i32)]) -> Vec<Difference> {
        let ledger = ledger(recorded);
        let mut unmatched = Vec::new();
        for (line, (id, score)) in (0..).zip(screened) {
            let now = decision(id, *score);
            let told = summary(&now);
            if !ledger.strike_off(now) {
                unmatched.push(Unmatched::new(&Source::file_line(line), (*id).to_owned(), told));
            }
        }
        ledger.differences(unmatched, &[true])
    }

    #[test]
    fn decisions_that_come_out_the_same_leave_nothing() {
        // Declared twice: decided twice.
        let all = [("A", 10), ("B", 70), ("A", 10)];
        assert_eq!(differences(&all, &all), []);
    }

    #[test]
    fn whatever_does_not_agree_is_told() {
        let kinds = |recorded: &[(&str, i32)], screened: &[(&str, i32)]| {
            let told = differences(recorded, screened);
            told.iter().map(|it| line(it, crate::screening::Language::English)).collect::<Vec<_>>()
        };
        assert_eq!(
            kinds(&[("A", 10), ("B", 70)], &[("A", 10), ("B", 65)]),
            ["file/0/1 declaration B: HOLD 70 recorded, HOLD 65 when screened again"]
        );
        assert_eq!(
            kinds(&[("A", 10)], &[("A", 10), ("B", 5)]),
            ["file/0/1 declaration B: no decision recorded, RELEASE 5 when screened"]
        );
        assert_eq!(
            kinds(&[("A", 10), ("A", 10)], &[("A", 10)]),
            ["file/0/1 declaration A: RELEASE 10 recorded, and no declaration for it"]
        );
    }

    #[test]
    fn the_smallest_change_of_a_decision_is_one() {
        let ledger = ledger(&[("A", 10)]);
        let mut other = decision("A", 10);
        other.item_id.push('x');
        assert!(!ledger.strike_off(other));
        let mut other = decision("A", 10);
        other.versions = Arc::default();
        assert!(!ledger.strike_off(other));
        assert!(ledger.strike_off(decision("A", 10)));
        assert!(!ledger.strike_off(decision("A", 10)), "once");
    }

    #[test]
    fn what_was_made_under_versions_that_are_not_at_hand_is_not_called_false() {
        let ledger = ledger(&[("A", 10)]);
        let told = ledger.differences(Vec::new(), &[false]);
        assert!(matches!(told[..], [Difference::Unverified { .. }]), "{told:?}");
    }
}
