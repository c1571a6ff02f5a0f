//! A policy that is tried beside the one in force, and its promotion, on a real Kafka.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use parcelgate::domain::Declaration;
use parcelgate::sample::Generator;
use parcelgate::wire::{Encoding, encode_message};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::sample_register;
use crate::harness::broker::Broker;
use crate::harness::console::read_all;
use crate::harness::daemon::{Daemon, PROGRAM};
use crate::harness::load::{Expected, Written};
use crate::harness::oracle::{Line, check};
use crate::harness::wait_until;

const LIMIT: Duration = Duration::from_mins(1);
const PARTITIONS: i32 = 2;

/// Holds what the shipped policy releases, and the other way round.
const CANDIDATE: &str = "hold_threshold = 90\n\
    [[rule]]\nid = \"to-try\"\nnote = \"to try\"\nhold = true\ndestination = [\"FR\", \"US\"]\n";

/// A candidate, and settings that try it.
struct Tried {
    folder: TempDir,
    line: Line,
    settings: String,
}

impl Tried {
    fn new(broker: &Broker, name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let line = Line::create(broker, name, PARTITIONS);
        let kept = folder.path().join("kept");
        let settings = line.settings(broker, "0");
        let settings = format!("{settings}[archive]\ndir = \"{}\"\n", kept.display());
        let tried = Self { folder, line, settings };
        tried.write(CANDIDATE);
        tried
    }

    fn candidate(&self) -> PathBuf {
        self.folder.path().join("candidate.toml")
    }

    fn write(&self, candidate: &str) {
        fs::write(self.candidate(), candidate).unwrap();
    }

    /// Settings with this in `[policy]`.
    fn settings(&self, key: &str) -> String {
        format!("{}[policy]\n{key} = \"{}\"\n", self.settings, self.candidate().display())
    }

    /// Whether the archive has a policy.
    fn keeps(&self, version: &str) -> bool {
        let kept = fs::read_dir(self.folder.path().join("kept")).unwrap();
        kept.map(|it| it.unwrap().file_name().into_string().unwrap())
            .any(|name| name.starts_with(&format!("policy-{version}")))
    }

    /// The decisions on parcels from a file, by declaration.
    /// How a backtest of the candidate counts parcels in all.
    fn backtest(&self, parcels: &[String]) -> Value {
        let file = self.folder.path().join("backtest.ndjson");
        fs::write(&file, parcels.join("\n")).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["backtest", "--format", "json", "--register", &sample_register()]);
        let output = command.arg("--candidate").arg(self.candidate()).arg(file).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["tables"]["total"][0].clone()
    }

    fn screen(&self, parcels: &[String], policy: Option<&Path>) -> Decisions {
        let file = self.folder.path().join("parcels.ndjson");
        fs::write(&file, parcels.join("\n")).unwrap();
        let register = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sample/recordals.ndjson");
        let mut command = Command::new(PROGRAM);
        command.arg("screen").arg("--register").arg(register);
        if let Some(policy) = policy {
            command.arg("--policy").arg(policy);
        }
        let output = command.arg(file).output().unwrap();
        // Some lines cannot be read, and are held.
        assert_eq!(output.status.code(), Some(65), "{output:?}");
        decisions(std::str::from_utf8(&output.stdout).unwrap().lines())
    }
}

/// Decisions by declaration, without what depends on where and when they were made.
type Decisions = BTreeMap<String, Value>;

fn decisions<'a>(lines: impl Iterator<Item = &'a str>) -> Decisions {
    let comparable = |line: &str| {
        let mut decision: Value = serde_json::from_str(line).unwrap();
        for field in ["decidedAt", "decisionId", "source"] {
            decision.as_object_mut().unwrap().remove(field).unwrap();
        }
        (decision["declarationId"].as_str().unwrap().to_owned(), decision)
    };
    lines.map(comparable).collect()
}

/// Writes so many parcels, of which some can only be held unread, and gives them as lines.
fn flow(broker: &Broker, line: &Line, written: &mut Written, seed: u64) -> Vec<String> {
    const PARCELS: u64 = 2_000;
    let producer: ThreadedProducer<DefaultProducerContext> = broker.client().create().unwrap();
    let mut generator = Generator::new(seed);
    let mut parcels = Vec::new();
    for number in 0..PARCELS {
        let (payload, expected) = if number % 100 == 0 {
            let ids = format!(r#"{{"declarationId":"U{seed}-{number}","itemId":"U{number}"}}"#);
            (ids.into_bytes(), Expected::Both)
        } else {
            let mut payload = Vec::new();
            // Of two generators, two may come to one number.
            let declaration_id = format!("D{seed}-{number}");
            let made = generator.declaration(Timestamp::now());
            let declaration = Declaration { declaration_id, ..made };
            encode_message(declaration, Encoding::Json, &mut payload);
            (payload, Expected::Decision)
        };
        let partition = i32::try_from(number).unwrap() % PARTITIONS;
        let record = BaseRecord::<str, [u8]>::to(&line.declarations).partition(partition);
        producer.send(record.payload(&payload)).map_err(|(error, _)| error).unwrap();
        written.entry(partition).or_default().push(expected);
        parcels.push(String::from_utf8(payload).unwrap());
    }
    producer.flush(LIMIT).unwrap();
    let all = written.values().map(Vec::len).sum::<usize>();
    wait_until("everything is decided", LIMIT, || {
        usize::try_from(line.committed(broker)).unwrap() == all
    });
    parcels
}

fn published(broker: &Broker, line: &Line, expected: usize) -> Decisions {
    let records = read_all(broker, &line.decisions, expected);
    let published = decisions(records.iter().map(|record| record.value.as_str()));
    assert_eq!((records.len(), published.len()), (expected, expected));
    published
}

fn verdict(decision: &Value) -> &'static str {
    if decision["verdict"] == "VERDICT_HOLD" { "hold" } else { "release" }
}

