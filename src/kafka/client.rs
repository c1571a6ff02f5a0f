//! Plain writing and reading of a topic, for the commands that bring parcels and watch decisions.
//! The data path has its own clients.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use super::Settings;

/// What can go wrong with a topic.
#[derive(Debug, thiserror::Error)]
#[error("topic {topic}: {source}")]
pub struct TopicError {
    pub topic: String,
    pub source: KafkaError,
}

/// Writes records to one topic.
pub struct TopicWriter {
    producer: ThreadedProducer<DefaultProducerContext>,
    topic: String,
    content_type: &'static str,
}

impl TopicWriter {
    /// A writer whose records carry this content type.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn new(
        settings: &Settings,
        topic: &str,
        content_type: &'static str,
    ) -> Result<Self, TopicError> {
        let producer = settings
            .client()
            .set("enable.idempotence", "true")
            .set("partitioner", "murmur2_random")
            .set("compression.type", &settings.compression)
            .set("linger.ms", "5")
            .create()
            .map_err(|source| TopicError { topic: topic.to_owned(), source })?;
        Ok(Self { producer, topic: topic.to_owned(), content_type })
    }

    /// Queues a record; waits while the queue is full.
    ///
    /// # Errors
    /// A record that is refused.
    pub fn write(&self, key: &str, payload: &[u8]) -> Result<(), TopicError> {
        const QUEUE_FULL_WAIT: Duration = Duration::from_millis(5);
        let header = Header { key: "content-type", value: Some(self.content_type) };
        let mut record = BaseRecord::to(&self.topic)
            .key(key)
            .payload(payload)
            .headers(OwnedHeaders::new_with_capacity(1).insert(header));
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    std::thread::sleep(QUEUE_FULL_WAIT);
                }
                Err((source, _)) => return Err(self.error(source)),
            }
        }
    }

    /// Waits until everything queued is delivered.
    ///
    /// # Errors
    /// What is not delivered in time.
    pub fn flush(&self, timeout: Duration) -> Result<(), TopicError> {
        self.producer.flush(timeout).map_err(|source| self.error(source))
    }

    fn error(&self, source: KafkaError) -> TopicError {
        TopicError { topic: self.topic.clone(), source }
    }
}

/// Reads one topic from its beginning, all partitions, committed records only.
pub struct TopicReader {
    consumer: BaseConsumer,
    topic: String,
}

impl TopicReader {
    /// A reader of the topic's partitions as they are now.
    ///
    /// # Errors
    /// Settings that librdkafka refuses, or brokers that do not answer.
    pub fn from_beginning(settings: &Settings, topic: &str) -> Result<Self, TopicError> {
        let error = |source| TopicError { topic: topic.to_owned(), source };
        let consumer: BaseConsumer = settings
            .client()
            // Never joined: partitions are assigned by hand. librdkafka asks for a name all the same.
            .set("group.id", "parcelgate-reader")
            .set("enable.auto.commit", "false")
            .set("isolation.level", "read_committed")
            .set("auto.offset.reset", "earliest")
            .set("fetch.wait.max.ms", "20")
            .create()
            .map_err(error)?;
        let metadata =
            consumer.fetch_metadata(Some(topic), settings.connect_timeout).map_err(error)?;
        let mut partitions = TopicPartitionList::new();
        for partition in
            metadata.topics().iter().flat_map(rdkafka::metadata::MetadataTopic::partitions)
        {
            partitions
                .add_partition_offset(topic, partition.id(), Offset::Beginning)
                .map_err(error)?;
        }
        consumer.assign(&partitions).map_err(error)?;
        Ok(Self { consumer, topic: topic.to_owned() })
    }

    /// Hands the next record's payload to `read`, where one comes in time.
    ///
    /// # Errors
    /// A topic that cannot be read.
    pub fn next<T>(
        &self,
        wait: Duration,
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<Option<T>, TopicError> {
        match self.consumer.poll(wait) {
            None => Ok(None),
            Some(Ok(message)) => Ok(Some(read(message.payload().unwrap_or_default()))),
            Some(Err(source)) => Err(TopicError { topic: self.topic.clone(), source }),
        }
    }
}
