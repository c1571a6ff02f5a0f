//! The daemon's settings: `config/parcelgate.toml`, files laid over it, the environment.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tracing::level_filters::LevelFilter;

use super::reader::{ConfigError, ENVIRONMENT_PREFIX, EffectiveSetting, Reader};
use crate::archive::Archive;
use crate::feeds::{FeedSource, Sources};
use crate::kafka::{OauthBearer, Secret, SecurityProtocol, Settings as KafkaSettings, StartFrom};
use crate::pipeline::{Notices, Task, WorkerSettings};
use crate::screening::{Language, PartyKey};
use crate::telemetry::{LogFormat, LogSettings};
use crate::wire::{Encoding, Limits};

/// Pause after a first aborted transaction.
const ABORT_BACKOFF: Duration = Duration::from_millis(20);

/// Settings that a reload puts in force. The others need a restart.
const RELOADED: [&str; 3] = ["output.language", "policy.file", "policy.shadow"];

/// The annotated default is the default.
pub(super) const DEFAULT: &str = include_str!("../../config/parcelgate.toml");

/// Everything the daemon is told.
#[derive(Debug, Clone)]
pub struct DaemonSettings {
    pub hub_name: String,
    /// Four digits of the customs administration.
    pub hub_district: String,
    pub kafka: KafkaSettings,
    pub workers: usize,
    /// What every worker is told; its number is to be filled in.
    pub worker: WorkerSettings,
    /// A commit that hangs longer ends the process.
    pub commit_hang: Duration,
    pub topics: Topics,
    /// Where reference data comes from.
    pub reference: Sources,
    /// `None`: the shipped policy.
    pub policy_file: Option<PathBuf>,
    /// A policy that is tried and decides nothing.
    pub shadow_policy_file: Option<PathBuf>,
    /// Where what decisions are made under is kept.
    pub archive: Option<Archive>,
    pub language: Language,
    /// Under which parties are hashed.
    pub party_key: PartyKey,
    pub shutdown_deadline: Duration,
    pub admin_listen: SocketAddr,
    pub log: LogSettings,
    /// Every setting as it is written and where it came from.
    pub effective: Vec<EffectiveSetting>,
    source: Source,
}

/// What settings were read from, to be read again.
#[derive(Debug, Clone, Default)]
struct Source {
    files: Vec<PathBuf>,
    environment: Vec<(String, String)>,
}

/// The names of the topics.
#[derive(Debug, Clone)]
pub struct Topics {
    pub declarations: String,
    pub decisions: String,
    pub dead_letters: String,
    pub recordals: String,
    pub platform_signals: String,
    pub customs_alerts: String,
    pub outcomes: String,
    pub platform_notices: String,
}

impl DaemonSettings {
    /// Reads the default, the files over it in order, and the environment over those.
    ///
    /// # Errors
    /// Every problem, each with its place and key.
    pub fn load(
        files: &[PathBuf],
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let environment = environment.filter(|(name, _)| name.starts_with(ENVIRONMENT_PREFIX));
        Source { files: files.to_vec(), environment: environment.collect() }.read()
    }

    /// Reads everything again.
    ///
    /// # Errors
    /// Every problem, each with its place and key.
    pub fn reread(&self) -> Result<Self, ConfigError> {
        self.source.read()
    }

    /// The settings that are not what they were, but for those that a reload takes up.
    #[must_use]
    pub fn need_restart(&self, fresh: &Self) -> Vec<String> {
        let is_new = |setting: &&EffectiveSetting| {
            let same = |old: &EffectiveSetting| {
                (&old.section, &old.name, &old.value)
                    == (&setting.section, &setting.name, &setting.value)
            };
            !self.effective.iter().any(same)
        };
        let key = |setting: &EffectiveSetting| format!("{}.{}", setting.section, setting.name);
        let written = fresh.effective.iter().filter(is_new).map(key);
        // A secret's text is not among them, be it written there or in a file.
        let secrets = self
            .kafka
            .secrets()
            .into_iter()
            .zip(fresh.kafka.secrets())
            .filter(|(old, new)| old != new)
            .map(|((name, _), _)| format!("kafka.{name}"));
        let mut keys = written
            .chain(secrets)
            .filter(|key| !RELOADED.contains(&key.as_str()))
            .collect::<Vec<_>>();
        keys.sort();
        keys.dedup();
        keys
    }

