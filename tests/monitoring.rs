//! What operators watch, held against the tools they watch it with.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use parcelgate::telemetry::catalogue;

use crate::harness::broker::Broker;
use crate::harness::daemon::Daemon;
use crate::harness::load::Load;
use crate::harness::oracle::Line;
use crate::harness::{unique, wait_until};

const LIMIT: Duration = Duration::from_mins(1);

/// A daemon that has had something to do of every kind.
fn busy_daemon(broker: &Broker) -> Daemon {
    let line = Line::create(broker, "monitoring", 2);
    let [signals, notices] = ["signals", "notices"].map(unique);
    broker.create_compacted_topic(&signals, 1);
    broker.create_topic(&notices, 1);
    let reference = line.settings(broker, "0");
    let register = reference.lines().find(|line| line.starts_with("register")).unwrap();
    let settings = line.settings_with(
        broker,
        "0",
        &format!(
            "[topics]\nplatform_signals = {signals:?}\nplatform_notices = {notices:?}\n\
             [reference]\n{register}\nsignals = \"topic\"\n\
             [platform_notices]\nplatforms = [\"*\"]\n"
        ),
    );
    let mut daemon = Daemon::spawn(&settings);
    daemon.wait_ready();
    let mut load = Load::new(broker, &line.declarations, 2, 7);
    load.declarations(5_000);
    load.poison();
    let written = load.finish().values().map(Vec::len).sum::<usize>();
    wait_until("everything is decided", LIMIT, || {
        usize::try_from(line.committed(broker)).unwrap() == written
    });
    daemon
}

fn is_there(scrape: &str, name: &str) -> bool {
    let series = |suffix: &str| {
        let name = format!("{name}{suffix}");
        scrape
            .lines()
            .any(|line| line.strip_prefix(&name).is_some_and(|rest| rest.starts_with(['{', ' '])))
    };
    series("") || series("_count")
}

#[test]
fn a_live_scrape_is_complete_and_pleases_promtool() {
    let daemon = busy_daemon(Broker::shared());
    // Clients tell of themselves once a second.
    wait_until("statistics of clients are in", LIMIT, || {
        daemon.get("/metrics").is_some_and(|(_, scrape)| {
            is_there(&scrape, catalogue::KAFKA_RTT.name)
                && is_there(&scrape, catalogue::LSO_GAP.name)
        })
    });
    let scrape = daemon.get("/metrics").unwrap().1;
    let expected = catalogue::ALL.iter().map(|definition| definition.name).chain([
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
    ]);
    let missing = expected.filter(|name| !is_there(&scrape, name)).collect::<Vec<_>>();
    assert!(missing.is_empty(), "{missing:?} in\n{scrape}");

    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("promtool is there; `make test` installs it");
    promtool.stdin.take().unwrap().write_all(scrape.as_bytes()).unwrap();
    let said = promtool.wait_with_output().unwrap();
    assert!(said.status.success() && said.stderr.is_empty(), "{said:?}");
}
