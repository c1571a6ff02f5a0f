//! Recorded messages, from a file or a topic, worked through on all cores; and what is told of bad ones.

use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

use super::exit::{Exit, Failure};
use super::input::for_each_line;
use crate::config::DaemonSettings;
use crate::domain::Source;
use crate::kafka::{Span, TopicReader};
use crate::wire::{Encoding, Limits};

/// Bytes of messages that a core takes at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// Chunks that wait for each core.
const CHUNKS_WAITING: usize = 2;

/// Limits of a message of our own making; a declaration has stricter ones.
pub(super) const MESSAGE_LIMITS: Limits =
    Limits { record_bytes_max: 1024 * 1024, text_bytes_max: 64 * 1024 };

/// Rejected messages that are told one by one.
const REJECTS_TOLD_MAX: usize = 20;

/// Where messages come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Records<'a> {
    /// Lines of JSON; without a path those of standard input.
    Lines(Option<&'a Path>),
    /// A span of a topic.
    Topic { settings: &'a DaemonSettings, topic: &'a str, span: Span },
}

/// One message as recorded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recorded<'a> {
    pub(super) source: &'a Source,
    pub(super) payload: &'a [u8],
    pub(super) content_type: Option<&'a [u8]>,
}

/// Some messages, one after the other in memory.
struct Chunk {
    bytes: Vec<u8>,
    records: Vec<Place>,
}

struct Place {
    partition: i32,
    offset: i64,
    payload: Range<usize>,
    content_type: Option<Range<usize>>,
}

impl Records<'_> {
    fn topic(&self) -> &str {
        match self {
            Self::Lines(_) => "file",
            Self::Topic { topic, .. } => topic,
        }
    }

    /// Works through all messages: each core takes some and adds them up in a value of its own. The values come back in
    /// no order.
    ///
    /// # Errors
    /// Input that cannot be read.
    pub(super) fn fold<A: Send>(
        self,
        new: impl Fn() -> A + Sync,
        add: impl Fn(&mut A, Recorded<'_>) + Sync,
    ) -> Result<Vec<A>, Failure> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let (sender, receiver) = sync_channel(cores * CHUNKS_WAITING);
        let receiver = Mutex::new(receiver);
        thread::scope(|scope| {
            let work = || {
                let mut sum = new();
                while let Some(chunk) = next_chunk(&receiver) {
                    chunk.for_each(self.topic(), |record| add(&mut sum, record));
                }
                sum
            };
            let workers = (0..cores).map(|_| scope.spawn(work)).collect::<Vec<_>>();
            let read = self.read(sender);
            // A worker that panicked has said so; the same comes here.
            let sums = workers.into_iter().map(|worker| match worker.join() {
                Ok(sum) => sum,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            let sums = sums.collect();
            read.map(|()| sums)
        })
    }

    fn read(self, sender: SyncSender<Chunk>) -> Result<(), Failure> {
        let mut chunks = Chunks { sender, open: Chunk::new(), progress: self.progress() };
        match self {
            Self::Lines(file) => {
                let json = Some(Encoding::Json.content_type().as_bytes());
                for_each_line(file, |number, text| {
                    chunks.push(0, i64::try_from(number).unwrap_or(i64::MAX), text, json);
                    Ok(())
                })?;
            }
            Self::Topic { settings, topic, span } => {
                let mut reader = TopicReader::of_span(&settings.kafka, topic, span)?;
                reader.read_to_end(|record| {
                    let payload = record.payload.unwrap_or_default();
                    chunks.push(record.partition, record.offset, payload, record.content_type);
                    ControlFlow::Continue(())
                })?;
            }
        }
        chunks.send();
        chunks.progress.finish_and_clear();
        Ok(())
    }

    /// How far reading has come, where a person watches. How much there is in all is known of a file only.
    fn progress(self) -> ProgressBar {
        let length = match self {
            Self::Lines(Some(file)) => std::fs::metadata(file).map_or(0, |facts| facts.len()),
            Self::Lines(None) | Self::Topic { .. } => 0,
        };
        let (bar, template) = if length == 0 {
            (ProgressBar::no_length(), "{spinner} {bytes} {bytes_per_sec}")
        } else {
            (ProgressBar::new(length), "{bar:40} {percent} % {bytes_per_sec} {eta}")
        };
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar
    }
}

/// Gathers records into chunks and hands them over.
struct Chunks {
    sender: SyncSender<Chunk>,
    open: Chunk,
    progress: ProgressBar,
}

impl Chunks {
    fn push(&mut self, partition: i32, offset: i64, payload: &[u8], content_type: Option<&[u8]>) {
        let payload = self.open.append(payload);
        let content_type = content_type.map(|it| self.open.append(it));
        self.open.records.push(Place { partition, offset, payload, content_type });
        if self.open.bytes.len() >= CHUNK_BYTES {
            self.send();
        }
    }

    fn send(&mut self) {
        let chunk = std::mem::replace(&mut self.open, Chunk::new());
        self.progress.inc(chunk.bytes.len() as u64);
        // Nobody takes it any more only where every worker panicked, which is told when they are joined.
        let _ = self.sender.send(chunk);
    }
}

impl Chunk {
    /// With room for what most chunks hold.
    fn new() -> Self {
        let bytes = Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 8);
        Self { bytes, records: Vec::with_capacity(CHUNK_BYTES / 512) }
    }

    fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    fn for_each(&self, topic: &str, mut take: impl FnMut(Recorded<'_>)) {
        let mut source = Source { topic: topic.to_owned(), partition: 0, offset: 0 };
        let bytes = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        for record in &self.records {
            (source.partition, source.offset) = (record.partition, record.offset);
            take(Recorded {
                source: &source,
                payload: bytes(&record.payload),
                content_type: record.content_type.as_ref().map(bytes),
            });
        }
    }
}

fn next_chunk(receiver: &Mutex<Receiver<Chunk>>) -> Option<Chunk> {
    receiver.lock().ok()?.recv().ok()
}

/// What was rejected: how much, and the first of it.
#[derive(Debug, Default)]
pub(super) struct Rejects {
    count: u64,
    told: Vec<(Source, String)>,
}

impl Rejects {
    pub(super) fn add(&mut self, source: &Source, reason: impl FnOnce() -> String) {
        self.count += 1;
        if self.told.len() < REJECTS_TOLD_MAX {
            self.told.push((source.clone(), reason()));
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.told.extend(other.told);
    }

    /// Tells on standard error what was rejected of `what`, and how to end.
    pub(super) fn tell(mut self, what: &str) -> Exit {
        if self.count == 0 {
            return Exit::Ok;
        }
        self.told.sort_by_key(|(source, _)| (source.partition, source.offset));
        for (source, reason) in self.told.iter().take(REJECTS_TOLD_MAX) {
            eprintln!("parcelgate: {what}: {}: rejected, {reason}", place(source));
        }
        eprintln!("parcelgate: {what}: {} rejected, the rest counted", self.count);
        Exit::Rejected
    }
}

/// A line as people count, or a record's place.
fn place(source: &Source) -> String {
    if source.topic == "file" {
        format!("line {}", source.offset.saturating_add(1))
    } else {
        source.to_string()
    }
}
