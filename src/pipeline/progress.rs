//! Signs of life of one worker, read by the watchdog and the health endpoints.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Set by the worker, read by others. Times are whole milliseconds since it was made; 0 stands for "not now".
#[derive(Debug)]
pub struct Progress {
    made: Instant,
    ticked_ms: AtomicU64,
    committing_since_ms: AtomicU64,
    connected: AtomicBool,
    joined: AtomicBool,
    has_joined: AtomicBool,
    partitions: Mutex<Vec<i32>>,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            made: Instant::now(),
            ticked_ms: AtomicU64::new(0),
            committing_since_ms: AtomicU64::new(0),
            connected: AtomicBool::new(false),
            joined: AtomicBool::new(false),
            has_joined: AtomicBool::new(false),
            partitions: Mutex::default(),
        }
    }
}

impl Progress {
    /// The loop has come round.
    pub fn tick(&self) {
        self.ticked_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    /// Time since the loop last came round.
    #[must_use]
    pub fn since_tick(&self) -> Duration {
        let ticked = self.ticked_ms.load(Ordering::Relaxed);
        Duration::from_millis(self.now_ms().saturating_sub(ticked))
    }

    /// A call to a coordinator begins: to end a transaction, or to leave the group.
    pub fn begin_commit(&self) {
        self.committing_since_ms.store(self.now_ms().max(1), Ordering::Relaxed);
    }

    /// The call is back.
    pub fn end_commit(&self) {
        self.committing_since_ms.store(0, Ordering::Relaxed);
    }

    /// How long the call has been out, where one is.
    #[must_use]
    pub fn committing_for(&self) -> Option<Duration> {
        match self.committing_since_ms.load(Ordering::Relaxed) {
            0 => None,
            since => Some(Duration::from_millis(self.now_ms().saturating_sub(since))),
        }
    }

    /// The worker has a session whose producer is initialised, or lost it.
    pub fn set_connected(&self, connected: bool) {
        self.connected.store(connected, Ordering::Relaxed);
    }

    /// Whether the worker's producer is initialised.
    #[must_use]
    pub fn connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// The worker has its first assignment, be it empty, or lost its session.
    pub fn set_joined(&self, joined: bool) {
        self.joined.store(joined, Ordering::Relaxed);
        self.has_joined.fetch_or(joined, Ordering::Relaxed);
    }

    /// Whether the worker was ever a member of its group.
    #[must_use]
    pub fn has_joined(&self) -> bool {
        self.has_joined.load(Ordering::Relaxed)
    }

    /// Whether the worker is a member of its group.
    #[must_use]
    pub fn joined(&self) -> bool {
        self.joined.load(Ordering::Relaxed)
    }

    /// The partitions that the worker holds now.
    pub fn set_partitions(&self, held: impl IntoIterator<Item = i32>) {
        *self.partitions.lock().unwrap_or_else(PoisonError::into_inner) =
            held.into_iter().collect();
    }

    /// The partitions that the worker holds.
    #[must_use]
    pub fn partitions(&self) -> Vec<i32> {
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
