//! Everything a reference is made of, kept so that any piece can change while the rest stays as it is.

use std::io;
use std::iter;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::file::{BadLines, FeedError, FeedFile, Pace};
use super::table::Table;
use super::{Feed, FeedSource, Keyed, LIMITS, Sources};
use crate::archive::{Archive, Kept};
use crate::domain::{CustomsAlert, Outcome, PlatformSignal, Recordal, Versions};
use crate::register::Register;
use crate::screening::{
    Candidate, Intelligence, Language, PartyKey, Policy, Reference, References,
};
use crate::wire::{Encoding, decode_record, encode_message};

/// What a reference rests on beside feeds.
#[derive(Debug, Clone)]
pub struct Foundation {
    pub policy: WrittenPolicy,
    /// A policy that is tried beside it.
    pub shadow: Option<WrittenPolicy>,
    pub language: Language,
    pub party_key: PartyKey,
}

/// A policy, and what its version is made over.
#[derive(Debug, Clone)]
pub struct WrittenPolicy {
    policy: Arc<Policy>,
    text: String,
}

impl From<(Policy, String)> for WrittenPolicy {
    fn from((policy, text): (Policy, String)) -> Self {
        Self { policy: Arc::new(policy), text }
    }
}

impl WrittenPolicy {
    fn version(&self) -> String {
        version(&Sha256::digest(&self.text))
    }
}

/// The feeds' messages and the foundation, and the references that were last built of them.
#[derive(Debug)]
pub struct Assembly {
    sources: Sources,
    foundation: Foundation,
    tables: Tables,
    built: Option<References>,
}

#[derive(Debug, Default)]
struct Tables {
    recordals: Table<Recordal>,
    signals: Table<PlatformSignal>,
    alerts: Table<CustomsAlert>,
    outcomes: Table<Outcome>,
}

/// A record of a feed's topic.
#[derive(Debug, Clone, Copy)]
pub(super) struct FeedRecord<'a> {
    pub(super) key: Option<&'a [u8]>,
    /// `None` removes the message of the key.
    pub(super) payload: Option<&'a [u8]>,
    pub(super) content_type: Option<&'a [u8]>,
}

/// What a record did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    Put,
    Removed,
    /// What it says was known.
    Unchanged,
}

impl Applied {
    pub(super) const ALL: [Self; 3] = [Self::Put, Self::Removed, Self::Unchanged];

    pub(super) fn changes(self) -> bool {
        self != Self::Unchanged
    }

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Removed => "removed",
            Self::Unchanged => "unchanged",
        }
    }
}

impl Assembly {
    /// Reads the feeds that come from files; those from topics begin empty. Bad lines are noted and left out.
    ///
    /// # Errors
    /// A file that cannot be read, or that has no good line at all.
    pub fn open(
        sources: Sources,
        foundation: Foundation,
        bad_lines: &mut BadLines,
    ) -> Result<Self, FeedError> {
        let tables = Tables::from_files(&sources, Pace::AtOnce, bad_lines)?;
        Ok(Self { sources, foundation, tables, built: None })
    }

    /// Reads the files anew, under a new foundation.
    ///
    /// # Errors
    /// As [`Self::open`]; then everything stays as it is.
    pub(super) fn reopen(
        &mut self,
        foundation: Foundation,
        bad_lines: &mut BadLines,
    ) -> Result<(), FeedError> {
        let files = Tables::from_files(&self.sources, Pace::BesideParcels, bad_lines)?;
        self.tables.take_files(&self.sources, files);
        self.foundation = foundation;
        Ok(())
    }

    /// Does what a record of a feed's topic says.
    ///
    /// # Errors
    /// Why the record is bad; nothing has changed then.
    pub(super) fn apply(&mut self, feed: Feed, record: &FeedRecord<'_>) -> Result<Applied, String> {
        match feed {
            Feed::Register => apply(&mut self.tables.recordals, record),
            Feed::Signals => apply(&mut self.tables.signals, record),
            Feed::Alerts => apply(&mut self.tables.alerts, record),
            Feed::Outcomes => apply(&mut self.tables.outcomes, record),
        }
    }

