//! Which platforms are told of holds and seizures.

use std::collections::BTreeSet;

use crate::domain::PlatformNotice;

/// The platforms that get notices; none unless somebody asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notices {
    platforms: BTreeSet<String>,
}

/// Stands for every platform.
const EVERY: &str = "*";

impl Notices {
    /// Notices to these platforms, named as in declarations; `*` names all.
    #[must_use]
    pub fn to(platforms: impl IntoIterator<Item = String>) -> Self {
        Self { platforms: platforms.into_iter().collect() }
    }

    /// Whether nobody gets any.
    #[must_use]
    pub fn are_off(&self) -> bool {
        self.platforms.is_empty()
    }

    /// Whether a notice goes out.
    pub(super) fn are_for(&self, notice: &PlatformNotice) -> bool {
        self.platforms.contains(&notice.platform) || self.platforms.contains(EVERY)
    }
}
