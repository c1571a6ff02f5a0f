//! Plain writing and reading of a topic, for the commands that bring parcels and watch decisions.
//! The data path has its own clients.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedHeaders, Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::metadata::MetadataTopic;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use super::Settings;
use super::fault::is_refusal;

/// The header that tells the encoding.
const CONTENT_TYPE: &str = "content-type";

/// What can go wrong with a topic.
#[derive(Debug, thiserror::Error)]
#[error("topic {topic}: {source}")]
pub struct TopicError {
    pub topic: String,
    pub source: KafkaError,
}

impl TopicError {
    /// Whether the brokers answered and said no, so that asking again is of no use.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        use RDKafkaErrorCode as Code;
        let is_absent = |code| {
            matches!(
                code,
                Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition
            )
        };
        let code = self.source.rdkafka_error_code();
        code.is_some_and(|code| is_refusal(code) || is_absent(code))
    }
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
        let header = Header { key: CONTENT_TYPE, value: Some(self.content_type) };
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
    timeout: Duration,
    /// Each partition that is read.
    partitions: BTreeMap<i32, Place>,
}

/// How far a partition was read.
#[derive(Debug, Clone, Copy)]
struct Place {
    next: Offset,
    /// Whether its end was reached once.
    has_reached_end: bool,
}

impl Place {
    const BEGINNING: Self = Self { next: Offset::Beginning, has_reached_end: false };
}

/// A record of a topic.
#[derive(Debug, Clone, Copy)]
pub struct TopicRecord<'a> {
    pub partition: i32,
    pub offset: i64,
    pub key: Option<&'a [u8]>,
    pub payload: Option<&'a [u8]>,
    /// The `content-type` header.
    pub content_type: Option<&'a [u8]>,
}

impl TopicReader {
    /// A reader of the topic's partitions as they are now.
    ///
    /// # Errors
    /// Settings that librdkafka refuses, or brokers that do not answer.
    pub fn from_beginning(settings: &Settings, topic: &str) -> Result<Self, TopicError> {
        let mut reader = Self {
            consumer: Self::consumer(settings, topic)?,
            topic: topic.to_owned(),
            timeout: settings.connect_timeout,
            partitions: BTreeMap::new(),
        };
        reader.take_new_partitions()?;
        Ok(reader)
    }

    /// Goes on from where it is with a client made anew, which reads certificates again. Where that cannot be had, all
    /// stays as it was.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn reconnect(&mut self, settings: &Settings) -> Result<(), TopicError> {
        let consumer = Self::consumer(settings, &self.topic)?;
        let mut places = TopicPartitionList::new();
        for (partition, place) in &self.partitions {
            places
                .add_partition_offset(&self.topic, *partition, place.next)
                .map_err(|source| self.error(source))?;
        }
        consumer.incremental_assign(&places).map_err(|source| self.error(source))?;
        self.consumer = consumer;
        Ok(())
    }

    fn consumer(settings: &Settings, topic: &str) -> Result<BaseConsumer, TopicError> {
        settings
            .client()
            // Never joined: partitions are assigned by hand. librdkafka asks for its coordinator all the same, so it has
            // to be a group that this user may read.
            .set("group.id", &settings.group_id)
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed")
            .set("auto.offset.reset", "earliest")
            .set("check.crcs", "true")
            .set("fetch.wait.max.ms", "50")
            .set("fetch.message.max.bytes", "262144")
            // The default of 1000 lets a full queue stand for a second before the next fetch.
            .set("fetch.queue.backoff.ms", "5")
            .set("queued.min.messages", "5000")
            .set("queued.max.messages.kbytes", "4096")
            .create()
            .map_err(|source| TopicError { topic: topic.to_owned(), source })
    }

    /// Takes up partitions that the topic has got since, from their beginning. How many they are.
    ///
    /// # Errors
    /// Brokers that do not answer.
    pub fn take_new_partitions(&mut self) -> Result<usize, TopicError> {
        let metadata = self
            .consumer
            .fetch_metadata(Some(&self.topic), self.timeout)
            .map_err(|source| self.error(source))?;
        let mut new = TopicPartitionList::new();
        for partition in metadata.topics().iter().flat_map(MetadataTopic::partitions) {
            if let Entry::Vacant(place) = self.partitions.entry(partition.id()) {
                place.insert(Place::BEGINNING);
                new.add_partition_offset(&self.topic, partition.id(), Offset::Beginning)
                    .map_err(|source| self.error(source))?;
            }
        }
        if new.count() > 0 {
            self.consumer.incremental_assign(&new).map_err(|source| self.error(source))?;
        }
        Ok(new.count())
    }

    /// Whether the end of every partition was reached once. What is added later does not change it.
    #[must_use]
    pub fn has_reached_end(&self) -> bool {
        !self.partitions.is_empty() && self.partitions.values().all(|it| it.has_reached_end)
    }

    /// Hands the next record to `read`, where one comes in time.
    ///
    /// # Errors
    /// A topic that cannot be read at the moment.
    pub fn next<T>(
        &mut self,
        wait: Duration,
        read: impl FnOnce(TopicRecord<'_>) -> T,
    ) -> Result<Option<T>, TopicError> {
        match self.consumer.poll(wait) {
            None => Ok(None),
            Some(Ok(message)) => {
                let (partition, offset) = (message.partition(), message.offset());
                let place = self.partitions.entry(partition).or_insert(Place::BEGINNING);
                place.next = Offset::Offset(offset + 1);
                Ok(Some(read(TopicRecord {
                    partition,
                    offset,
                    key: message.key(),
                    payload: message.payload(),
                    content_type: message.headers().and_then(content_type),
                })))
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                let place = self.partitions.entry(partition).or_insert(Place::BEGINNING);
                place.has_reached_end = true;
                Ok(None)
            }
            Some(Err(source)) => Err(self.error(source)),
        }
    }

    fn error(&self, source: KafkaError) -> TopicError {
        TopicError { topic: self.topic.clone(), source }
    }
}

fn content_type(headers: &BorrowedHeaders) -> Option<&[u8]> {
    headers.iter().find(|header| header.key == CONTENT_TYPE)?.value
}
