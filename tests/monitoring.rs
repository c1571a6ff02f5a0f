//! What operators watch, held against the tools they watch it with.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parcelgate::telemetry::catalogue;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, ThreadedProducer};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::broker::Broker;
use crate::harness::daemon::Daemon;
use crate::harness::load::Load;
use crate::harness::oracle::Line;
use crate::harness::prometheus::{HUB, Prometheus};
use crate::harness::{unique, wait_until};

const LIMIT: Duration = Duration::from_mins(1);

/// A daemon with the topics that it follows.
struct Served {
    daemon: Daemon,
    line: Line,
    signals: String,
    _folder: TempDir,
}

/// A rule that the sample's declarations can be judged by, since they have a value; one of the poison has none.
const POLICY: &str =
    "[[rule]]\nid = \"dear\"\nnote = \"dear\"\npoints = 1\nvalue_cny_from = 1000000\n";

/// Tried beside it: holds more.
const CANDIDATE: &str = "hold_threshold = 20\n";

/// A daemon that has had something to do of every kind.
fn busy_daemon(broker: &Broker) -> Served {
    let line = Line::create(broker, "monitoring", 2);
    let [signals, notices] = ["signals", "notices"].map(unique);
    broker.create_compacted_topic(&signals, 1);
    broker.create_topic(&notices, 1);
    let folder = tempfile::tempdir().unwrap();
    let [policy, candidate] =
        ["policy.toml", "candidate.toml"].map(|name| folder.path().join(name));
    fs::write(&policy, POLICY).unwrap();
    fs::write(&candidate, CANDIDATE).unwrap();
    let reference = line.settings(broker, "0");
    let register = reference.lines().find(|line| line.starts_with("register")).unwrap();
    let settings = line.settings_with(
        broker,
        "0",
        &format!(
            "[topics]\nplatform_signals = {signals:?}\nplatform_notices = {notices:?}\n\
             [reference]\n{register}\nsignals = \"topic\"\n\
             [platform_notices]\nplatforms = [\"*\"]\n[policy]\nfile = \"{}\"\nshadow = \"{}\"\n",
            policy.display(),
            candidate.display(),
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
    Served { daemon, line, signals, _folder: folder }
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
    let Served { daemon, .. } = busy_daemon(Broker::shared());
    let expected = catalogue::ALL.iter().map(|definition| definition.name).chain([
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
    ]);
    let mut scrape = String::new();
    // Clients tell of themselves once a second, each at its own time.
    wait_until_none("every metric is there", || {
        scrape = daemon.get("/metrics").map_or_else(String::new, |(_, scrape)| scrape);
        expected.clone().filter(|name| !is_there(&scrape, name)).map(str::to_owned).collect()
    });
    let unjudged = r#"parcelgate_rule_errors_total{rule_id="dear"} 1"#;
    assert!(scrape.lines().any(|line| line == unjudged), "{unjudged} in\n{scrape}");

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

/// Writes declarations and signals until told to stop; poison and a bad signal once.
fn flow(broker: &Broker, served: &Served, done: &AtomicBool) {
    let signals: ThreadedProducer<DefaultProducerContext> = broker.client().create().unwrap();
    let signal = |key: &str, text: &str| {
        let record = BaseRecord::to(&served.signals).key(key).payload(text);
        signals.send(record).map_err(|(error, _)| error).unwrap();
    };
    signal("bad", "{");
    let mut load = Load::new(broker, &served.line.declarations, served.line.partitions, 8);
    load.poison();
    let mut number = 0;
    while !done.load(Ordering::Relaxed) {
        load.declarations(50);
        signal(
            "s",
            &format!(
                r#"{{"platform":"P","sellerId":"S{number}","kind":"SIGNAL_KIND_COMPLAINTS"}}"#
            ),
        );
        number += 1;
        // The flow is to last as long as the questions, not to be as fast as it can.
        std::thread::sleep(Duration::from_millis(50));
    }
    load.finish();
}

/// The file of a path below the project.
fn committed(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

const DASHBOARDS: [&str; 2] =
    ["deploy/monitoring/dashboards/overview.json", "deploy/monitoring/dashboards/engineer.json"];

/// What the panels of the dashboards ask, with what Grafana would put in place of its variables.
fn asked_by_panels(daemon: &Daemon) -> Vec<String> {
    let variables = [
        ("$__rate_interval", "10s"),
        ("$__range", "1m"),
        ("$hub", HUB),
        ("$instance", &daemon.admin_address()),
    ];
    let asked = DASHBOARDS.map(|path| {
        let board: Value = serde_json::from_str(&committed(path)).unwrap();
        let panels = board["panels"].as_array().unwrap().iter();
        let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
        targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    });
    assert!(asked.iter().all(|board| board.len() > 20), "{asked:?}");
    let filled_in = |asked: String| {
        variables.iter().fold(asked, |asked, (variable, value)| asked.replace(variable, value))
    };
    asked.into_iter().flatten().map(filled_in).collect()
}

/// What the runbook asks, an expression a line.
fn asked_by_runbook() -> Vec<String> {
    let text = committed("docs/runbook.md");
    let blocks = text.split("```promql\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.flat_map(str::lines).map(ToOwned::to_owned).collect()
}

/// The metrics that an expression asks for, each with its labels.
fn selectors(expression: &str) -> Vec<String> {
    const PREFIXES: [&str; 4] = ["parcelgate_", "process_", "hub:", "up"];
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(start) = rest.find(|c| is_name(c) || c == '"') {
        rest = &rest[start..];
        if let Some(text) = rest.strip_prefix('"') {
            rest = text.split_once('"').unwrap().1;
            continue;
        }
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let labels = if after.starts_with('{') { after.find('}').unwrap() + 1 } else { 0 };
        let is_metric = PREFIXES
            .iter()
            .any(|prefix| name == *prefix || prefix.len() > 2 && name.starts_with(prefix));
        if is_metric {
            found.push(format!("{name}{}", &after[..labels]));
        }
        rest = &after[labels..];
    }
    found
}

#[test]
fn selectors_are_found() {
    for (expression, found) in [
        ("absent(up{job=\"a\"})", vec!["up{job=\"a\"}"]),
        ("upper > 1 or vector(0)", vec![]),
        (
            "sum by (hub, process) (rate(parcelgate_a_total{b=~\"parcelgate_c|d\"}[5m])) / 2\nand\nhub:e:rate5m > 0",
            vec!["parcelgate_a_total{b=~\"parcelgate_c|d\"}", "hub:e:rate5m"],
        ),
    ] {
        assert_eq!(selectors(expression), found, "{expression}");
    }
}

#[test]
fn a_real_prometheus_has_an_answer_to_every_rule_panel_and_line_of_the_runbook() {
    let broker = Broker::shared();
    let served = busy_daemon(broker);
    let prometheus = Prometheus::start(&served.daemon);
    let rules = prometheus.rules();
    let asked_by = |kind: &str| {
        let rules = rules.iter().filter(|rule| rule["type"] == kind);
        rules.map(|rule| rule["query"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let recorded = asked_by("recording");
    let alerts = asked_by("alerting");
    let by_hand = asked_by_runbook();
    assert!(recorded.len() > 10 && alerts.len() > 20 && by_hand.len() > 20, "{rules:?}");
    assert!(alerts.iter().all(|asked| !selectors(asked).is_empty()), "{alerts:?}");

    // Nothing that alerts watch is wrong with this daemon, so most of them come out empty: what they watch must be there.
    let watched = alerts.iter().chain(&by_hand).flat_map(|asked| selectors(asked));
    let panels = asked_by_panels(&served.daemon);
    let mut unanswered =
        recorded.iter().cloned().chain(watched).chain(panels).collect::<BTreeSet<_>>();

    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| flow(broker, &served, &done));
        // Stops the flow also where an expression is refused.
        let _stop = OnDrop(|| done.store(true, Ordering::Relaxed));
        for asked in alerts.iter().chain(&by_hand) {
            prometheus.values(asked);
        }
        wait_until_none("are answered", || {
            unanswered.retain(|asked| prometheus.values(asked).iter().all(|value| value.is_nan()));
            unanswered.iter().cloned().collect()
        });
        wait_until_none("rules are sound", || {
            let rules = prometheus.rules().into_iter().filter(|rule| rule["health"] != "ok");
            rules.map(|rule| rule.to_string()).collect()
        });
    });
}

/// Waits until nothing is left.
fn wait_until_none(what: &str, mut left: impl FnMut() -> Vec<String>) {
    let began = std::time::Instant::now();
    loop {
        let left = left();
        if left.is_empty() {
            break;
        }
        assert!(began.elapsed() < LIMIT, "not within {LIMIT:?}: {what}: {left:#?}");
        // Between two looks, some of which ask Prometheus several things; `wait_until` could not say what is left.
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Does something at the end of its scope, however that comes.
struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        self.0();
    }
}

#[test]
fn every_metric_is_drawn() {
    let boards = DASHBOARDS.map(committed).concat();
    let drawn = selectors(&boards.replace("\\\"", "'").replace('"', " "));
    let names = drawn
        .iter()
        .map(|it| it.split('{').next().unwrap())
        .map(|it| {
            ["_bucket", "_sum", "_count"].iter().find_map(|end| it.strip_suffix(end)).unwrap_or(it)
        })
        .collect::<BTreeSet<_>>();
    let missing = catalogue::ALL.iter().map(|it| it.name).filter(|name| !names.contains(name));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn the_runbook_names_events_that_there_are() {
    let events = committed("src/telemetry/events.rs");
    let runbook = committed("docs/runbook.md");
    let text = runbook.split_whitespace().collect::<Vec<_>>().join(" ");
    let named = text.split("vent `").skip(1).map(|rest| rest.split('`').next().unwrap());
    let named = named.collect::<BTreeSet<_>>();
    assert!(named.len() > 5, "{named:?}");
    for event in named {
        assert!(events.contains(&format!("event = {event:?}")), "{event}");
    }
}