    /// How many messages a feed has.
    #[must_use]
    pub fn len(&self, feed: Feed) -> usize {
        match feed {
            Feed::Register => self.tables.recordals.len(),
            Feed::Signals => self.tables.signals.len(),
            Feed::Alerts => self.tables.alerts.len(),
            Feed::Outcomes => self.tables.outcomes.len(),
        }
    }

    pub(super) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The snapshot of what is in force, without a shadow.
    pub fn reference(&mut self) -> Reference {
        self.references().live
    }

    /// Builds the snapshots of what is there now and stamps them with their versions. What has not changed since the last
    /// is not built again.
    pub fn references(&mut self) -> References {
        let versions = self.versions();
        let (last, last_shadow) = self.built.take().map_or((None, None), |last| {
            let References { live, shadow } = last;
            (Some(live), shadow)
        });
        let register = match &last {
            Some(last) if last.versions.register == versions.register => last.register.clone(),
            _ => Arc::new(Register::build(self.tables.recordals.to_vec())),
        };
        let Foundation { policy, shadow, language, .. } = &self.foundation;
        let last = last.iter().chain(last_shadow.as_ref().map(Candidate::reference));
        let live = Reference {
            intelligence: self.intelligence(policy, &versions, last.clone()),
            register,
            policy: Arc::clone(&policy.policy),
            language: *language,
            versions: Arc::new(versions),
        };
        let shadow = shadow
            .as_ref()
            .map(|shadow| Candidate::beside(&live, self.beside(&live, shadow, last)));
        self.built.insert(References { live, shadow }).clone()
    }

    /// The same snapshot under another policy. What does not depend on the policy is shared.
    #[must_use]
    pub fn reference_under(&self, in_force: &Reference, policy: &WrittenPolicy) -> Reference {
        self.beside(in_force, policy, iter::empty())
    }

