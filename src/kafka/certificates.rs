//! Certificates and keys that change on disk: noticed, and tried out before anybody relies on them.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, Instant};

use super::{Cluster, Settings};
use crate::telemetry::catalogue;
use crate::telemetry::events::{CertificatesRefused, CertificatesRenewed};

/// Files that brokers did not take are tried again so often: it may have been for the brokers.
const RETRY_INTERVAL: Duration = Duration::from_secs(30);

/// The files of certificates and keys that clients were made with.
pub struct Certificates {
    settings: Settings,
    in_use: u64,
    /// What was tried in vain, and when.
    refused: Option<(u64, Instant)>,
}

impl Certificates {
    /// The files as they are now. To be taken before the clients are made.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        catalogue::CERTIFICATES_CURRENT.gauge([]).set(1.0);
        Self { settings: settings.clone(), in_use: fingerprint(settings), refused: None }
    }

    /// Whether the settings name any.
    #[must_use]
    pub fn are_used(&self) -> bool {
        self.settings.files().next().is_some()
    }

    /// Whether clients have to be made anew: the files are others, and brokers take a client that has them. Files that
    /// nobody can use, since they are half written, do not match, or are not trusted, are told of and left alone: the
    /// clients that there are go on.
    pub fn have_changed(&mut self) -> bool {
        let found = fingerprint(&self.settings);
        if found == self.in_use {
            self.are_current();
            return false;
        }
        let was_refused =
            |(refused, when): (u64, Instant)| refused == found && when.elapsed() < RETRY_INTERVAL;
        if self.refused.is_some_and(was_refused) {
            return false;
        }
        let tried =
            Cluster::new(&self.settings).and_then(|cluster| cluster.topics(&[]).map(|_| ()));
        if fingerprint(&self.settings) != found {
            // Changed while it was tried: the next look sees the rest.
            return false;
        }
        match tried {
            Ok(()) => {
                self.in_use = found;
                self.are_current();
                CertificatesRenewed.emit();
                true
            }
            Err(error) => {
                self.refused = Some((found, Instant::now()));
                CertificatesRefused { cause: &error.to_string() }.emit();
                false
            }
        }
    }

    fn are_current(&mut self) {
        if self.refused.take().is_some() {
            catalogue::CERTIFICATES_CURRENT.gauge([]).set(1.0);
        }
    }
}

/// Stands for what the files say. One that cannot be read counts as empty.
fn fingerprint(settings: &Settings) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (_, path) in settings.files() {
        fs::read(path).unwrap_or_default().hash(&mut hasher);
    }
    hasher.finish()
}
