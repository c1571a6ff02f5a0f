//! Questions and orders to a cluster outside the data path: is it there, has it the topics.

use std::time::{Duration, Instant};

use std::sync::Mutex;

use rdkafka::ClientContext;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::KafkaError;
use rdkafka::metadata::Metadata;
use rdkafka::producer::{BaseProducer, Producer as _, ProducerContext};
use rdkafka::types::RDKafkaErrorCode as Code;

use super::Settings;
use super::fault::is_refusal;

/// First wait for an answer; each further one is twice as long. A connection that is refused is heard of between two.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// A cluster, as an administrator sees it.
pub struct Cluster {
    client: BaseProducer<Complaints>,
    settings: Settings,
    servers: String,
    timeout: Duration,
}

/// What a cluster says of a topic that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicFacts {
    pub name: String,
    pub partitions: usize,
}

/// Keeps why a connection did not come about: a call that waits for it only says that it waited in vain.
#[derive(Default)]
struct Complaints {
    last: Mutex<Option<(Code, String)>>,
}

impl ClientContext for Complaints {
    fn error(&self, error: KafkaError, reason: &str) {
        let Some(code) = error.rdkafka_error_code() else { return };
        if (is_refusal(code) || code == Code::SSL)
            && let Ok(mut last) = self.last.lock()
        {
            *last = Some((code, reason.to_owned()));
        }
    }
}

impl ProducerContext for Complaints {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &rdkafka::message::DeliveryResult<'_>, (): Self::DeliveryOpaque) {}
}

/// What went wrong with a cluster.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("kafka settings are not accepted: {0}")]
    Settings(#[source] KafkaError),
    #[error("no broker at {servers} answered within {} ms: {source}; check [kafka] bootstrap_servers and that the \
             brokers run", timeout.as_millis())]
    Unreachable { servers: String, timeout: Duration, source: KafkaError },
    #[error(
        "{servers} does not let this user in: {reason}; check [kafka] security_protocol, sasl_* and ssl_*"
    )]
    Refused { servers: String, reason: String },
    #[error(
        "no safe connection to {servers}: {reason}; check the certificates of both sides, and [kafka] ssl_*"
    )]
    Insecure { servers: String, reason: String },
    #[error("topic {topic} could not be created: {reason}")]
    NotCreated { topic: String, reason: String },
}

impl Cluster {
    /// A cluster that has not been asked anything yet.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn new(settings: &Settings) -> Result<Self, AdminError> {
        Ok(Self {
            client: settings
                .client()
                .create_with_context(Complaints::default())
                .map_err(AdminError::Settings)?,
            settings: settings.clone(),
            servers: settings.bootstrap_servers.clone(),
            timeout: settings.connect_timeout,
        })
    }

    /// The topics among `names` that the cluster has; the others are not in the answer.
    ///
    /// # Errors
    /// A cluster that does not answer.
    pub fn topics(&self, names: &[&str]) -> Result<Vec<TopicFacts>, AdminError> {
        let metadata = self.metadata()?;
        let facts = metadata
            .topics()
            .iter()
            .filter(|topic| names.contains(&topic.name()))
            .filter(|topic| topic.error().is_none() && !topic.partitions().is_empty())
            .map(|topic| TopicFacts {
                name: topic.name().to_owned(),
                partitions: topic.partitions().len(),
            });
        Ok(facts.collect())
    }

    /// All topics that this user may see. Does not wait on where a connection was refused.
    fn metadata(&self) -> Result<Metadata, AdminError> {
        let began = Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            let left = self.timeout.saturating_sub(began.elapsed());
            let source = match self.client.client().fetch_metadata(None, wait.min(left)) {
                Ok(metadata) => return Ok(metadata),
                Err(source) => source,
            };
            // Serves the callback that hears complaints.
            self.client.poll(Duration::ZERO);
            let complaint = self.client.context().last.lock().ok().and_then(|it| it.clone());
            let servers = self.servers.clone();
            match complaint {
                Some((code, reason)) if is_refusal(code) => {
                    return Err(AdminError::Refused { servers, reason });
                }
                Some((_, reason)) => return Err(AdminError::Insecure { servers, reason }),
                None if wait >= left => {
                    return Err(AdminError::Unreachable { servers, timeout: self.timeout, source });
                }
                None => wait *= 2,
            }
        }
    }

    /// Waits until the cluster shows every topic: brokers learn of a new one a moment after its creation.
    ///
    /// # Errors
    /// A cluster that does not answer, or a topic that does not appear in time.
    pub fn await_topics(&self, names: &[&str]) -> Result<(), AdminError> {
        const PAUSE: Duration = Duration::from_millis(50);
        let began = Instant::now();
        loop {
            let known = self.topics(names)?;
            let absent = names.iter().find(|name| known.iter().all(|topic| topic.name != **name));
            let Some(absent) = absent else { return Ok(()) };
            if began.elapsed() >= self.timeout {
                let reason = "created, but no broker shows it yet".to_owned();
                return Err(AdminError::NotCreated { topic: (*absent).to_owned(), reason });
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Creates a topic; one that exists already is left as it is.
    ///
    /// # Errors
    /// A cluster that does not answer or refuses.
    pub async fn create_topic(
        &self,
        name: &str,
        partitions: i32,
        replication: i32,
        cleanup_policy: &str,
    ) -> Result<(), AdminError> {
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(replication))
            .set("cleanup.policy", cleanup_policy);
        let options = AdminOptions::new().operation_timeout(Some(self.timeout));
        let refused = |reason: String| AdminError::NotCreated { topic: name.to_owned(), reason };
        let client: AdminClient<DefaultClientContext> =
            self.settings.client().create().map_err(AdminError::Settings)?;
        let results = client
            .create_topics([&topic], &options)
            .await
            .map_err(|error| refused(error.to_string()))?;
        for result in results {
            match result {
                Ok(_) | Err((_, Code::TopicAlreadyExists)) => {}
                Err((_, code)) => return Err(refused(code.to_string())),
            }
        }
        Ok(())
    }
}
