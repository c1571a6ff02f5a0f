//! What Kafka clients are told, and how it becomes librdkafka's configuration.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rdkafka::ClientConfig;

/// Records that a consumer fetches ahead for each partition.
pub(super) const FETCH_QUEUE_RECORDS: usize = 20_000;

/// How often clients of the data path tell how they fare.
const STATISTICS_INTERVAL_MS: &str = "1000";

/// Connection and protocol settings.
#[derive(Debug, Clone)]
pub struct Settings {
    pub bootstrap_servers: String,
    pub group_id: String,
    pub instance_id: String,
    pub transactional_id_prefix: String,
    pub transaction_timeout: Duration,
    pub session_timeout: Duration,
    pub start_from: StartFrom,
    pub connect_timeout: Duration,
    pub security_protocol: SecurityProtocol,
    pub sasl_mechanism: String,
    pub sasl_username: String,
    pub sasl_password: Secret,
    pub sasl_oauthbearer: OauthBearer,
    pub ssl_ca_location: Option<PathBuf>,
    pub ssl_certificate_location: Option<PathBuf>,
    pub ssl_key_location: Option<PathBuf>,
    pub ssl_key_password: Secret,
    pub compression: String,
}

/// Where to read from where the group has no committed offset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StartFrom {
    #[default]
    Earliest,
    Latest,
}

/// How connections are protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SecurityProtocol {
    #[default]
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

/// How a client comes by a token (`OpenID Connect`, client credentials). Empty texts are left out.
#[derive(Debug, Clone, Default)]
pub struct OauthBearer {
    pub token_endpoint_url: String,
    pub client_id: String,
    pub client_secret: Secret,
    pub scope: String,
    /// Comma-separated name=value, for the brokers.
    pub extensions: String,
}

/// A text that is shown to nobody.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "(secret)" })
    }
}

/// The names by which brokers know one worker. Stable across restarts, so that a worker that comes back
/// gets its partitions back and ends its own unfinished transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberId {
    pub group_instance_id: String,
    pub transactional_id: String,
}

impl Settings {
    /// Those of the worker that tells platforms of seizures: a group of its own, which begins with what comes next when
    /// it is new, so that nobody is told of old seizures at once.
    #[must_use]
    pub fn of_outcomes(&self) -> Self {
        Self {
            group_id: format!("{}-outcomes", self.group_id),
            instance_id: format!("{}-outcomes", self.instance_id),
            start_from: StartFrom::Latest,
            ..self.clone()
        }
    }

