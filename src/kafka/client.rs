//! Plain writing and reading of a topic, for the commands that bring parcels and watch decisions.
//! The data path has its own clients.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedHeaders, Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::producer::{
    BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer,
};
use rdkafka::{ClientContext, Offset, TopicPartitionList};

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
    producer: ThreadedProducer<Deliveries>,
    topic: String,
    content_type: &'static str,
}

/// What became of records that were queued.
#[derive(Default)]
struct Deliveries {
    first_failure: OnceLock<KafkaError>,
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.first_failure.get_or_init(|| error.clone());
        }
    }
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
            .create_with_context(Deliveries::default())
            .map_err(|source| TopicError { topic: topic.to_owned(), source })?;
        Ok(Self { producer, topic: topic.to_owned(), content_type })
    }

    /// Queues a record; waits while the queue is full.
    ///
    /// # Errors
    /// A record that is refused, or an earlier one that was not delivered.
    pub fn write(&self, key: &str, payload: &[u8]) -> Result<(), TopicError> {
        const QUEUE_FULL_WAIT: Duration = Duration::from_millis(5);
        let header = Header { key: CONTENT_TYPE, value: Some(self.content_type) };
        let mut record = BaseRecord::to(&self.topic)
            .key(key)
            .payload(payload)
            .headers(OwnedHeaders::new_with_capacity(1).insert(header));
        loop {
            self.require_delivered()?;
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
    /// What is not delivered, or not in time.
    pub fn flush(&self, timeout: Duration) -> Result<(), TopicError> {
        let flushed = self.producer.flush(timeout);
        // Why says more than that time was up.
        self.require_delivered()?;
        flushed.map_err(|source| self.error(source))
    }

    fn require_delivered(&self) -> Result<(), TopicError> {
        // What ends the producer takes all records from it, and says more than that they were taken.
        let fatal = self.producer.client().fatal_error();
        let fatal = fatal.map(|(code, _)| KafkaError::MessageProduction(code));
        let failure = fatal.or_else(|| self.producer.context().first_failure.get().cloned());
        failure.map_or(Ok(()), |source| Err(self.error(source)))
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
    /// The first offset that is not read any more; `None` where the end is wherever it is.
    until: Option<i64>,
    /// Whether its end was reached once.
    has_reached_end: bool,
}

impl Place {
    const BEGINNING: Self = Self { next: Offset::Beginning, until: None, has_reached_end: false };
}

/// Which records of a topic, by the time that they carry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// `None`: from the beginning.
    pub from: Option<Timestamp>,
    /// The first moment that is not meant any more; `None`: up to the end as it is found.
    pub until: Option<Timestamp>,
}

/// A record of a topic.
#[derive(Debug, Clone, Copy)]
pub struct TopicRecord<'a> {
    pub partition: i32,
    pub offset: i64,
    pub timestamp: Option<Timestamp>,
    pub key: Option<&'a [u8]>,
    pub payload: Option<&'a [u8]>,
    /// The `content-type` header.
    pub content_type: Option<&'a [u8]>,
}

/// Longest that brokers may bring nothing while there should be something.
const SILENCE_MAX: Duration = Duration::from_secs(30);

impl TopicReader {
    /// A reader of the topic's partitions as they are now.
    ///
    /// # Errors
    /// Settings that librdkafka refuses, or brokers that do not answer.
    pub fn from_beginning(settings: &Settings, topic: &str) -> Result<Self, TopicError> {
        let mut reader = Self::unassigned(settings, topic)?;
        reader.take_new_partitions()?;
        Ok(reader)
    }

    /// A reader of what the topic's partitions hold of a span.
    ///
    /// # Errors
    /// As [`Self::from_beginning`].
    pub fn of_span(settings: &Settings, topic: &str, span: Span) -> Result<Self, TopicError> {
        let mut reader = Self::unassigned(settings, topic)?;
        let partitions = reader.all_partitions()?;
        let firsts = reader.offsets_at(&partitions, span.from, Offset::Beginning)?;
        let ends = reader.offsets_at(&partitions, span.until, Offset::End)?;
        for partition in partitions {
            let next = firsts.get(&partition).copied().unwrap_or(Offset::Beginning);
            let until = match ends.get(&partition) {
                Some(Offset::Offset(until)) => Some(*until),
                _ => None,
            };
            let is_empty =
                next == Offset::End || until.is_some_and(|it| next == Offset::Offset(it));
            let place = Place { next, until, has_reached_end: is_empty };
            reader.partitions.insert(partition, place);
        }
        reader.assign_places()?;
        Ok(reader)
    }

    /// A reader of one record.
    ///
    /// # Errors
    /// As [`Self::from_beginning`].
    pub fn of_record(
        settings: &Settings,
        topic: &str,
        partition: i32,
        offset: i64,
    ) -> Result<Self, TopicError> {
        let mut reader = Self::unassigned(settings, topic)?;
        let until = Some(offset.saturating_add(1));
        let place = Place { next: Offset::Offset(offset), until, has_reached_end: false };
        reader.partitions.insert(partition, place);
        reader.assign_places()?;
        Ok(reader)
    }

