//! Operations: what a service manager is told, settings that change while parcels flow, the table of log events.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::harness::broker::Broker;
use crate::harness::daemon::Daemon;
use crate::harness::oracle::Line;
use crate::harness::wait_until;

const LIMIT: Duration = Duration::from_secs(30);

/// A service manager's end of `NOTIFY_SOCKET`.
struct Manager {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Manager {
    fn listen(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        Self { socket, heard: Vec::new() }
    }

    /// Waits for a line, and gives all that was heard from the last such wait up to it.
    fn hear(&mut self, line: &str) -> Vec<String> {
        let mut buffer = [0; 4096];
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < LIMIT, "no {line} within {LIMIT:?}; heard {:?}", self.heard);
            if let Some(place) = self.heard.iter().position(|it| it.starts_with(line)) {
                return self.heard.drain(..=place).collect();
            }
            let length = self.socket.recv(&mut buffer).unwrap_or_else(|error| {
                panic!("no {line} within {LIMIT:?}: {error}; heard {:?}", self.heard)
            });
            let message = std::str::from_utf8(&buffer[..length]).unwrap();
            self.heard.extend(message.lines().map(str::to_owned));
        }
    }
}

#[test]
fn a_service_manager_is_told_of_each_turn() {
    let broker = Broker::shared();
    let line = Line::create(broker, "notified", 2);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let mut manager = Manager::listen(&path);
    let environment = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "30000000")];
    let mut daemon = Daemon::spawn_with(&line.settings(broker, "0"), &environment);

    let start = manager.hear("READY=1");
    assert!(start.iter().any(|it| it.starts_with("STATUS=waiting for")), "{start:?}");
    assert_eq!(start.last().unwrap(), "READY=1");
    assert!(start.iter().any(|it| it.starts_with("STATUS=screening parcels of")), "{start:?}");
    assert_eq!(daemon.get("/readyz").unwrap().0, 200);
    manager.hear("WATCHDOG=1");

    daemon.reload();
    manager.hear("RELOADING=1");
    // Asked for by systemd, so that it knows which reload is meant.
    manager.hear("MONOTONIC_USEC=");
    manager.hear("READY=1");

    daemon.terminate();
    manager.hear("STOPPING=1");
    assert_eq!(daemon.wait(LIMIT).0, 0);
}

#[test]
fn a_manager_that_keeps_no_watch_gets_no_signs_of_life() {
    let broker = Broker::shared();
    let line = Line::create(broker, "unwatched", 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let mut manager = Manager::listen(&path);
    let environment = [("NOTIFY_SOCKET", path.to_str().unwrap())];
    let mut daemon = Daemon::spawn_with(&line.settings(broker, "0"), &environment);
    let mut heard = manager.hear("READY=1");
    daemon.terminate();
    heard.extend(manager.hear("STOPPING=1"));
    assert!(heard.iter().all(|it| !it.starts_with("WATCHDOG")), "{heard:?}");
    assert_eq!(daemon.wait(LIMIT).0, 0);
}

#[test]
fn settings_are_read_anew_and_those_that_need_a_restart_are_named() {
    let broker = Broker::shared();
    let line = Line::create(broker, "resettled", 1);
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, "hold_threshold = 77\n").unwrap();
    let settings = line.settings(broker, "0");
    let mut daemon = Daemon::spawn(&settings);
    daemon.wait_ready();
    let version = |daemon: &Daemon| {
        let (_, text) = daemon.get("/metrics").unwrap();
        text.lines().find(|it| it.starts_with("parcelgate_policy_info")).map(str::to_owned)
    };
    let reload = |daemon: &Daemon, result: &str| {
        let name = format!("parcelgate_register_reloads_total{{result=\"{result}\"}}");
        let before = daemon.metric(&name).unwrap_or(0.0);
        daemon.reload();
        wait_until("the reload is over", LIMIT, || daemon.metric(&name) > Some(before));
    };
    let first = version(&daemon);

    // Broken settings: all stays, and the log has every problem with its line.
    daemon.rewrite(&format!("{settings}\n[policy\nfile = 3\n"));
    reload(&daemon, "failure");
    assert_eq!(version(&daemon), first);
    assert_eq!(daemon.metric("parcelgate_config_last_reload_successful"), Some(0.0));
    assert!(daemon.log().contains("parcelgate.toml:"), "{}", daemon.log());

    let changed =
        format!("{settings}\n[policy]\nfile = {policy:?}\n[shutdown]\ndeadline_ms = 9000\n");
    daemon.rewrite(&changed);
    reload(&daemon, "success");
    wait_until("the policy is in force", LIMIT, || version(&daemon) != first);
    assert_eq!(daemon.metric("parcelgate_config_last_reload_successful"), Some(1.0));
    let log = daemon.log();
    let told =
        log.lines().find(|it| it.contains("restart_needed")).unwrap_or_else(|| panic!("{log}"));
    assert!(told.contains("shutdown.deadline_ms") && !told.contains("policy.file"), "{told}");
    daemon.terminate();
    assert_eq!(daemon.wait(LIMIT).0, 0);
}

/// The words between a beginning and a quote or backtick.
fn after<'a>(text: &'a str, beginning: &str, end: char) -> BTreeSet<&'a str> {
    text.split(beginning).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

#[test]
fn every_event_of_the_log_is_in_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = fs::read_to_string(root.join("src/telemetry/events.rs")).unwrap();
    let limits = fs::read_to_string(root.join("src/telemetry/rate_limit.rs")).unwrap();
    let table = fs::read_to_string(root.join("docs/events.md")).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `")).collect::<Vec<_>>();
    let listed = rows.iter().flat_map(|row| after(row, "| `", '`')).collect::<BTreeSet<_>>();
    assert_eq!(listed, after(&code, "event = \"", '"'));

    let (_, list) = limits.split_once("EVENTS").unwrap();
    let (list, _) = list.split_once("];").unwrap();
    let limited = rows.iter().filter(|row| row.split('|').nth(3) == Some(" yes "));
    let limited = limited.flat_map(|row| after(row, "| `", '`')).collect::<BTreeSet<_>>();
    let names = list.split('"').skip(1).step_by(2).collect::<BTreeSet<_>>();
    assert_eq!(limited, names);
}

#[test]
fn the_log_is_written_in_one_place() {
    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let elsewhere = found
        .iter()
        .filter(|path| !path.ends_with("telemetry/events.rs"))
        .filter(|path| {
            let code = fs::read_to_string(path).unwrap_or_default();
            ["info!(", "warn!(", "error!("]
                .iter()
                .any(|it| code.contains(&format!("tracing::{it}")))
        })
        .collect::<Vec<_>>();
    assert!(found.len() > 50, "{found:?}");
    assert!(elsewhere.is_empty(), "events belong into telemetry/events.rs: {elsewhere:?}");
}
