//! Where the reference comes from: files of one message a line, and compacted topics that are followed while parcels
//! flow.
//!
//! A content version does not depend on the order of messages: the same content is the same version, however it came.

mod assembly;
mod file;
mod live;
mod table;

use std::fmt;
use std::path::PathBuf;

pub use assembly::{Assembly, Foundation, WrittenPolicy};
pub use file::{BadLines, FeedError};
pub use live::{Live, LiveError, Order};

use crate::domain::{CustomsAlert, Outcome, PlatformSignal, Recordal};
use crate::wire::{Limits, Message};

/// Limits of one message.
const LIMITS: Limits = Limits { record_bytes_max: 1024 * 1024, text_bytes_max: 64 * 1024 };

/// A kind of reference data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    Register,
    Signals,
    Alerts,
    Outcomes,
}

impl Feed {
    /// Every feed.
    pub const ALL: [Self; 4] = [Self::Register, Self::Signals, Self::Alerts, Self::Outcomes];

    /// The code of metrics and of the configuration's `[reference]`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Signals => "signals",
            Self::Alerts => "alerts",
            Self::Outcomes => "outcomes",
        }
    }
}

/// In the words of messages.
impl fmt::Display for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Register => "register",
            Self::Signals => "platform signals",
            Self::Alerts => "customs alerts",
            Self::Outcomes => "inspection outcomes",
        })
    }
}

/// Where each kind of reference data comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    pub register: FeedSource,
    pub signals: FeedSource,
    pub alerts: FeedSource,
    pub outcomes: FeedSource,
}

/// Where one kind of reference data comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FeedSource {
    #[default]
    None,
    /// NDJSON, one message a line.
    File(PathBuf),
    /// A compacted topic: the latest message of each key counts, one without payload removes.
    Topic(String),
}

impl Sources {
    /// The source of a feed.
    #[must_use]
    pub fn of(&self, feed: Feed) -> &FeedSource {
        match feed {
            Feed::Register => &self.register,
            Feed::Signals => &self.signals,
            Feed::Alerts => &self.alerts,
            Feed::Outcomes => &self.outcomes,
        }
    }

    /// The feeds that come from topics, and from which.
    pub fn topics(&self) -> impl Iterator<Item = (Feed, &str)> {
        Feed::ALL.into_iter().filter_map(|feed| match self.of(feed) {
            FeedSource::Topic(topic) => Some((feed, topic.as_str())),
            FeedSource::None | FeedSource::File(_) => None,
        })
    }
}

/// A message of a feed. The later of two messages with one key stands.
trait Keyed: Message {
    /// `None`: nothing in the message tells it from others.
    fn key(&self) -> Option<&str>;
}

impl Keyed for Recordal {
    fn key(&self) -> Option<&str> {
        Some(&self.recordal_no)
    }
}

impl Keyed for PlatformSignal {
    fn key(&self) -> Option<&str> {
        None
    }
}

impl Keyed for CustomsAlert {
    fn key(&self) -> Option<&str> {
        Some(&self.alert_id)
    }
}

impl Keyed for Outcome {
    fn key(&self) -> Option<&str> {
        Some(&self.declaration_id)
    }
}
