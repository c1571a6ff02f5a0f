//! Keeps the reference current: follows the topics, reads files again when asked, publishes what has changed.
//!
//! One thread does it all, beside the data path. A change waits at most [`GATHERING_MAX`] and the time to build.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::assembly::{Applied, Assembly, FeedRecord, Foundation};
use super::{BadLines, Feed, FeedSource};
use crate::archive::Archive;
use crate::domain::Versions;
use crate::kafka::{Settings, TopicError, TopicReader};
use crate::screening::References;
use crate::telemetry::catalogue;
use crate::telemetry::events::{
    ArchiveFailed, FeedLinesLeftOut, FeedPartitionsAdded, FeedRecordRejected, FeedTroubled,
    ReferencePublished, ReferenceReloaded, RegisterEmpty, ReloadRefused,
};

/// Changes are gathered at least so long, longer where building takes longer, and at most so long: a feed that never
/// rests must not keep a core busy.
const GATHERING_LEAST: Duration = Duration::from_millis(500);
const GATHERING_MAX: Duration = Duration::from_secs(3);
const BUILDS_PER_GATHERING: u32 = 4;
/// Pause where nothing comes, and so the longest that anything waits to be noticed.
const IDLE_WAIT: Duration = Duration::from_millis(50);
/// Records of one topic before the next has its turn.
const TURN_RECORDS_MAX: usize = 1_000;
/// How often the topics are asked for new partitions.
const PARTITIONS_INTERVAL: Duration = Duration::from_secs(10);
/// How often the archive is looked through for what is too old.
const PRUNING_INTERVAL: Duration = Duration::from_hours(24);
/// Bad records of one topic that the log tells one by one between two publications.
const REJECTED_TOLD_MAX: u32 = 20;
/// What metrics call a bad record.
const REJECTED: &str = "rejected";

/// Why a feed could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("{feed}: {source}; check that the topic exists and that this user may read it")]
pub struct LiveError {
    feed: Feed,
    source: TopicError,
}

/// What is asked of the thread that follows the feeds.
pub enum Order {
    /// To read policy and files anew. `done` is called when it is done, or refused.
    Reload { done: Box<dyn FnOnce() + Send> },
    /// To connect anew, since certificates have changed.
    Reconnect,
}

/// An assembly that is kept current. `F` makes the foundation anew for a reload, or says why it cannot.
pub struct Live<F> {
    assembly: Assembly,
    kafka: Settings,
    tails: Vec<Tail>,
    reload: F,
    archive: Option<Archive>,
    /// When the archive was last looked through.
    pruned: Option<Instant>,
    partitions_asked: Instant,
    /// Since when there are changes that are not published.
    changed: Option<Instant>,
    last_build: Duration,
    /// The version of the register that was published last.
    register_version: String,
}

/// A topic that is followed.
struct Tail {
    feed: Feed,
    topic: String,
    reader: TopicReader,
    rejected_told: u32,
}

/// What one turn of a topic brought.
#[derive(Default)]
struct Turn {
    records: usize,
    has_changed: bool,
}

/// What the owner wants.
enum Heard {
    Nothing,
    Order(Order),
    End,
}