    /// Goes on from where it is with a client made anew, which reads certificates again. Where that cannot be had, all
    /// stays as it was.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn reconnect(&mut self, settings: &Settings) -> Result<(), TopicError> {
        let consumer = Self::consumer(settings, &self.topic)?;
        let before = std::mem::replace(&mut self.consumer, consumer);
        self.assign_places().inspect_err(|_| self.consumer = before)
    }

    fn assign_places(&self) -> Result<(), TopicError> {
        let mut places = TopicPartitionList::new();
        let unread = |place: &Place| place.until.is_none() || !place.has_reached_end;
        for (partition, place) in self.partitions.iter().filter(|(_, place)| unread(place)) {
            places
                .add_partition_offset(&self.topic, *partition, place.next)
                .map_err(|source| self.error(source))?;
        }
        self.consumer.incremental_assign(&places).map_err(|source| self.error(source))
    }

    fn unassigned(settings: &Settings, topic: &str) -> Result<Self, TopicError> {
        Ok(Self {
            consumer: Self::consumer(settings, topic)?,
            topic: topic.to_owned(),
            timeout: settings.connect_timeout,
            partitions: BTreeMap::new(),
        })
    }

    fn all_partitions(&self) -> Result<Vec<i32>, TopicError> {
        let metadata = self
            .consumer
            .fetch_metadata(Some(&self.topic), self.timeout)
            .map_err(|source| self.error(source))?;
        let partitions = metadata.topics().iter().flat_map(MetadataTopic::partitions);
        Ok(partitions.map(MetadataPartition::id).collect())
    }

    /// The first offset from a moment on, of each partition; `or_else` where no moment is given.
    fn offsets_at(
        &self,
        partitions: &[i32],
        moment: Option<Timestamp>,
        or_else: Offset,
    ) -> Result<BTreeMap<i32, Offset>, TopicError> {
        let Some(moment) = moment else {
            return Ok(partitions.iter().map(|partition| (*partition, or_else)).collect());
        };
        let mut asked = TopicPartitionList::new();
        for partition in partitions {
            // No record is older than Kafka's time.
            let time = Offset::Offset(moment.as_millisecond().max(0));
            asked
                .add_partition_offset(&self.topic, *partition, time)
                .map_err(|source| self.error(source))?;
        }
        let found = self.consumer.offsets_for_times(asked, self.timeout);
        let found = found.map_err(|source| self.error(source))?;
        Ok(found.elements().iter().map(|it| (it.partition(), it.offset())).collect())
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
        let mut new = TopicPartitionList::new();
        for partition in self.all_partitions()? {
            if let Entry::Vacant(place) = self.partitions.entry(partition) {
                place.insert(Place::BEGINNING);
                new.add_partition_offset(&self.topic, partition, Offset::Beginning)
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
                let is_meant = place.until.is_none_or(|until| offset < until);
                let is_last = place.until.is_some_and(|until| offset + 1 >= until);
                place.has_reached_end |= is_last;
                let millis = message.timestamp().to_millis();
                let taken = is_meant.then(|| {
                    read(TopicRecord {
                        partition,
                        offset,
                        timestamp: millis.and_then(|it| Timestamp::from_millisecond(it).ok()),
                        key: message.key(),
                        payload: message.payload(),
                        content_type: message.headers().and_then(content_type),
                    })
                });
                drop(message);
                if is_last {
                    self.leave(partition)?;
                }
                Ok(taken)
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                let place = self.partitions.entry(partition).or_insert(Place::BEGINNING);
                place.has_reached_end = true;
                Ok(None)
            }
            Some(Err(source)) => Err(self.error(source)),
        }
    }

    /// Fetches no more of a partition.
    fn leave(&self, partition: i32) -> Result<(), TopicError> {
        let mut left = TopicPartitionList::new();
        left.add_partition(&self.topic, partition);
        self.consumer.incremental_unassign(&left).map_err(|source| self.error(source))
    }

    /// Hands over record by record to the end of what is read, or until `read` breaks off.
    ///
    /// # Errors
    /// A topic that cannot be read, or brokers that are silent.
    pub fn read_to_end(
        &mut self,
        mut read: impl FnMut(TopicRecord<'_>) -> ControlFlow<()>,
    ) -> Result<(), TopicError> {
        const WAIT: Duration = Duration::from_millis(100);
        let mut heard = Instant::now();
        while !self.has_reached_end() {
            match self.next(WAIT, &mut read) {
                Ok(Some(ControlFlow::Continue(()))) => heard = Instant::now(),
                Ok(Some(ControlFlow::Break(()))) => break,
                Ok(None) if heard.elapsed() < SILENCE_MAX => {}
                Ok(None) => {
                    let silent = RDKafkaErrorCode::OperationTimedOut;
                    return Err(self.error(KafkaError::MessageConsumption(silent)));
                }
                // Brokers that come back are waited for.
                Err(error) if error.is_refusal() || heard.elapsed() >= SILENCE_MAX => {
                    return Err(error);
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn error(&self, source: KafkaError) -> TopicError {
        TopicError { topic: self.topic.clone(), source }
    }
}

fn content_type(headers: &BorrowedHeaders) -> Option<&[u8]> {
    headers.iter().find(|header| header.key == CONTENT_TYPE)?.value
}