fn held_for(decision: &Value) -> String {
    let is_enough = decision["score"].as_i64() >= decision["holdThreshold"].as_i64();
    let check = decision["findings"][0]["check"].as_str();
    if is_enough { check.unwrap().to_owned() } else { "random_sample".to_owned() }
}

/// What metrics have to say of them: the series, each with its value.
fn expected_series(live: &Decisions, shadow: &Decisions) -> BTreeMap<String, u64> {
    let mut series = BTreeMap::new();
    for both in ["hold", "release"] {
        for other in ["hold", "release"] {
            series.insert(pair(both, other), 0);
        }
    }
    for (id, live) in live {
        let shadow = &shadow[id];
        *series.get_mut(&pair(verdict(live), verdict(shadow))).unwrap() += 1;
        if verdict(live) != verdict(shadow) {
            let holding = if verdict(live) == "hold" { live } else { shadow };
            let check = held_for(holding);
            let name = format!("parcelgate_shadow_disagreements_total{{check={check:?}}}");
            *series.entry(name).or_default() += 1;
        }
    }
    series
}

fn pair(live: &str, shadow: &str) -> String {
    format!("parcelgate_shadow_decisions_total{{live={live:?},shadow={shadow:?}}}")
}

/// The series of the shadow that count something, and the four of its decisions.
fn series(daemon: &Daemon) -> BTreeMap<String, u64> {
    let (_, text) = daemon.get("/metrics").unwrap();
    let lines = text.lines().filter(|line| line.starts_with("parcelgate_shadow_d"));
    let series = lines.map(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    });
    series.filter(|(name, value)| *value > 0 || name.contains("decisions")).collect()
}

fn status(daemon: &Daemon) -> Value {
    serde_json::from_str(&daemon.get("/status.json").unwrap().1).unwrap()
}

/// The version that an info metric names.
fn version(daemon: &Daemon, name: &str) -> Option<String> {
    let (_, text) = daemon.get("/metrics")?;
    let beginning = format!("{name}{{version=\"");
    let rest = text.lines().find_map(|line| line.strip_prefix(&beginning))?;
    Some(rest.split('"').next()?.to_owned())
}

fn reload(daemon: &Daemon, result: &str) {
    let name = format!("parcelgate_register_reloads_total{{result=\"{result}\"}}");
    let before = daemon.metric(&name).unwrap();
    daemon.reload();
    wait_until("the reload is over", LIMIT, || daemon.metric(&name) > Some(before));
}

