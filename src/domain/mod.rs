//! The words of the trade as plain values: what is declared, what is recorded, what is decided.
//!
//! Knows nothing of encodings, Kafka, clocks or threads.

mod country;
mod customs_alert;
mod dead_letter;
mod decision;
mod declaration;
mod money;
mod outcome;
mod platform_notice;
mod platform_signal;
mod recordal;
mod s10;
mod source;

pub use country::is_country_code;
pub use customs_alert::CustomsAlert;
pub use dead_letter::{DeadLetter, DeadLetterReason};
pub use decision::{
    CheckCode, Decision, Finding, HoldRoute, Technique, TechniqueSet, Verdict, Versions,
};
pub use declaration::{
    Category, Channel, DECLARATION_ID_CHARS_MAX, Declaration, Direction, Field, ITEM_ID_CHARS_MAX,
    LINES_MAX, Line, Party, PlatformOrder,
};
pub use money::Money;
pub use outcome::{Outcome, OutcomeKind};
pub use platform_notice::{NoticeKind, PlatformNotice};
pub use platform_signal::{PlatformSignal, SignalKind};
pub use recordal::{
    ALIASES_MAX, AuthorisedUser, Holder, Recordal, RecordalStatus, RightKind, day_of,
};
pub use s10::{S10Fault, check_s10};
pub use source::Source;