    fn read(reader: &mut Reader) -> Self {
        let topics = topics(reader);
        Self {
            hub_name: reader.name("hub.name"),
            hub_district: reader.parsed("hub.district", district).unwrap_or_default(),
            kafka: kafka(reader),
            workers: reader.count("kafka.workers", 1..=64),
            worker: worker(reader, &topics),
            commit_hang: reader.millis("kafka.commit_hang_ms", 1_000..=600_000),
            reference: Sources {
                register: feed(reader, "reference.register", &topics.recordals),
                signals: feed(reader, "reference.signals", &topics.platform_signals),
                alerts: feed(reader, "reference.alerts", &topics.customs_alerts),
                outcomes: feed(reader, "reference.outcomes", &topics.outcomes),
            },
            topics,
            policy_file: reader.path("policy.file"),
            shadow_policy_file: reader.path("policy.shadow"),
            archive: archive(reader),
            language: reader
                .choice("output.language", &[("en", Language::English), ("zh", Language::Chinese)]),
            party_key: party_key(reader),
            shutdown_deadline: reader.millis("shutdown.deadline_ms", 100..=600_000),
            admin_listen: reader
                .parsed("admin.listen", |text| {
                    text.parse().map_err(|_| {
                        format!("must be an address and port such as 127.0.0.1:9464, is {text:?}")
                    })
                })
                .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0))),
            log: log(reader),
            effective: Vec::new(),
            source: Source::default(),
        }
    }
}

impl Source {
    fn read(&self) -> Result<DaemonSettings, ConfigError> {
        let mut reader = default_reader();
        for file in &self.files {
            reader.lay_file(file, "--config");
        }
        reader.lay_environment(self.environment.iter().cloned());
        let settings = DaemonSettings::read(&mut reader);
        let effective = reader.effective_settings();
        reader.finish()?;
        Ok(DaemonSettings { effective, source: self.clone(), ..settings })
    }
}

fn default_reader() -> Reader {
    Reader::built_in("built-in parcelgate.toml", DEFAULT)
}

/// A reader that was asked for every key of the settings.
pub(super) fn asked_reader() -> Reader {
    let mut reader = default_reader();
    DaemonSettings::read(&mut reader);
    reader
}

/// Without a key the program makes one up: it forgets parties when it ends anyway.
fn party_key(reader: &mut Reader) -> PartyKey {
    let secret = reader.secret("privacy.key");
    if secret.is_empty() {
        return PartyKey::random();
    }
    if secret.len() < PartyKey::SECRET_LEAST {
        let reason = format!("must have {} characters or more", PartyKey::SECRET_LEAST);
        reader.refuse("privacy.key", &reason);
    }
    PartyKey::from_secret(&secret)
}

fn topics(reader: &mut Reader) -> Topics {
    let mut topic = |key: &str| reader.parsed(key, topic_name).unwrap_or_default();
    Topics {
        declarations: topic("topics.declarations"),
        decisions: topic("topics.decisions"),
        dead_letters: topic("topics.dead_letters"),
        recordals: topic("topics.recordals"),
        platform_signals: topic("topics.platform_signals"),
        customs_alerts: topic("topics.customs_alerts"),
        outcomes: topic("topics.outcomes"),
        platform_notices: topic("topics.platform_notices"),
    }
}

/// Kafka's own rule for names of topics.
fn topic_name(text: &str) -> Result<String, String> {
    const CHARS_MAX: usize = 249;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if text.is_empty() || text.len() > CHARS_MAX || !text.bytes().all(legal) {
        return Err(format!(
            "must be 1 to {CHARS_MAX} letters, digits, dots, dashes or underscores, is {text:?}"
        ));
    }
    Ok(text.to_owned())
}

