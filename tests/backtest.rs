//! A candidate policy beside the one in force, on recorded declarations.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::explain::{check_page, indented, markup};
use crate::golden::ndjson;
use crate::harness::broker::Broker;
use crate::harness::browser::Browser;
use crate::harness::daemon::PROGRAM;
use crate::harness::load::Load;
use crate::harness::oracle::Line;
use crate::harness::wait_until;

/// One weight is another than in the policy that is built in: the brand field counts 40 less.
const CANDIDATE: &str = "[points.recorded_mark]\nbrand = 45\n";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/quality").join(name)
}

/// A candidate, and outcomes of some of the fixture's parcels.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("candidate.toml"), CANDIDATE).unwrap();
        let kinds = ["SEIZED", "SEIZED", "CLEARED", "RETURNED"];
        let declarations = fs::read_to_string(fixture("declarations.ndjson")).unwrap();
        let outcomes = ndjson(&declarations)
            .into_iter()
            .enumerate()
            .filter(|(number, _)| number % 3 == 0)
            .map(|(number, declaration)| {
                let outcome = json!({
                    "declarationId": declaration["declarationId"],
                    "kind": format!("OUTCOME_KIND_{}", kinds[number / 3 % 4]),
                    // After every declaration, so that no screening knows of it.
                    "concludedAt": "2027-01-01T00:00:00Z",
                });
                outcome.to_string()
            })
            .collect::<Vec<_>>();
        fs::write(folder.path().join("outcomes.ndjson"), outcomes.join("\n")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn command(&self, verb: &str, arguments: &[&str]) -> Output {
        Command::new(PROGRAM)
            .args([verb, "--register", fixture("recordals.ndjson").to_str().unwrap()])
            .args(["--outcomes", &self.path("outcomes.ndjson")])
            .args(arguments)
            .output()
            .unwrap()
    }

    fn backtest(&self, arguments: &[&str]) -> String {
        let candidate = self.path("candidate.toml");
        let file = fixture("declarations.ndjson").to_str().unwrap().to_owned();
        let all = [&["--candidate", &candidate][..], arguments, &[&file]].concat();
        let output = self.command("backtest", &all);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What `screen` decides on each parcel of the fixture under a policy.
    fn screened(&self, policy: &[&str]) -> Vec<Value> {
        let file = fixture("declarations.ndjson");
        let output = self.command("screen", &[policy, &[file.to_str().unwrap()]].concat());
        ndjson(std::str::from_utf8(&output.stdout).unwrap())
    }
}

fn is_held(decision: &Value) -> bool {
    decision["verdict"] == "VERDICT_HOLD"
}

#[test]
fn the_differences_are_those_of_screening_twice() {
    let desk = Desk::new();
    let candidate = desk.path("candidate.toml");
    let before = desk.screened(&[]);
    let after = desk.screened(&["--policy", &candidate]);
    let pairs = before.iter().zip(&after).collect::<Vec<_>>();
    let count = |of: &dyn Fn(&Value, &Value) -> bool| {
        pairs.iter().filter(|(before, after)| of(before, after)).count() as u64
    };
    let report: Value = serde_json::from_str(&desk.backtest(&["--format", "json"])).unwrap();
    let held = &report["tables"]["total"][0];
    assert_eq!(held["before"], count(&|before, _| is_held(before)));
    assert_eq!(held["after"], count(&|_, after| is_held(after)));
    assert_eq!(held["newly_held"], count(&|before, after| !is_held(before) && is_held(after)));
    let newly_released = count(&|before, after| is_held(before) && !is_held(after));
    assert_eq!(held["newly_released"], newly_released);
    assert!(newly_released > 10, "the weight matters: {newly_released}");

    // By hub, counted by hand.
    let mut hubs = BTreeMap::<&str, (u64, u64)>::new();
    for (before, after) in &pairs {
        let hub = hubs.entry(&before["customsDistrict"].as_str().unwrap()[..2]).or_default();
        hub.0 += u64::from(is_held(before));
        hub.1 += u64::from(is_held(after));
    }
    hubs.retain(|_, counts| *counts != (0, 0));
    let told = report["tables"]["hub"].as_array().unwrap().iter().map(|row| {
        let count = |key: &str| row[key].as_u64().unwrap();
        (row["key"].as_str().unwrap(), (count("before"), count("after")))
    });
    assert_eq!(told.collect::<BTreeMap<_, _>>(), hubs);

    // By outcome.
    let outcomes = fs::read_to_string(desk.path("outcomes.ndjson")).unwrap();
    let outcomes = ndjson(&outcomes);
    let seized = outcomes.iter().filter(|it| it["kind"] == "OUTCOME_KIND_SEIZED");
    let seized = seized.map(|it| it["declarationId"].as_str().unwrap()).collect::<Vec<_>>();
    let is_seized =
        |decision: &Value| seized.contains(&decision["declarationId"].as_str().unwrap());
    let row = |key: &str| {
        let rows = report["tables"]["outcomes"].as_array().unwrap();
        rows.iter().find(|row| row["key"] == key).unwrap().clone()
    };
    let lost = count(&|before, after| is_seized(before) && is_held(before) && !is_held(after));
    assert_eq!(row("lost")["after"], lost);
    assert_eq!(row("lost_share")["after"]["whole"], seized.len() as u64);
    let of_seized = |held: &dyn Fn(&Value, &Value) -> bool| {
        count(&|before, after| is_seized(before) && held(before, after))
    };
    assert_eq!(row("recall")["before"]["part"], of_seized(&|before, _| is_held(before)));
    assert_eq!(row("recall")["after"]["part"], of_seized(&|_, after| is_held(after)));
    let inspected = outcomes.iter().map(|it| it["declarationId"].as_str().unwrap());
    let inspected = inspected.collect::<Vec<_>>();
    let held_and_inspected = count(&|before, _| {
        is_held(before) && inspected.contains(&before["declarationId"].as_str().unwrap())
    });
    assert_eq!(row("precision")["before"]["whole"], held_and_inspected);
}

#[test]
fn the_same_policy_changes_nothing() {
    let desk = Desk::new();
    fs::write(desk.path("candidate.toml"), "# nothing\n").unwrap();
    let report: Value = serde_json::from_str(&desk.backtest(&["--format", "json"])).unwrap();
    let held = &report["tables"]["total"][0];
    assert_eq!((&held["newly_held"], &held["newly_released"]), (&json!(0), &json!(0)));
    assert!(held["before"].as_u64().unwrap() > 100);
    assert_eq!(report["tables"]["newly_held"], json!([]));
}

#[test]
fn an_officer_reads_it_in_either_language() {
    let desk = Desk::new();
    for language in ["en", "zh"] {
        let text = desk.backtest(&["--language", language, "--officer-hours", "16"]);
        insta::assert_snapshot!(format!("backtest_{language}"), text);
        let as_format = |format| desk.backtest(&["--language", language, "--format", format]);
        insta::assert_snapshot!(format!("backtest_csv_{language}"), as_format("csv"));
        insta::assert_snapshot!(format!("backtest_json_{language}"), indented(&as_format("json")));
        insta::assert_snapshot!(format!("backtest_html_{language}"), markup(&as_format("html")));
    }
}

#[test]
fn the_page_has_charts_and_loads_nothing() {
    let desk = Desk::new();
    let page = desk.path("page.html");
    for (language, title) in [("en", "By hub"), ("zh", "按关区")] {
        fs::write(&page, desk.backtest(&["--language", language, "--format", "html"])).unwrap();
        for size in [(1200, 1600), (500, 900)] {
            let browser = Browser::open(size, language);
            browser.visit(&format!("file://{page}"));
            check_page(&browser);
            assert!(browser.text("body").contains(title));
            let bars = "return [...document.querySelectorAll('rect')].filter((it) => it.getBBox().width > 1).length";
            assert!(browser.evaluate(bars).as_u64().unwrap() > 20);
        }
    }
}

#[test]
fn bad_input_is_told_and_the_rest_is_compared() {
    let desk = Desk::new();
    let declarations = fs::read_to_string(fixture("declarations.ndjson")).unwrap();
    let mut lines = declarations.lines().take(50).map(str::to_owned).collect::<Vec<_>>();
    // Out of order, broken, truncated, without lines, and not the last.
    lines.reverse();
    lines[10] = "{\"declarationId\": \"D\", \"itemId\": \"I\", \"lines\": []}".to_owned();
    lines[20].truncate(100);
    lines[30] = "nonsense".to_owned();
    let file = desk.path("declarations.ndjson");
    fs::write(&file, lines.join("\n")).unwrap();
    let candidate = desk.path("candidate.toml");
    let output = desk.command("backtest", &["--candidate", &candidate, "--format", "json", &file]);
    assert_eq!(output.status.code(), Some(65));
    let stderr = String::from_utf8_lossy(&output.stderr);
    for said in [
        "line 11: rejected, no_lines",
        "line 21: rejected",
        "line 31: rejected",
        "declarations: 3 rejected",
    ] {
        assert!(stderr.contains(said), "{said}: {stderr}");
    }
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    // The one without lines says whose it is: both hold it unread. So may the truncated one.
    let whole = report["tables"]["total"][1]["before"]["whole"].as_u64().unwrap();
    assert!((48..=49).contains(&whole), "{whole}");

    for (arguments, code, says) in [
        (&["--candidate", "missing.toml", file.as_str()][..], 78, "missing.toml"),
        (&["--candidate", candidate.as_str(), "missing.ndjson"], 74, "missing.ndjson"),
        (&[file.as_str()], 64, "--candidate"),
        (
            &["--candidate", candidate.as_str(), "--officer-hours", "0", file.as_str()],
            64,
            "above 0",
        ),
    ] {
        let output = desk.command("backtest", arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {stderr}");
        assert!(stderr.contains(says), "{arguments:?} {stderr}");
    }
}

#[test]
fn parcels_of_the_topic_are_compared_as_those_of_a_file() {
    let broker = Broker::shared();
    let line = Line::create(broker, "backtest", 3);
    let mut load = Load::new(broker, &line.declarations, 3, 6);
    load.declarations(300);
    load.flush();
    let middle = jiff::Timestamp::now();
    wait_until("the clock goes on", Duration::from_secs(5), || {
        jiff::Timestamp::now().as_millisecond() > middle.as_millisecond() + 1
    });
    load.declarations(200);
    load.flush();
    let desk = Desk::new();
    let config = desk.path("c.toml");
    fs::write(&config, line.settings(broker, "0")).unwrap();
    let candidate = desk.path("candidate.toml");
    let count = |span: &[&str]| {
        let arguments = ["--candidate", &candidate, "--config", &config, "--format", "json"];
        let output = desk.command("backtest", &[&arguments[..], span].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["tables"]["total"][1]["before"]["whole"].as_u64().unwrap()
    };
    let middle = middle.to_string();
    assert_eq!(count(&[]), 500);
    assert_eq!(count(&["--to", &middle]), 300);
    assert_eq!(count(&["--from", &middle]), 200);
    assert_eq!(count(&["--from", "2100-01-01T00:00:00Z"]), 0);
    assert_eq!(count(&["--from", &middle, "--to", &middle]), 0);
}
