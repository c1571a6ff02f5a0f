//! The checks: one risk, one file, one row in [`CHECKS`].

mod authorised_user;
mod data_quality;
mod recorded_mark;

use super::Subject;
use crate::domain::{CheckCode, Finding};

/// One check. It sees the findings of the checks before it and adds its own.
pub(super) struct Check {
    /// The code of its findings.
    pub(super) code: CheckCode,
    pub(super) run: fn(&Subject<'_>, &mut Vec<Finding>),
}

/// Every check that runs on a declaration, in the order in which they run.
pub(super) const CHECKS: &[Check] = &[
    Check { code: CheckCode::RecordedMark, run: recorded_mark::run },
    Check { code: CheckCode::AuthorisedUser, run: authorised_user::run },
    Check { code: CheckCode::DataQuality, run: data_quality::run },
];