fn kafka(reader: &mut Reader) -> KafkaSettings {
    let settings = KafkaSettings {
        bootstrap_servers: reader.name("kafka.bootstrap_servers"),
        group_id: reader.name("kafka.group_id"),
        instance_id: reader.name("kafka.instance_id"),
        transactional_id_prefix: reader.name("kafka.transactional_id_prefix"),
        transaction_timeout: reader.millis("kafka.transaction_timeout_ms", 1_000..=900_000),
        session_timeout: reader.millis("kafka.session_timeout_ms", 1_000..=1_800_000),
        start_from: reader.choice(
            "kafka.start_from",
            &[("earliest", StartFrom::Earliest), ("latest", StartFrom::Latest)],
        ),
        connect_timeout: reader.millis("kafka.connect_timeout_ms", 100..=600_000),
        security_protocol: reader.choice(
            "kafka.security_protocol",
            &[
                ("plaintext", SecurityProtocol::Plaintext),
                ("ssl", SecurityProtocol::Ssl),
                ("sasl_plaintext", SecurityProtocol::SaslPlaintext),
                ("sasl_ssl", SecurityProtocol::SaslSsl),
            ],
        ),
        sasl_mechanism: reader
            .choice(
                "kafka.sasl_mechanism",
                &[
                    ("", ""),
                    ("PLAIN", "PLAIN"),
                    ("SCRAM-SHA-256", "SCRAM-SHA-256"),
                    ("SCRAM-SHA-512", "SCRAM-SHA-512"),
                    ("OAUTHBEARER", "OAUTHBEARER"),
                ],
            )
            .to_owned(),
        sasl_username: reader.text("kafka.sasl_username"),
        sasl_password: Secret(reader.secret("kafka.sasl_password")),
        sasl_oauthbearer: oauthbearer(reader),
        ssl_ca_location: reader.readable("kafka.ssl_ca_location"),
        ssl_certificate_location: reader.readable("kafka.ssl_certificate_location"),
        ssl_key_location: reader.readable("kafka.ssl_key_location"),
        ssl_key_password: Secret(reader.secret("kafka.ssl_key_password")),
        compression: reader
            .choice(
                "kafka.compression",
                &["none", "lz4", "zstd", "gzip", "snappy"].map(|name| (name, name)),
            )
            .to_owned(),
    };
    let sasl = matches!(
        settings.security_protocol,
        SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl
    );
    if sasl && settings.sasl_mechanism.is_empty() {
        reader.refuse("kafka.sasl_mechanism", "must be set where security_protocol is sasl_*");
    }
    refuse_what_others_could_read(reader, &settings);
    settings
}

/// How a token is come by where the mechanism is OAUTHBEARER.
fn oauthbearer(reader: &mut Reader) -> OauthBearer {
    OauthBearer {
        token_endpoint_url: reader.text("kafka.sasl_oauthbearer_token_endpoint_url"),
        client_id: reader.text("kafka.sasl_oauthbearer_client_id"),
        client_secret: Secret(reader.secret("kafka.sasl_oauthbearer_client_secret")),
        scope: reader.text("kafka.sasl_oauthbearer_scope"),
        extensions: reader.text("kafka.sasl_oauthbearer_extensions"),
    }
}

