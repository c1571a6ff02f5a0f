//! One record to its outcome: a decision, a dead letter, or both. Every record has exactly one outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::notices::Notices;
use crate::domain::{
    CheckCode, DeadLetter, DeadLetterReason, Decision, Declaration, HoldRoute, PlatformNotice,
    Source, Verdict,
};
use crate::history::History;
use crate::screening::{Candidate, Reference, hold_unreadable, notice_of_hold};
use crate::wire::{Decoded, Ids, Limits, Rejection, decode_declaration};

/// Largest payload that a dead letter carries. A larger one would not fit into a record once encoded.
pub const DEAD_LETTER_PAYLOAD_BYTES_MAX: usize = 512 * 1024;

/// Which moment decides what is in force for a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreeningTime {
    /// The same for all.
    Fixed(Timestamp),
    /// The declaration's own time, or this one where it has none: for files, whose lines may be from any year.
    DeclaredOr(Timestamp),
    /// The declaration's own time where that can be true of a record received at this moment, else this moment:
    /// otherwise a sender could pick a day on which a right was not yet recorded.
    Received(Timestamp),
}

impl ScreeningTime {
    /// What screening may know of the time of a declaration.
    #[must_use]
    pub fn resolve(self, declared_at: Option<Timestamp>) -> History {
        let (or_else, may_be_far_off) = match self {
            Self::Fixed(moment) => return History { as_of: moment },
            Self::DeclaredOr(moment) => (History { as_of: moment }, true),
            Self::Received(moment) => (History { as_of: moment }, false),
        };
        declared_at
            .filter(|declared| may_be_far_off || !or_else.is_far_off(*declared))
            .map_or(or_else, |as_of| History { as_of })
    }
}

/// The function that decides; tests put a failing one in its place.
pub type Screen = fn(&Declaration, &Reference, &History) -> Decision;

/// The function that decides under what is in force and under a candidate.
pub type ScreenBoth = fn(&Declaration, &Reference, &Candidate, &History) -> (Decision, Decision);

/// What a record is judged by.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    pub reference: &'a Reference,
    /// What is tried beside it, where something is.
    pub shadow: Option<Shadow<'a>>,
    pub limits: &'a Limits,
    /// Whether dead letters carry the payload.
    pub dead_letter_payload: bool,
    /// Which platforms are told of holds.
    pub notices: &'a Notices,
    pub screen: Screen,
}

/// A candidate for what is in force: nothing that it says is published.
#[derive(Clone, Copy)]
pub struct Shadow<'a> {
    pub candidate: &'a Candidate,
    pub screen_both: ScreenBoth,
}

/// What the shadow says of a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shadowed {
    Decided {
        verdict: Verdict,
        held_for: Option<CheckCode>,
    },
    /// Screening under it failed.
    Failed,
}

impl Shadowed {
    /// What cannot be read is held, whatever the policy.
    const UNREADABLE: Self = Self::Decided {
        verdict: Verdict::Hold(HoldRoute::Inspection),
        held_for: Some(CheckCode::InvalidDeclaration),
    };

    fn of(decision: &Decision) -> Self {
        Self::Decided { verdict: decision.verdict, held_for: decision.held_for() }
    }
}

/// What became of a record. In every case its offset is done with once the transaction commits.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Screened.
    Decided {
        decision: Decision,
        /// `None` where nothing is tried.
        shadowed: Option<Shadowed>,
        /// For the parcel's platform, where it is one that is told.
        notice: Option<Box<PlatformNotice>>,
        unknown_fields: u32,
    },
    /// Unreadable, and nobody can say whose it is.
    SetAside { dead_letter: Box<DeadLetter> },
    /// Unreadable, but its ids are known: held.
    HeldUnreadable { decision: Decision, shadowed: Option<Shadowed>, dead_letter: Box<DeadLetter> },
}