#[test]
fn a_candidate_is_counted_beside_the_policy_in_force_and_promoted_with_one_signal() {
    let broker = Broker::shared();
    let tried = Tried::new(broker, "shadow");
    let Tried { line, .. } = &tried;
    let mut daemon = Daemon::spawn(&tried.settings("shadow"));
    daemon.wait_ready();
    let shadow_version = version(&daemon, "parcelgate_shadow_policy_info").unwrap();
    let nothing = BTreeMap::new();
    assert_eq!(series(&daemon), expected_series(&nothing, &nothing));

    let mut written = Written::new();
    let parcels = flow(broker, line, &mut written, 11);
    let live = tried.screen(&parcels, None);
    let shadow = tried.screen(&parcels, Some(&tried.candidate()));
    let expected = expected_series(&live, &shadow);
    // Each combination comes up, or this test would show nothing.
    let decisions = expected.iter().filter(|(name, _)| name.contains("decisions"));
    assert!(decisions.clone().all(|(_, count)| *count > 0), "{expected:?}");
    wait_until("everything is counted", LIMIT, || {
        series(&daemon).values().sum::<u64>() == expected.values().sum::<u64>()
    });
    assert_eq!(series(&daemon), expected);
    assert_eq!(daemon.metric("parcelgate_shadow_failures_total"), Some(0.0));

    // A backtest on the same parcels counts the same.
    let counted = series(&daemon);
    for (column, live, shadow) in
        [("newly_held", "release", "hold"), ("newly_released", "hold", "release")]
    {
        assert_eq!(tried.backtest(&parcels)[column], counted[&pair(live, shadow)], "{column}");
    }

    // What is published is what the policy in force says, once, and nothing else.
    check(broker, line, &written);
    assert_eq!(published(broker, line, parcels.len()), live);
    let told = |live, shadow| expected[&pair(live, shadow)];
    wait_until("the page says so", LIMIT, || status(&daemon)["shadow"]["compared"] == 2_000);
    let page = &status(&daemon)["shadow"];
    assert_eq!(page["version"], shadow_version.as_str());
    assert_eq!(page["would_hold"], told("release", "hold"));
    assert_eq!(page["would_release"], told("hold", "release"));
    assert_eq!(shadow.values().next().unwrap()["versions"]["policy"], shadow_version.as_str());

    // Nothing is decided under it, so there is nothing to audit.
    assert!(!tried.keeps(&shadow_version));

    // Promoted: it is in force, and nothing is tried any more.
    daemon.rewrite(&tried.settings("file"));
    reload(&daemon, "success");
    wait_until("it is in force", LIMIT, || {
        version(&daemon, "parcelgate_policy_info").as_ref() == Some(&shadow_version)
    });
    assert_eq!(version(&daemon, "parcelgate_shadow_policy_info"), None);
    wait_until("it is kept", LIMIT, || tried.keeps(&shadow_version));
    let before = series(&daemon);
    let more = flow(broker, line, &mut written, 12);
    let promoted = tried.screen(&more, Some(&tried.candidate()));
    check(broker, line, &written);
    let mut all = published(broker, line, parcels.len() + more.len());
    all.retain(|id, _| !live.contains_key(id));
    assert_eq!(all, promoted);
    assert!(all.values().all(|it| it["versions"]["policy"] == shadow_version.as_str()));
    assert_eq!(series(&daemon), before);
    wait_until("the page says so", LIMIT, || status(&daemon)["shadow"].is_null());
    daemon.terminate();
    assert_eq!(daemon.wait(LIMIT).0, 0);
}

#[test]
fn check_says_what_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("hub.toml");
    fs::write(folder.path().join("candidate.toml"), CANDIDATE).unwrap();
    let said = |policy: &str| {
        fs::write(&settings, format!("[reference]\nregister = \"none\"\n{policy}")).unwrap();
        let mut command = Command::new(PROGRAM);
        let output = command.args(["check", "--offline", "--config"]).arg(&settings).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert!(said("").contains("\nshadow policy: none\n"), "{}", said(""));
    let tried = said("[policy]\nshadow = \"candidate.toml\"\n");
    let line = tried.lines().find(|line| line.starts_with("shadow policy: ok, version ")).unwrap();
    assert!(line.ends_with(", hold threshold 90"), "{line}");
}

#[test]
fn a_candidate_is_taken_up_and_refused_at_a_reload() {
    let broker = Broker::shared();
    let tried = Tried::new(broker, "shadow-reload");
    let mut daemon = Daemon::spawn(&tried.settings);
    daemon.wait_ready();
    let versions = |daemon: &Daemon| {
        ["parcelgate_policy_info", "parcelgate_shadow_policy_info"]
            .map(|name| version(daemon, name))
    };
    let [live, none] = versions(&daemon);
    assert!(live.is_some() && none.is_none());
    assert!(series(&daemon).is_empty());
    assert!(status(&daemon)["shadow"].is_null());

    daemon.rewrite(&tried.settings("shadow"));
    reload(&daemon, "success");
    wait_until("it is tried", LIMIT, || versions(&daemon)[1].is_some());
    let both = versions(&daemon);
    assert_eq!(both[0], live);
    assert!(!daemon.log().contains("restart_needed"), "{}", daemon.log());

    // A broken one: all stays, the one that is tried too.
    tried.write("hold_threshold = 0\n[points.seller]\nnone = 1\n");
    reload(&daemon, "failure");
    assert_eq!(versions(&daemon), both);
    wait_until("the page names it", LIMIT, || {
        status(&daemon)["shadow"]["version"].as_str() == both[1].as_deref()
    });
    let log = daemon.log();
    for problem in ["candidate.toml:1: hold_threshold", "candidate.toml:3: points.seller.none"] {
        assert!(log.contains(problem), "{problem}: {log}");
    }
    let mut written = Written::new();
    let parcels = flow(broker, &tried.line, &mut written, 13);
    check(broker, &tried.line, &written);
    let expected = u64::try_from(parcels.len()).unwrap();
    wait_until("parcels are compared", LIMIT, || {
        let counts = series(&daemon);
        let decisions = counts.iter().filter(|(name, _)| name.contains("decisions"));
        decisions.map(|(_, count)| count).sum::<u64>() == expected
    });

    // At a start it is a matter of configuration.
    let mut refused = Daemon::spawn(&tried.settings("shadow"));
    assert_eq!(refused.wait(LIMIT).0, 78);

    tried.write("hold_threshold = 30\n");
    reload(&daemon, "success");
    wait_until("another is tried", LIMIT, || versions(&daemon)[1] != both[1]);
    assert_eq!(versions(&daemon)[0], live);
    daemon.terminate();
    assert_eq!(daemon.wait(LIMIT).0, 0);
}