    /// The hosts of the bootstrap servers, without their ports.
    pub fn servers(&self) -> impl Iterator<Item = &str> {
        self.bootstrap_servers.split(',').map(str::trim).filter(|it| !it.is_empty()).map(|server| {
            let server = server.rsplit_once("://").map_or(server, |(_, address)| address);
            match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                Some((address, _)) => address,
                None => server.rsplit_once(':').map_or(server, |(host, _)| host),
            }
        })
    }

    /// The secrets, by the names of their settings.
    #[must_use]
    pub fn secrets(&self) -> [(&'static str, &Secret); 3] {
        [
            ("sasl_password", &self.sasl_password),
            ("sasl_oauthbearer_client_secret", &self.sasl_oauthbearer.client_secret),
            ("ssl_key_password", &self.ssl_key_password),
        ]
    }

    /// The files of certificates and keys, by the names of their settings.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files = [
            ("ssl_ca_location", &self.ssl_ca_location),
            ("ssl_certificate_location", &self.ssl_certificate_location),
            ("ssl_key_location", &self.ssl_key_location),
        ];
        files.into_iter().filter_map(|(name, path)| Some((name, path.as_deref()?)))
    }

    /// The names of a worker.
    #[must_use]
    pub fn member(&self, worker: usize) -> MemberId {
        let group_instance_id = format!("{}-{worker}", self.instance_id);
        let transactional_id = format!("{}-{group_instance_id}", self.transactional_id_prefix);
        MemberId { group_instance_id, transactional_id }
    }

    /// How often a member tells its group that it lives.
    pub(super) fn heartbeat_interval(&self) -> Duration {
        self.session_timeout / 5
    }

    pub(super) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.bootstrap_servers)
            .set("security.protocol", self.security_protocol.name())
            .set("allow.auto.create.topics", "false")
            .set("socket.keepalive.enable", "true")
            .set("reconnect.backoff.max.ms", "1000");
        let token = &self.sasl_oauthbearer;
        if !token.token_endpoint_url.is_empty() {
            config.set("sasl.oauthbearer.method", "oidc");
        }
        for (key, value) in [
            ("sasl.oauthbearer.token.endpoint.url", &token.token_endpoint_url),
            ("sasl.oauthbearer.client.id", &token.client_id),
            ("sasl.oauthbearer.client.secret", &token.client_secret.0),
            ("sasl.oauthbearer.scope", &token.scope),
            ("sasl.oauthbearer.extensions", &token.extensions),
            ("sasl.mechanism", &self.sasl_mechanism),
            ("sasl.username", &self.sasl_username),
            ("sasl.password", &self.sasl_password.0),
            ("ssl.key.password", &self.ssl_key_password.0),
        ] {
            if !value.is_empty() {
                config.set(key, value);
            }
        }
        for (name, path) in self.files() {
            config.set(name.replace('_', "."), path.to_string_lossy());
        }
        config
    }

    /// A member without a name, and so one that the group does not wait for once it has left.
    pub(super) fn visitor(&self) -> ClientConfig {
        let session_ms = self.session_timeout.as_millis();
        let mut config = self.client();
        config
            .set("group.id", &self.group_id)
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", session_ms.to_string())
            .set("heartbeat.interval.ms", self.heartbeat_interval().as_millis().to_string())
            .set("max.poll.interval.ms", (session_ms.max(60_000)).to_string())
            // Offsets travel in the transaction; where there is none the worker decides, not the client.
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false");
        config
    }

    pub(super) fn consumer(&self, member: &MemberId) -> ClientConfig {
        let mut config = self.visitor();
        config
            .set("client.id", format!("parcelgate-{}", member.group_instance_id))
            .set("group.instance.id", &member.group_instance_id)
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed")
            .set("check.crcs", "true")
            // The default of 1000 lets a full queue stand for a second before the next fetch.
            .set("fetch.queue.backoff.ms", "5")
            .set("fetch.wait.max.ms", "50")
            .set("fetch.min.bytes", "1")
            .set("queued.min.messages", FETCH_QUEUE_RECORDS.to_string())
            .set("statistics.interval.ms", STATISTICS_INTERVAL_MS)
            .set("queued.max.messages.kbytes", "16384")
            .set("fetch.message.max.bytes", "262144");
        config
    }

    /// A producer that asks whether this user may have a transactional id, and cannot get it: brokers look at rights
    /// first, then refuse a transaction of 24 days, before they fence anybody.
    pub(super) fn probe(&self, transactional_id: &str) -> ClientConfig {
        let mut config = self.client();
        config
            .set("transactional.id", transactional_id)
            .set("transaction.timeout.ms", i32::MAX.to_string());
        config
    }

    pub(super) fn producer(&self, member: &MemberId) -> ClientConfig {
        let timeout_ms = self.transaction_timeout.as_millis().to_string();
        let mut config = self.client();
        config
            .set("client.id", format!("parcelgate-{}", member.group_instance_id))
            .set("transactional.id", &member.transactional_id)
            .set("transaction.timeout.ms", timeout_ms)
            .set("acks", "all")
            .set("linger.ms", "5")
            .set("batch.num.messages", "10000")
            .set("compression.type", &self.compression)
            // The partitioner of Java clients, so that keys meet in the same partition whoever writes them.
            .set("partitioner", "murmur2_random")
            .set("queue.buffering.max.messages", "100000")
            .set("queue.buffering.max.kbytes", "65536")
            .set("retry.backoff.ms", "10")
            .set("statistics.interval.ms", STATISTICS_INTERVAL_MS)
            // A failed delivery makes the commit fail: reports of success would only cost time.
            .set("delivery.report.only.error", "true");
        config
    }
}

impl SecurityProtocol {
    fn name(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Ssl => "ssl",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslSsl => "sasl_ssl",
        }
    }
}