impl Judge<'_> {
    /// Judges one payload.
    #[must_use]
    pub fn judge(
        &self,
        payload: &[u8],
        content_type: Option<&[u8]>,
        source: &Source,
        time: ScreeningTime,
    ) -> Outcome {
        match decode_declaration(payload, content_type, self.limits) {
            Ok(decoded) => self.decide(decoded, payload, source, time),
            Err(rejection) => self.reject(*rejection, payload, source),
        }
    }

    fn decide(
        &self,
        decoded: Decoded,
        payload: &[u8],
        source: &Source,
        time: ScreeningTime,
    ) -> Outcome {
        let Decoded { declaration, unknown_fields } = decoded;
        let history = time.resolve(declaration.declared_at);
        let Some((decision, shadowed)) = self.screen(&declaration, &history) else {
            let Declaration { declaration_id, item_id, .. } = declaration;
            let rejection = Rejection {
                reason: DeadLetterReason::ScreeningFailed,
                detail: "screening failed; the log has the place in the program".to_owned(),
                content_type: String::new(),
                ids: Some(Ids { declaration_id, item_id }),
            };
            return self.reject(rejection, payload, source);
        };
        let notice = self.notice(&declaration, &decision);
        Outcome::Decided { decision, shadowed, notice, unknown_fields }
    }

    /// The decision, and what the shadow says where there is one. `None` after a fault of the program.
    fn screen(
        &self,
        declaration: &Declaration,
        history: &History,
    ) -> Option<(Decision, Option<Shadowed>)> {
        let alone = || caught(|| (self.screen)(declaration, self.reference, history));
        let Some(Shadow { candidate, screen_both }) = self.shadow else {
            return alone().map(|decision| (decision, None));
        };
        match caught(|| screen_both(declaration, self.reference, candidate, history)) {
            Some((decision, tried)) => Some((decision, Some(Shadowed::of(&tried)))),
            // Whichever of the two it was: the parcel fares as it would without a shadow.
            None => alone().map(|decision| (decision, Some(Shadowed::Failed))),
        }
    }

    fn notice(
        &self,
        declaration: &Declaration,
        decision: &Decision,
    ) -> Option<Box<PlatformNotice>> {
        if self.notices.are_off() {
            return None;
        }
        let notice = notice_of_hold(declaration, decision, self.reference.language);
        notice.filter(|notice| self.notices.are_for(notice)).map(Box::new)
    }

    fn reject(&self, rejection: Rejection, payload: &[u8], source: &Source) -> Outcome {
        let keeps_payload =
            self.dead_letter_payload && payload.len() <= DEAD_LETTER_PAYLOAD_BYTES_MAX;
        let dead_letter = Box::new(DeadLetter {
            source: source.clone(),
            reason: rejection.reason,
            detail: rejection.detail,
            content_type: rejection.content_type,
            payload_sha256: payload_sha256(payload),
            payload: keeps_payload.then(|| payload.to_vec()),
        });
        match rejection.ids {
            None => Outcome::SetAside { dead_letter },
            Some(Ids { declaration_id, item_id }) => {
                let reason = rejection.reason;
                let decision = hold_unreadable(declaration_id, item_id, reason, self.reference);
                let shadowed = self.shadow.map(|_| Shadowed::UNREADABLE);
                Outcome::HeldUnreadable { decision, shadowed, dead_letter }
            }
        }
    }
}

/// `None` where it panics. What it reads stays as it is; what it leaves half done is dropped with it.
fn caught<T>(screen: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(screen)).ok()
}

/// The digest by which a payload can be told from any other, in lower-case hexadecimal.
#[must_use]
pub fn payload_sha256(payload: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(payload).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_time_decides_where_it_can_be_true() {
        use ScreeningTime::{DeclaredOr, Fixed, Received};
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let (now, spring) = (time("2026-11-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
        let (long_ago, far_ahead) = (time("1990-01-01T00:00:00Z"), time("2099-01-01T00:00:00Z"));
        for (screening, declared_at, expected) in [
            (Fixed(now), Some(spring), now),
            (DeclaredOr(now), Some(spring), spring),
            (DeclaredOr(now), Some(long_ago), long_ago),
            (DeclaredOr(now), None, now),
            (Received(now), Some(spring), spring),
            (Received(now), None, now),
            (Received(now), Some(long_ago), now),
            (Received(now), Some(far_ahead), now),
        ] {
            let as_of = screening.resolve(declared_at).as_of;
            assert_eq!(as_of, expected, "{screening:?} {declared_at:?}");
        }
    }
}
