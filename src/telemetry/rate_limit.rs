//! Keeps an event that repeats from filling the log.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::catalogue;

/// So many lines of one event are written in one window; the rest is counted.
const LINES_MAX: u32 = 10;
const WINDOW: Duration = Duration::from_secs(30);

/// How often an event is told.
pub(super) struct RateLimit {
    event: &'static str,
    state: Mutex<State>,
}

struct State {
    window: Option<Instant>,
    lines: u32,
    suppressed: u64,
}

impl RateLimit {
    /// The events that are limited.
    pub(super) const EVENTS: [&str; 7] = [
        "archive_failed",
        "feed_record_rejected",
        "feed_troubled",
        "librdkafka",
        "panicked",
        "read_troubled",
        "transaction_aborted",
    ];

    pub(super) const fn of(event: &'static str) -> Self {
        let state = State { window: None, lines: 0, suppressed: 0 };
        Self { event, state: Mutex::new(state) }
    }

    /// Whether to write a line now, and if so how many were left out since the last.
    pub(super) fn pass(&self) -> Option<u64> {
        self.pass_at(Instant::now())
    }

    fn pass_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock().ok()?;
        if state.window.is_none_or(|began| now.duration_since(began) >= WINDOW) {
            state.window = Some(now);
            state.lines = 0;
        }
        if state.lines == LINES_MAX {
            state.suppressed += 1;
            catalogue::LOG_LINES_SUPPRESSED.counter([self.event]).increment(1);
            return None;
        }
        state.lines += 1;
        Some(std::mem::take(&mut state.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_so_many_lines_and_the_next_tells_what_was_left_out() {
        let limit = RateLimit::of("trouble");
        let began = Instant::now();
        for _ in 0..LINES_MAX {
            assert_eq!(limit.pass_at(began), Some(0));
        }
        for _ in 0..3 {
            assert_eq!(limit.pass_at(began + WINDOW / 2), None);
        }
        assert_eq!(limit.pass_at(began + WINDOW), Some(3));
        assert_eq!(limit.pass_at(began + WINDOW), Some(0));
    }
}
