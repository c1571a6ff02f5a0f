//! The broker inside the process that comes with librdkafka. It keeps nothing, drops the offsets of transactions and
//! shows aborted records: good to watch the daemon work, no ground to stand on.

use rdkafka::error::KafkaError;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

/// A broker that lives as long as this value.
pub struct InProcessBroker(MockCluster<'static, DefaultProducerContext>);

impl InProcessBroker {
    /// Starts the broker with topics of so many partitions.
    ///
    /// # Errors
    /// A broker or topic that librdkafka refuses.
    pub fn start(topics: &[&str], partitions: i32) -> Result<Self, KafkaError> {
        let cluster = MockCluster::new(1)?;
        for topic in topics {
            cluster.create_topic(topic, partitions, 1)?;
        }
        Ok(Self(cluster))
    }

    /// Where it listens.
    #[must_use]
    pub fn bootstrap_servers(&self) -> String {
        self.0.bootstrap_servers()
    }
}