/// Declarations in plain text leave this machine only where somebody has said so.
fn refuse_what_others_could_read(reader: &mut Reader, settings: &KafkaSettings) {
    let is_plaintext = matches!(
        settings.security_protocol,
        SecurityProtocol::Plaintext | SecurityProtocol::SaslPlaintext
    );
    let is_allowed = reader.flag("kafka.allow_plaintext");
    let elsewhere = settings.servers().find(|host| !is_loopback(host));
    if let Some(host) = elsewhere.filter(|_| is_plaintext && !is_allowed) {
        let reason = format!(
            "sends declarations to {host} for everyone on the way to read; take \"ssl\" or \"sasl_ssl\", or set \
             allow_plaintext = true"
        );
        reader.refuse("kafka.security_protocol", &reason);
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn worker(reader: &mut Reader, topics: &Topics) -> WorkerSettings {
    let settings = WorkerSettings {
        number: 0,
        task: Task::Screen,
        topic: topics.declarations.clone(),
        commit_interval: reader.millis("kafka.commit_interval_ms", 1..=60_000),
        transaction_records_max: reader.count("kafka.transaction_records_max", 1..=1_000_000),
        transaction_bytes_max: reader
            .count("kafka.transaction_bytes_max", 1_048_576..=1_073_741_824),
        encoding: reader.choice(
            "output.encoding",
            &[("json", Encoding::Json), ("protobuf", Encoding::Protobuf)],
        ),
        limits: Limits {
            record_bytes_max: reader.count("limits.record_bytes_max", 1_024..=67_108_864),
            text_bytes_max: reader.count("limits.text_bytes_max", 256..=65_536),
        },
        dead_letter_payload: reader.flag("dead_letters.payload"),
        notices: Notices::to(reader.texts("platform_notices.platforms")),
        abort_backoff: ABORT_BACKOFF,
    };
    let timeout_key = "kafka.transaction_timeout_ms";
    let timeout = reader.millis(timeout_key, 1_000..=900_000);
    if settings.commit_interval.saturating_mul(2) > timeout {
        let reason = "must be at least twice commit_interval_ms, or transactions time out";
        reader.refuse(timeout_key, reason);
    }
    settings
}

/// Where a feed comes from; `topic` is its topic's name.
fn feed(reader: &mut Reader, key: &str, topic: &str) -> FeedSource {
    let source = reader.parsed(key, |text| match text.split_once(':') {
        Some(("file", path)) if !path.is_empty() => Ok(FeedSource::File(path.into())),
        None if text == "topic" => Ok(FeedSource::Topic(topic.to_owned())),
        None if text == "none" => Ok(FeedSource::None),
        _ => Err(format!("must be \"topic\", \"file:PATH\" or \"none\", is {text:?}")),
    });
    match source.unwrap_or_default() {
        FeedSource::File(path) => FeedSource::File(reader.resolve(key, &path.to_string_lossy())),
        source => source,
    }
}

fn district(text: &str) -> Result<String, String> {
    if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(format!("must be four digits, is {text:?}"))
    }
}

fn archive(reader: &mut Reader) -> Option<Archive> {
    const DAY: Duration = Duration::from_hours(24);
    let dir = reader.path("archive.dir");
    let days = u32::try_from(reader.count("archive.keep_days", 1..=36_500)).unwrap_or(1);
    Some(Archive::new(dir?, DAY * days))
}

fn log(reader: &mut Reader) -> LogSettings {
    let level = reader
        .parsed("log.level", |text| {
            ["error", "warn", "info", "debug", "trace"]
                .contains(&text)
                .then(|| text.parse().ok())
                .flatten()
                .ok_or_else(|| format!("must be error, warn, info, debug or trace, is {text:?}"))
        })
        .unwrap_or(LevelFilter::INFO);
    let format =
        reader.choice("log.format", &[("text", LogFormat::Text), ("json", LogFormat::Json)]);
    LogSettings { format, level }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feeds::Feed;

    fn load(toml: &str) -> Result<DaemonSettings, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.toml");
        std::fs::write(&path, toml).unwrap();
        DaemonSettings::load(&[path], std::iter::empty())
    }

    #[test]
    fn the_annotated_default_is_complete() {
        let settings = DaemonSettings::load(&[], std::iter::empty()).unwrap();
        assert_eq!(settings.workers, 1);
        assert_eq!(settings.admin_listen.to_string(), "127.0.0.1:9464");
        assert_eq!(settings.reference.register, FeedSource::File("recordals.ndjson".into()));
    }

    #[test]
    fn relative_paths_start_at_the_file_that_names_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.toml");
        std::fs::write(&path, "[reference]\nregister = \"file:r.ndjson\"").unwrap();
        let settings = DaemonSettings::load(&[path], std::iter::empty()).unwrap();
        assert_eq!(settings.reference.register, FeedSource::File(folder.path().join("r.ndjson")));
    }

    #[test]
    fn a_feed_from_its_topic_bears_the_topics_name() {
        let toml = "[topics]\nplatform_signals = \"s\"\n[reference]\nsignals = \"topic\"";
        let sources = load(toml).unwrap().reference;
        assert_eq!(sources.topics().collect::<Vec<_>>(), [(Feed::Signals, "s")]);
    }

    #[test]
    fn plain_text_stays_on_this_machine_unless_asked_for() {
        let loopback = "localhost:9092,127.0.0.1:9092,127.1.2.3:1,[::1]:9092";
        let load = |servers: &str, rest: &str| {
            load(&format!("[kafka]\nbootstrap_servers = \"{servers}\"\n{rest}"))
        };
        assert!(load(loopback, "").is_ok());
        for elsewhere in
            ["kafka:9092", "10.0.0.1:9092", "127.0.0.1:1, broker2", "[2001:db8::1]:9092"]
        {
            let error = load(elsewhere, "").unwrap_err().to_string();
            assert!(error.contains("allow_plaintext = true"), "{error}");
            assert!(load(elsewhere, "allow_plaintext = true").is_ok());
            assert!(load(elsewhere, "security_protocol = \"ssl\"").is_ok());
        }
    }

    #[test]
    fn what_a_reload_cannot_take_up_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.toml");
        let write = |toml: &str| std::fs::write(&path, toml).unwrap();
        write("[kafka]\nworkers = 1\nsasl_password = \"a\"");
        let old = DaemonSettings::load(std::slice::from_ref(&path), std::iter::empty()).unwrap();
        assert!(old.need_restart(&old.reread().unwrap()).is_empty());
        write(
            "# moved\n[kafka]\nworkers = 2\nsasl_password = \"b\"\n[policy]\nfile = \"p.toml\"\n\
             shadow = \"s.toml\"\n\
             [output]\nlanguage = \"zh\"\nencoding = \"protobuf\"",
        );
        let fresh = old.reread().unwrap();
        let expected = ["kafka.sasl_password", "kafka.workers", "output.encoding"];
        assert_eq!(old.need_restart(&fresh), expected);
        assert_eq!(fresh.policy_file, Some(folder.path().join("p.toml")));
        assert_eq!(fresh.shadow_policy_file, Some(folder.path().join("s.toml")));
    }

    #[test]
    fn values_that_make_no_sense_are_refused() {
        for (toml, key) in [
            ("[kafka]\nworkers = 0", "kafka.workers"),
            ("[kafka]\ncommit_interval_ms = 6000", "kafka.transaction_timeout_ms"),
            ("[kafka]\nsecurity_protocol = \"sasl_ssl\"", "kafka.sasl_mechanism"),
            ("[kafka]\nbootstrap_servers = \"127.0.0.1:1,b:2\"", "kafka.security_protocol"),
            ("[hub]\ndistrict = \"51\"", "hub.district"),
            ("[topics]\ndecisions = \"a b\"", "topics.decisions"),
            ("[reference]\nregister = \"topics\"", "reference.register"),
            ("[reference]\nsignals = \"topic:x\"", "reference.signals"),
            ("[admin]\nlisten = \"9464\"", "admin.listen"),
            ("[log]\nlevel = \"loud\"", "log.level"),
            ("[output]\nencoding = \"xml\"", "output.encoding"),
        ] {
            let problems = load(toml).unwrap_err().0;
            assert_eq!(problems.len(), 1, "{toml}: {problems:?}");
            assert_eq!(problems[0].key, key, "{problems:?}");
            assert!(problems[0].origin.contains(".toml:"), "{problems:?}");
        }
    }
}
