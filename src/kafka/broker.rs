//! The pipeline's port, on a real cluster.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::fault::CallError;
use super::native::{Batch, Consumer, Producer, Refused, Topic};
use super::settings::{FETCH_QUEUE_RECORDS, MemberId, Settings, StartFrom};
use crate::pipeline::plan::{NextOffsets, Output, OutputTopic};
use crate::pipeline::ports::{Backlog, Broker, Fault, PartitionBacklog, Polled, Queue};

/// One question to the brokers; repeated while the patience lasts.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for questions on taking over partitions. Below max.poll.interval.ms, which runs meanwhile.
const ASSIGN_PATIENCE: Duration = Duration::from_secs(40);
/// Pause before a call is repeated.
const RETRY_PAUSE: Duration = Duration::from_millis(20);
const SEEK_TIMEOUT: Duration = Duration::from_secs(10);
const CONFIRMATION_MARGIN: Duration = Duration::from_secs(1);
const QUEUE_FULL_WAIT: Duration = Duration::from_millis(5);

/// A worker's consumer and producer.
pub struct KafkaBroker {
    // Before the consumer: an open transaction ends before the group is left.
    decisions: Topic,
    dead_letters: Topic,
    platform_notices: Option<Topic>,
    producer: Producer,
    consumer: Consumer,
    topic: String,
    start_from: StartFrom,
    /// Where each partition held goes on after an abort.
    committed: BTreeMap<i32, i64>,
    in_transaction: bool,
    /// Two heartbeats and a little: by then the group has told a member that it was replaced.
    confirmation: Duration,
}

/// The topics of the data path.
#[derive(Debug, Clone, Copy)]
pub struct DataTopics<'a> {
    /// The one that is read.
    pub input: &'a str,
    pub decisions: &'a str,
    pub dead_letters: &'a str,
    /// Where platforms are told.
    pub platform_notices: Option<&'a str>,
}

impl KafkaBroker {
    /// Fences the worker's earlier producer, ends what that left open, and joins the group.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when brokers do not answer within `patience`, or another fault.
    pub fn connect(
        settings: &Settings,
        member: &MemberId,
        topics: DataTopics<'_>,
        patience: Duration,
    ) -> Result<Self, Fault> {
        let producer = Producer::new(
            &settings.producer(member),
            format!("producer-{}", member.group_instance_id),
        )?;
        persist(patience, |timeout| producer.init_transactions(timeout))?;
        Ok(Self {
            decisions: producer.topic(topics.decisions)?,
            dead_letters: producer.topic(topics.dead_letters)?,
            platform_notices: topics.platform_notices.map(|it| producer.topic(it)).transpose()?,
            producer,
            consumer: Consumer::subscribe(
                &settings.consumer(member),
                format!("consumer-{}", member.group_instance_id),
                topics.input,
            )?,
            topic: topics.input.to_owned(),
            start_from: settings.start_from,
            committed: BTreeMap::new(),
            in_transaction: false,
            confirmation: settings.heartbeat_interval() * 2 + CONFIRMATION_MARGIN,
        })
    }

    /// The offset to start at where the group has none.
    fn first_offset(&self, partition: i32) -> Result<i64, Fault> {
        let (low, high) = persist(ASSIGN_PATIENCE, |timeout| {
            self.consumer.watermarks(&self.topic, partition, timeout)
        })?;
        Ok(match self.start_from {
            StartFrom::Earliest => low,
            StartFrom::Latest => high,
        })
    }
}

impl Broker for KafkaBroker {
    type Batch = Batch;

    fn poll(&mut self, records_max: usize, wait: Duration) -> Result<Polled<Batch>, Fault> {
        self.producer.serve();
        let (batch, news) = self.consumer.poll(records_max, wait)?;
        Ok(Polled { batch, rebalances: news.rebalances, troubles: news.troubles })
    }

    fn assign(&mut self, partitions: &[i32]) -> Result<NextOffsets, Fault> {
        let known = persist(ASSIGN_PATIENCE, |timeout| {
            self.consumer.committed(&self.topic, partitions, timeout)
        })?;
        let mut resolved = NextOffsets::new();
        let mut start = BTreeMap::new();
        for (partition, committed) in known {
            let offset = if let Some(offset) = committed {
                offset
            } else {
                let first = self.first_offset(partition)?;
                resolved.insert(partition, first);
                first
            };
            start.insert(partition, offset);
        }
        self.consumer.assign(&self.topic, &start)?;
        self.committed.extend(start);
        Ok(resolved)
    }

