//! Questions and orders to a cluster outside the data path: is it there, has it the topics.

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode as Code;

use super::Settings;

/// A cluster, as an administrator sees it.
pub struct Cluster {
    client: AdminClient<DefaultClientContext>,
    servers: String,
    timeout: Duration,
}

/// What a cluster says of a topic that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicFacts {
    pub name: String,
    pub partitions: usize,
}

/// What went wrong with a cluster.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("kafka settings are not accepted: {0}")]
    Settings(#[source] KafkaError),
    #[error("no broker at {servers} answered within {} ms: {source}; check [kafka] bootstrap_servers and that the \
             brokers run", timeout.as_millis())]
    Unreachable { servers: String, timeout: Duration, source: KafkaError },
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
            client: settings.client().create().map_err(AdminError::Settings)?,
            servers: settings.bootstrap_servers.clone(),
            timeout: settings.connect_timeout,
        })
    }

    /// The topics among `names` that the cluster has; the others are not in the answer.
    ///
    /// # Errors
    /// A cluster that does not answer.
    pub fn topics(&self, names: &[&str]) -> Result<Vec<TopicFacts>, AdminError> {
        let metadata =
            self.client.inner().fetch_metadata(None, self.timeout).map_err(|source| {
                AdminError::Unreachable {
                    servers: self.servers.clone(),
                    timeout: self.timeout,
                    source,
                }
            })?;
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
        let results = self
            .client
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