    fn beside<'a>(
        &self,
        live: &'a Reference,
        policy: &WrittenPolicy,
        known: impl Iterator<Item = &'a Reference>,
    ) -> Reference {
        let versions = Versions { policy: policy.version(), ..(*live.versions).clone() };
        Reference {
            intelligence: self.intelligence(policy, &versions, iter::once(live).chain(known)),
            register: Arc::clone(&live.register),
            policy: Arc::clone(&policy.policy),
            language: live.language,
            versions: Arc::new(versions),
        }
    }

    /// What is known of parties and sellers: that of the first known reference that has the same, else built.
    fn intelligence<'a>(
        &self,
        WrittenPolicy { policy, .. }: &WrittenPolicy,
        versions: &Versions,
        mut known: impl Iterator<Item = &'a Reference>,
    ) -> Arc<Intelligence> {
        let has_same = |known: &&Reference| {
            known.versions.signals == versions.signals
                && known.policy.currencies == policy.currencies
        };
        known.find(has_same).map_or_else(
            || Arc::new(self.tables.intelligence(self.foundation.party_key, policy)),
            |known| Arc::clone(&known.intelligence),
        )
    }

    /// Keeps the policy and the register that were last built.
    pub(super) fn keep_in(&self, archive: &Archive) -> io::Result<()> {
        let Some(References { live, .. }) = &self.built else { return Ok(()) };
        let Versions { policy, register, .. } = &*live.versions;
        let text = &self.foundation.policy.text;
        archive.keep(Kept::Policy, policy, |to| to.write_all(text.as_bytes()))?;
        archive.keep(Kept::Register, register, |to| {
            let mut line = Vec::new();
            for recordal in self.tables.recordals.messages() {
                line.clear();
                encode_message(recordal, Encoding::Json, &mut line);
                line.push(b'\n');
                to.write_all(&line)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// The outcomes of inspections that are there.
    pub fn outcomes(&self) -> impl Iterator<Item = Outcome> {
        self.tables.outcomes.messages()
    }

    fn versions(&mut self) -> Versions {
        let Tables { recordals, signals, alerts, outcomes } = &mut self.tables;
        let signals = Sha256::new()
            .chain_update(signals.digest())
            .chain_update(alerts.digest())
            .chain_update(outcomes.digest());
        Versions {
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            policy: self.foundation.policy.version(),
            register: version(&recordals.digest()),
            signals: version(&signals.finalize()),
        }
    }
}

impl Tables {
    fn from_files(
        sources: &Sources,
        pace: Pace,
        bad_lines: &mut BadLines,
    ) -> Result<Self, FeedError> {
        Ok(Self {
            recordals: from_file(Feed::Register, sources, pace, bad_lines)?,
            signals: from_file(Feed::Signals, sources, pace, bad_lines)?,
            alerts: from_file(Feed::Alerts, sources, pace, bad_lines)?,
            outcomes: from_file(Feed::Outcomes, sources, pace, bad_lines)?,
        })
    }

    /// Takes over what comes from files.
    fn take_files(&mut self, sources: &Sources, files: Self) {
        let is_file = |feed| matches!(sources.of(feed), FeedSource::File(_));
        if is_file(Feed::Register) {
            self.recordals = files.recordals;
        }
        if is_file(Feed::Signals) {
            self.signals = files.signals;
        }
        if is_file(Feed::Alerts) {
            self.alerts = files.alerts;
        }
        if is_file(Feed::Outcomes) {
            self.outcomes = files.outcomes;
        }
    }

    fn intelligence(&self, party_key: PartyKey, policy: &Policy) -> Intelligence {
        Intelligence::build(
            party_key,
            &policy.currencies,
            self.signals.messages(),
            &self.alerts.to_vec(),
            &self.outcomes.to_vec(),
        )
    }
}

fn from_file<M: Keyed>(
    feed: Feed,
    sources: &Sources,
    pace: Pace,
    bad_lines: &mut BadLines,
) -> Result<Table<M>, FeedError> {
    match sources.of(feed) {
        FeedSource::File(path) => FeedFile { path, feed, pace }.read(bad_lines),
        FeedSource::None | FeedSource::Topic(_) => Ok(Table::default()),
    }
}

fn apply<M: Keyed>(table: &mut Table<M>, record: &FeedRecord<'_>) -> Result<Applied, String> {
    let key = record.key.filter(|key| !key.is_empty());
    let Some(payload) = record.payload else {
        let key = key.ok_or("it has neither key nor payload")?;
        return Ok(if table.remove(key) { Applied::Removed } else { Applied::Unchanged });
    };
    let message: M =
        decode_record(payload, record.content_type, &LIMITS).map_err(|error| error.to_string())?;
    let own_key = message.key().map(str::to_owned);
    let key = key.or(own_key.as_ref().map(String::as_bytes)).ok_or("it has no key")?;
    let is_new = table.put(key, message).map_err(|full| full.to_string())?;
    Ok(if is_new { Applied::Put } else { Applied::Unchanged })
}

/// The first 128 bits of a digest, in hexadecimal: enough to tell contents apart, short enough to read.
fn version(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    digest.iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::screening::test_support::policy;
    use crate::screening::{Currencies, Rate};

    fn foundation(policy_text: &str) -> Foundation {
        Foundation {
            policy: (policy(), policy_text.to_owned()).into(),
            shadow: None,
            language: Language::English,
            party_key: PartyKey::random(),
        }
    }

    fn followed() -> Assembly {
        let topic = |name: &str| FeedSource::Topic(name.to_owned());
        let sources = Sources {
            register: topic("r"),
            signals: topic("s"),
            alerts: topic("a"),
            outcomes: topic("o"),
        };
        Assembly::open(sources, foundation("p"), &mut BadLines::default()).unwrap()
    }

    fn from_register_file(path: &std::path::Path) -> Result<Assembly, FeedError> {
        let sources = Sources { register: FeedSource::File(path.to_owned()), ..Sources::default() };
        Assembly::open(sources, foundation("p"), &mut BadLines::default())
    }

    fn record<'a>(key: Option<&'a str>, payload: Option<&'a str>) -> FeedRecord<'a> {
        FeedRecord {
            key: key.map(str::as_bytes),
            payload: payload.map(str::as_bytes),
            content_type: None,
        }
    }

    const T1: &str = r#"{"recordalNo":"T1","rightName":"a"}"#;
    const T2: &str = r#"{"recordalNo":"T2","rightName":"b"}"#;
    const SIGNAL: &str = r#"{"platform":"P","sellerId":"S"}"#;

    #[test]
    fn each_record_puts_removes_or_is_refused() {
        let mut assembly = followed();
        for (feed, key, payload, expected, left) in [
            (Feed::Register, Some("T1"), Some(T1), Ok(Applied::Put), 1),
            (Feed::Register, Some("T1"), Some(T1), Ok(Applied::Unchanged), 1),
            (Feed::Register, Some("T1"), Some(T2), Ok(Applied::Put), 1),
            // Without a key of the record the message's own is its place.
            (Feed::Register, None, Some(T2), Ok(Applied::Put), 2),
            (Feed::Register, Some(""), Some(T2), Ok(Applied::Unchanged), 2),
            (Feed::Register, Some("T1"), None, Ok(Applied::Removed), 1),
            (Feed::Register, Some("T1"), None, Ok(Applied::Unchanged), 1),
            (Feed::Register, Some("T2"), Some("{"), Err("ends early at line 1 column 1"), 1),
            (Feed::Register, Some("T2"), Some("{}"), Err("recordal_no is not present"), 1),
            (Feed::Register, None, None, Err("it has neither key nor payload"), 1),
            (Feed::Signals, None, Some(SIGNAL), Err("it has no key"), 0),
            (Feed::Signals, Some("s"), Some(SIGNAL), Ok(Applied::Put), 1),
            // Without a seller or a listing it says nothing of anybody.
            (Feed::Signals, Some("t"), Some("{}"), Err("seller_id is not present"), 1),
            // No payload removes; an empty one is no message, though protobuf would read one.
            (Feed::Signals, Some("s"), Some(""), Err("the record has no payload"), 1),
        ] {
            let applied = assembly.apply(feed, &record(key, payload));
            let expected = expected.map_err(str::to_owned);
            assert_eq!((applied, assembly.len(feed)), (expected, left), "{key:?} {payload:?}");
        }
        // Seller S in protobuf, with an expiry of 2^63 - 1 seconds: not a time, and not "never".
        let expiry = b"\x12\x01S\x4a\x0a\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
        let no_time = FeedRecord { key: Some(b"t"), payload: Some(expiry), content_type: None };
        let refused = assembly.apply(Feed::Signals, &no_time);
        assert_eq!(refused, Err("expires_at is not a time".to_owned()));
        let too_long = format!("{{\"recordalNo\":\"{}\"}}", "x".repeat(LIMITS.record_bytes_max));
        let refused = assembly.apply(Feed::Register, &record(Some("T3"), Some(&too_long)));
        assert!(refused.is_err_and(|reason| reason.contains("more than the limit")));
    }

    #[test]
    fn what_has_not_changed_is_not_built_again() {
        let mut assembly = followed();
        assembly.apply(Feed::Register, &record(Some("T1"), Some(T1))).unwrap();
        let first = assembly.reference();
        assembly.apply(Feed::Signals, &record(Some("s"), Some(SIGNAL))).unwrap();
        let second = assembly.reference();
        assert!(Arc::ptr_eq(&first.register, &second.register));
        assert!(!Arc::ptr_eq(&first.intelligence, &second.intelligence));
        assert_eq!(first.versions.register, second.versions.register);
        assert_ne!(first.versions.signals, second.versions.signals);
        assembly.apply(Feed::Register, &record(Some("T2"), Some(T2))).unwrap();
        let third = assembly.reference();
        assert!(Arc::ptr_eq(&second.intelligence, &third.intelligence));
        assert_eq!((second.register.len(), third.register.len()), (1, 2));
        // Added and taken away again: as it was.
        assembly.apply(Feed::Register, &record(Some("T2"), None)).unwrap();
        assembly.apply(Feed::Signals, &record(Some("s"), None)).unwrap();
        assert_eq!(assembly.reference().versions, first.versions);
    }

    /// The policies that are in force and tried, by their texts; the one that is tried has other rates of currencies.
    fn trying(live: &str, shadow: Option<&str>) -> Foundation {
        let shadow = shadow.map(|text| {
            let rates = [Rate { currency: "USD".to_owned(), from: None, yuan: Decimal::TEN }];
            (Policy { currencies: Currencies::new(rates), ..policy() }, text.to_owned()).into()
        });
        Foundation { shadow, ..foundation(live) }
    }

    #[test]
    fn a_shadow_shares_what_does_not_depend_on_the_policy() {
        let mut assembly = followed();
        assembly.apply(Feed::Register, &record(Some("T1"), Some(T1))).unwrap();
        let alone = assembly.references();
        assert!(alone.shadow.is_none());

        let same_rates = Some((policy(), "c".to_owned()).into());
        let foundation = Foundation { shadow: same_rates, ..foundation("p") };
        assembly.reopen(foundation, &mut BadLines::default()).unwrap();
        let References { live, shadow } = assembly.references();
        let shadow = shadow.unwrap().reference().clone();
        assert_eq!(live.versions, alone.live.versions);
        assert!(Arc::ptr_eq(&live.register, &alone.live.register));
        assert!(Arc::ptr_eq(&live.register, &shadow.register));
        assert!(Arc::ptr_eq(&live.intelligence, &shadow.intelligence));
        assert_ne!(live.versions.policy, shadow.versions.policy);
        let policy = live.versions.policy.clone();
        assert_eq!(Versions { policy, ..(*shadow.versions).clone() }, *live.versions);
    }

    #[test]
    fn a_shadow_with_other_rates_is_built_once_and_kept_when_it_is_promoted() {
        let mut assembly = followed();
        assembly.reopen(trying("p", Some("c")), &mut BadLines::default()).unwrap();
        let first = assembly.references();
        let shadow = first.shadow.unwrap().reference().clone();
        assert!(!Arc::ptr_eq(&first.live.intelligence, &shadow.intelligence));
        assembly.apply(Feed::Register, &record(Some("T1"), Some(T1))).unwrap();
        let second = assembly.references().shadow.unwrap().reference().clone();
        assert!(Arc::ptr_eq(&shadow.intelligence, &second.intelligence));
        assert!(!Arc::ptr_eq(&shadow.register, &second.register));

        let promoted = trying("p", Some("c")).shadow.unwrap();
        let foundation = Foundation { policy: promoted, ..foundation("p") };
        assembly.reopen(foundation, &mut BadLines::default()).unwrap();
        let References { live, shadow } = assembly.references();
        assert!(shadow.is_none());
        assert_eq!(live.versions, second.versions);
        assert!(Arc::ptr_eq(&live.intelligence, &second.intelligence));
    }

    #[test]
    fn a_file_and_a_topic_of_the_same_content_are_the_same_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.ndjson");
        std::fs::write(&path, format!("{T2}\n{T1}\n")).unwrap();
        let mut read = from_register_file(&path).unwrap();
        let mut told = followed();
        for (key, payload) in [("x", T1), ("y", T2)] {
            told.apply(Feed::Register, &record(Some(key), Some(payload))).unwrap();
        }
        assert_eq!(read.reference().versions, told.reference().versions);
    }

    #[test]
    fn a_reload_takes_everything_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.ndjson");
        std::fs::write(&path, T1).unwrap();
        let mut assembly = from_register_file(&path).unwrap();
        let before = assembly.reference().versions;
        let mut bad_lines = BadLines::default();

        std::fs::write(&path, "<xml/>").unwrap();
        assembly.reopen(foundation("q"), &mut bad_lines).unwrap_err();
        assert_eq!(assembly.reference().versions, before);

        std::fs::write(&path, format!("{T1}\n{T2}\n")).unwrap();
        assembly.reopen(foundation("q"), &mut bad_lines).unwrap();
        let reference = assembly.reference();
        assert_eq!(reference.register.len(), 2);
        assert_ne!(reference.versions.policy, before.policy);
        assert_ne!(reference.versions.register, before.register);
    }
}