impl<F, E> Live<F>
where
    F: Fn() -> Result<Foundation, E>,
    E: Display,
{
    /// Opens the topics that the assembly's sources name.
    ///
    /// # Errors
    /// Brokers that do not answer, or settings that they or librdkafka refuse.
    pub fn open(
        assembly: Assembly,
        kafka: &Settings,
        archive: Option<Archive>,
        reload: F,
    ) -> Result<Self, LiveError> {
        let tails = assembly
            .sources()
            .topics()
            .map(|(feed, topic)| {
                let reader = TopicReader::from_beginning(kafka, topic)
                    .map_err(|source| LiveError { feed, source })?;
                begin_at_zero(feed, topic);
                Ok(Tail { feed, topic: topic.to_owned(), reader, rejected_told: 0 })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            assembly,
            kafka: kafka.clone(),
            tails,
            reload,
            archive,
            pruned: None,
            partitions_asked: Instant::now(),
            changed: None,
            last_build: Duration::ZERO,
            register_version: String::new(),
        })
    }

    /// Reads the topics to their end and publishes first references, then new ones after each change. Obeys `orders`; the
    /// end of `orders` ends this function.
    ///
    /// # Errors
    /// A topic that cannot be read, before the first references. Later ones are waited out: parcels go on under what is
    /// known.
    pub fn run(
        mut self,
        orders: &Receiver<Order>,
        mut publish: impl FnMut(References),
    ) -> Result<(), LiveError> {
        while !self.has_reached_end() {
            let records = self.follow()?;
            match next_order(orders, records == 0) {
                Heard::Nothing => {}
                Heard::Order(order) => self.obey(order),
                Heard::End => return Ok(()),
            }
        }
        self.publish(&mut publish);
        loop {
            // What cannot be read now may be read later, and the log has said so.
            let records = self.follow().unwrap_or(0);
            match next_order(orders, records == 0) {
                Heard::Nothing => {}
                Heard::Order(order) => self.obey(order),
                Heard::End => return Ok(()),
            }
            if self.changed.is_some_and(|since| since.elapsed() >= self.gathering()) {
                self.publish(&mut publish);
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Reload { done } => {
                self.reload();
                done();
            }
            Order::Reconnect => {
                for Tail { topic, reader, .. } in &mut self.tails {
                    if let Err(error) = reader.reconnect(&self.kafka) {
                        FeedTroubled { topic, cause: &error.to_string() }.emit();
                    }
                }
            }
        }
    }

    fn has_reached_end(&self) -> bool {
        self.tails.iter().all(|tail| tail.reader.has_reached_end())
    }

    /// Gives each topic a turn. How many records came.
    fn follow(&mut self) -> Result<usize, LiveError> {
        let asks_for_partitions = self.partitions_asked.elapsed() >= PARTITIONS_INTERVAL;
        if asks_for_partitions {
            self.partitions_asked = Instant::now();
        }
        let mut records = 0;
        let mut refused = Ok(());
        for tail in &mut self.tails {
            if asks_for_partitions {
                tail.take_new_partitions();
            }
            let (turn, end) = tail.turn(&mut self.assembly);
            records += turn.records;
            if turn.has_changed {
                self.changed.get_or_insert_with(Instant::now);
            }
            refused = refused.and(end);
        }
        refused.map(|()| records)
    }

    fn gathering(&self) -> Duration {
        (self.last_build * BUILDS_PER_GATHERING).clamp(GATHERING_LEAST, GATHERING_MAX)
    }

    /// Reads policy and files anew. Where anything is wrong with them all stays as it is.
    fn reload(&mut self) {
        let mut bad_lines = BadLines::default();
        let reloaded = (self.reload)().map_err(|error| error.to_string()).and_then(|foundation| {
            let reopened = self.assembly.reopen(foundation, &mut bad_lines);
            reopened.map_err(|error| error.to_string())
        });
        FeedLinesLeftOut { count: bad_lines.count, told: &bad_lines.told }.emit();
        match reloaded {
            Ok(()) => {
                ReferenceReloaded.emit();
                // Nobody who asked for it wants to wait: the gathering is over.
                self.changed = Instant::now().checked_sub(GATHERING_MAX).or(self.changed);
            }
            Err(reason) => ReloadRefused { reason: &reason }.emit(),
        }
    }

    fn publish(&mut self, publish: &mut impl FnMut(References)) {
        let began = Instant::now();
        let references = self.assembly.references();
        publish(references.clone());
        let References { live, shadow } = references;
        self.last_build = began.elapsed();
        self.changed = None;
        let Versions { register, .. } = &*live.versions;
        let is_new_register = self.register_version != *register;
        self.register_version.clone_from(register);
        for feed in Feed::ALL {
            catalogue::FEED_MESSAGES.gauge([feed.code()]).set(as_gauge(self.assembly.len(feed)));
        }
        for tail in &mut self.tails {
            tail.rejected_told = 0;
        }
        ReferencePublished {
            versions: &live.versions,
            shadow: shadow.as_ref().map(|it| it.reference().versions.policy.as_str()),
            recordals: live.register.len(),
            marks: live.register.form_count(),
            is_new_register,
            took: self.last_build,
        }
        .emit();
        let is_awaited = *self.assembly.sources().of(Feed::Register) != FeedSource::None;
        if is_new_register && live.register.is_empty() && is_awaited {
            RegisterEmpty.emit();
        }
        if let Err(error) = self.keep() {
            ArchiveFailed { cause: &error.to_string() }.emit();
        }
    }

    /// Keeps what was just published, and once a day removes what was not in force for too long.
    fn keep(&mut self) -> io::Result<()> {
        let Some(archive) = &self.archive else { return Ok(()) };
        self.assembly.keep_in(archive)?;
        if self.pruned.is_none_or(|last| last.elapsed() >= PRUNING_INTERVAL) {
            archive.prune()?;
            self.pruned = Some(Instant::now());
        }
        Ok(())
    }
}

impl Tail {
    /// Takes what is there, at most [`TURN_RECORDS_MAX`]. Beside it an error that will not pass.
    fn turn(&mut self, assembly: &mut Assembly) -> (Turn, Result<(), LiveError>) {
        let mut turn = Turn::default();
        let mut results = BTreeMap::<&'static str, u64>::new();
        let mut end = Ok(());
        while turn.records < TURN_RECORDS_MAX {
            let Self { feed, topic, reader, rejected_told } = self;
            let taken = reader.next(Duration::ZERO, |record| {
                let told = FeedRecord {
                    key: record.key,
                    payload: record.payload,
                    content_type: record.content_type,
                };
                let applied = assembly.apply(*feed, &told);
                if let Err(reason) = &applied
                    && *rejected_told < REJECTED_TOLD_MAX
                {
                    *rejected_told += 1;
                    let (partition, offset) = (record.partition, record.offset);
                    FeedRecordRejected { topic, partition, offset, reason }.emit();
                }
                applied
            });
            match taken {
                Ok(None) => break,
                Ok(Some(applied)) => {
                    turn.records += 1;
                    let code = applied.as_ref().map_or(REJECTED, |applied| applied.code());
                    *results.entry(code).or_default() += 1;
                    turn.has_changed |= applied.is_ok_and(Applied::changes);
                }
                Err(source) => {
                    FeedTroubled { topic, cause: &source.to_string() }.emit();
                    if source.is_refusal() {
                        end = Err(LiveError { feed: *feed, source });
                    }
                    break;
                }
            }
        }
        for (result, count) in results {
            catalogue::FEED_RECORDS.counter([self.feed.code(), result]).increment(count);
        }
        (turn, end)
    }

    fn take_new_partitions(&mut self) {
        match self.reader.take_new_partitions() {
            Ok(0) => {}
            Ok(count) => FeedPartitionsAdded { topic: &self.topic, count }.emit(),
            Err(error) => FeedTroubled { topic: &self.topic, cause: &error.to_string() }.emit(),
        }
    }
}

/// Makes the series of a topic: an alert on a counter that is not there stays silent when it appears with its first
/// count.
fn begin_at_zero(feed: Feed, topic: &str) {
    for result in Applied::ALL.map(Applied::code).into_iter().chain([REJECTED]) {
        catalogue::FEED_RECORDS.counter([feed.code(), result]).increment(0);
    }
    catalogue::FEED_TROUBLES.counter([topic]).increment(0);
}

/// The next order, waited for where there is time to wait.
fn next_order(orders: &Receiver<Order>, may_wait: bool) -> Heard {
    let wait = if may_wait { IDLE_WAIT } else { Duration::ZERO };
    match orders.recv_timeout(wait) {
        Ok(order) => Heard::Order(order),
        Err(RecvTimeoutError::Timeout) => Heard::Nothing,
        Err(RecvTimeoutError::Disconnected) => Heard::End,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn as_gauge(count: usize) -> f64 {
    count as f64
}
