//! What the service manager is told (systemd's `sd_notify`): up, reloading, stopping, and that it still goes on.
//!
//! Without a service manager every call does nothing.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use sd_notify::NotifyState;

/// The service manager that started this process, if one did.
#[derive(Debug)]
pub struct ServiceManager {
    /// It wants signs of life.
    keeps_watch: bool,
    was_told_ready: AtomicBool,
    /// Told last, so that it is not told again.
    status: Mutex<String>,
}

impl Default for ServiceManager {
    fn default() -> Self {
        Self {
            keeps_watch: sd_notify::watchdog_enabled().is_some(),
            was_told_ready: AtomicBool::new(false),
            status: Mutex::default(),
        }
    }
}

impl ServiceManager {
    /// The daemon is up. Told once.
    pub fn ready(&self) {
        if !self.was_told_ready.swap(true, Ordering::Relaxed) {
            tell(&[NotifyState::Ready]);
        }
    }

    /// A reload begins. Before the daemon is up nothing is said: to the manager it is still starting.
    pub fn reloading(&self) {
        if self.was_told_ready.load(Ordering::Relaxed)
            && let Ok(now) = NotifyState::monotonic_usec_now()
        {
            tell(&[NotifyState::Reloading, now]);
        }
    }

    /// The reload is over, whether or not it succeeded.
    pub fn reloaded(&self) {
        if self.was_told_ready.load(Ordering::Relaxed) {
            tell(&[NotifyState::Ready]);
        }
    }

    /// The daemon finishes what is open and ends.
    pub fn stopping(&self) {
        tell(&[NotifyState::Stopping, NotifyState::Status("finishing the open transactions")]);
    }

    /// How the daemon fares, in a few words. Told when they change.
    pub fn status(&self, words: String) {
        let Ok(mut status) = self.status.lock() else { return };
        if *status != words {
            tell(&[NotifyState::Status(&words)]);
            *status = words;
        }
    }

    /// The loops that process parcels come round.
    pub fn goes_on(&self) {
        if self.keeps_watch {
            tell(&[NotifyState::Watchdog]);
        }
    }
}

fn tell(state: &[NotifyState<'_>]) {
    // A manager that does not listen is no reason to stop screening; it will notice by itself.
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!("telling the service manager: {error}");
    }
}