    fn unassign(&mut self, partitions: &[i32]) -> Result<(), Fault> {
        self.consumer.unassign(&self.topic, partitions)?;
        self.committed.retain(|partition, _| !partitions.contains(partition));
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Fault> {
        self.producer.begin()?;
        self.in_transaction = true;
        Ok(())
    }

    fn send(&mut self, output: Output<'_>) -> Result<(), Fault> {
        let topic = match output.topic {
            OutputTopic::Decisions => &self.decisions,
            OutputTopic::DeadLetters => &self.dead_letters,
            OutputTopic::PlatformNotices => self
                .platform_notices
                .as_ref()
                .ok_or_else(|| Fault::Fatal("a notice, and no topic for it".to_owned()))?,
        };
        loop {
            match self.producer.produce(topic, output.key, output.payload) {
                Ok(()) => return Ok(()),
                // Ends: what cannot be delivered within the transaction's time fails, and its room comes free.
                Err(Refused::QueueFull) => self.producer.wait(QUEUE_FULL_WAIT),
                Err(Refused::Error(error)) => return Err(error.into()),
            }
        }
    }

    fn commit(&mut self, next_offsets: &NextOffsets) -> Result<(), Fault> {
        let metadata = self.consumer.group_metadata()?;
        repeat(|| self.producer.send_offsets(&self.topic, next_offsets, &metadata))?;
        repeat(|| self.producer.commit())?;
        self.in_transaction = false;
        for (partition, offset) in next_offsets {
            if let Some(committed) = self.committed.get_mut(partition) {
                *committed = *offset;
            }
        }
        Ok(())
    }

    fn abort_and_rewind(&mut self) -> Result<(), Fault> {
        if self.in_transaction {
            repeat(|| self.producer.abort())?;
            self.in_transaction = false;
        }
        if self.committed.is_empty() {
            return Ok(());
        }
        // Asked, not remembered: when brokers go down around a commit, only they know whether it took place.
        let held = self.committed.keys().copied().collect::<Vec<_>>();
        let known = persist(ASSIGN_PATIENCE, |timeout| {
            self.consumer.committed(&self.topic, &held, timeout)
        })?;
        let known = known.into_iter().filter_map(|(partition, offset)| Some((partition, offset?)));
        self.committed.extend(known);
        // Where a partition will not go back the session must end: reading on would skip what was aborted.
        self.consumer
            .seek(&self.topic, &self.committed, SEEK_TIMEOUT)
            .map_err(|error| Fault::Unavailable(error.to_string()))
    }

    fn confirm_membership(&mut self) -> Result<(), Fault> {
        let began = Instant::now();
        while began.elapsed() < self.confirmation {
            // Rebalances stay unanswered: the session is over either way.
            self.consumer.poll(1, RETRY_PAUSE)?;
        }
        Ok(())
    }

    fn backlog(&self) -> Backlog {
        let read = self.consumer.statistics();
        let written = self.producer.statistics();
        let partitions = self.committed.iter().filter_map(|(&partition, committed)| {
            let ends = read.partitions.get(&partition)?;
            Some(PartitionBacklog {
                partition,
                lag: u64::try_from(ends.stable - committed).unwrap_or(0),
                kept_back: u64::try_from(ends.high - ends.stable).unwrap_or(0),
                is_fetched: ends.is_fetched,
            })
        });
        let room = FETCH_QUEUE_RECORDS.saturating_mul(self.committed.len());
        Backlog {
            partitions: partitions.collect(),
            fetched: Queue { depth: read.fetched, capacity: room },
            unsent: Queue { depth: written.unsent, capacity: written.unsent_max },
        }
    }
}

/// Repeats a call for as long as it may be repeated. The watchdog ends the process when that is too long.
fn repeat(mut call: impl FnMut() -> Result<(), CallError>) -> Result<(), CallError> {
    loop {
        match call() {
            Err(error) if error.retriable && !error.fatal && !error.requires_abort => {
                std::thread::sleep(RETRY_PAUSE);
            }
            result => return result,
        }
    }
}

/// Repeats a question until it is answered, refused, or the patience ends.
fn persist<T>(
    patience: Duration,
    mut call: impl FnMut(Duration) -> Result<T, CallError>,
) -> Result<T, Fault> {
    let began = Instant::now();
    loop {
        let left = patience.saturating_sub(began.elapsed()).max(RETRY_PAUSE);
        let error = match call(CALL_TIMEOUT.min(left)) {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let fault = Fault::from(error.clone());
        let may_pass = error.retriable || matches!(fault, Fault::Unavailable(_));
        if error.fatal || !may_pass {
            return Err(fault);
        }
        if began.elapsed() >= patience {
            return Err(Fault::Unavailable(error.to_string()));
        }
        std::thread::sleep(RETRY_PAUSE);
    }
}
