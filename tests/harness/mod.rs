//! What the tests on a real Kafka stand on: a broker, daemons, a reader from another stack, the oracle, a Prometheus and a browser.

pub mod broker;
pub mod browser;
pub mod certificates;
pub mod console;
pub mod daemon;
pub mod guarded;
pub mod load;
pub mod oracle;
pub mod prometheus;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Waits until a condition holds.
///
/// # Panics
/// When it does not hold in time.
pub fn wait_until(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    const PAUSE: Duration = Duration::from_millis(20);
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < limit, "not within {limit:?}: {what}");
        // Between two looks: this is the wait that others wait by.
        std::thread::sleep(PAUSE);
    }
}

/// Sends a signal, by the shell's own `kill`: the command of that name is a package of its own.
pub fn signal(name: &str, pid: &str) {
    let script = "kill -\"$1\" \"$2\"";
    let status = Command::new("bash").args(["-c", script, "bash", name, pid]).status().unwrap();
    assert!(status.success(), "kill -{name} {pid}");
}

/// A port of this machine that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A name that no other test and no other run uses.
pub fn unique(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{name}-{}-{number}", std::process::id())
}

/// The folder of Apache Kafka's jars, fetched by `scripts/kafka fetch`.
pub fn kafka_jars() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    let jars = target.join("kafka/libs");
    assert!(jars.is_dir(), "{} is missing; run `scripts/kafka fetch`", jars.display());
    jars
}
