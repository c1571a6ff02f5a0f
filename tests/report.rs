//! What was screened, held, inspected and seized in a period.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use jiff::{SignedDuration, Timestamp};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::explain::{check_page, indented, markup};
use crate::harness::broker::Broker;
use crate::harness::browser::Browser;
use crate::harness::daemon::PROGRAM;
use crate::harness::oracle::Line;
use crate::harness::unique;

const FROM: &str = "2026-01-01";
const TO: &str = "2026-07-01";

/// Parcels over a year and a half, so that all three periods have some.
const PARCELS: u32 = 3_000;

/// Two years of parcels in files: made by rule, so that everything occurs with everything.
struct Office(TempDir);

/// The files, and the topics of their kind.
const FILES: [&str; 4] = ["declarations", "decisions", "outcomes", "recordals"];

impl Office {
    fn new() -> Self {
        let office = Self(tempfile::tempdir().unwrap());
        let mut lines = BTreeMap::<&str, Vec<String>>::new();
        let mut add =
            |file, message: Value| lines.entry(file).or_default().push(message.to_string());
        for number in 0..6_u32 {
            add(
                "recordals",
                json!({
                    "recordalNo": format!("T2020-{number}"), "rightKind": "RIGHT_KIND_TRADEMARK",
                    "rightName": format!("Mark{number}"), "status": "RECORDAL_STATUS_LIVE",
                    "holder": {"name": format!("Holder {}", number % 4), "country": if number % 2 == 0 { "CN" } else { "US" }},
                    "keyEnterprise": number == 3,
                    "validFrom": if number == 5 { "2026-02-01" } else { "2020-01-01" },
                    "validUntil": if number == 4 { "2026-03-31" } else { "2030-01-01" },
                }),
            );
        }
        let mut random = fastrand::Rng::with_seed(4);
        for number in 0..PARCELS {
            for (file, message) in parcel(number, &mut random) {
                add(file, message);
            }
        }
        for (file, lines) in &lines {
            fs::write(office.path(file), lines.join("\n")).unwrap();
        }
        office
    }

    fn path(&self, file: &str) -> String {
        self.0.path().join(format!("{file}.ndjson")).to_str().unwrap().to_owned()
    }

    fn report(&self, arguments: &[&str]) -> Output {
        Command::new(PROGRAM)
            .args(["report", "--from", FROM, "--to", TO, "--register", &self.path("recordals")])
            .args(arguments)
            .output()
            .unwrap()
    }

    fn of_files(&self, arguments: &[&str]) -> String {
        let mut all = arguments.to_vec();
        let files = FILES.map(|file| (format!("--{file}"), self.path(file)));
        for (option, path) in files.iter().take(3) {
            all.extend([option.as_str(), path]);
        }
        let output = self.report(&all);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A declaration, the decision on it, and for some an outcome.
fn parcel(number: u32, random: &mut fastrand::Rng) -> Vec<(&'static str, Value)> {
    let begin: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
    let declared_at = begin + SignedDuration::from_secs(i64::from(number) * 18 * 900);
    let decided_at = declared_at + SignedDuration::from_millis(random.i64(1..5_000));
    let id = format!("D{number}");
    let district = random.choice(["2200", "5300", "0101"]).unwrap();
    let channel = random.choice(["CHANNEL_POST", "CHANNEL_EXPRESS"]).unwrap();
    let country = random.choice(["FR", "KE", "US"]).unwrap();
    let is_held = random.u32(..5) == 0;
    let has_campaign = is_held && random.bool();
    let mut declaration = json!({
        "declarationId": id, "itemId": format!("I{number}"), "channel": channel,
        "direction": "DIRECTION_EXPORT", "customsDistrict": district, "declaredAt": declared_at.to_string(),
        "originCountry": "CN", "destinationCountry": country,
        "lines": [{"lineNo": 1, "hsCode": random.choice(["6404110000", "4202920000"]).unwrap()},
                  {"lineNo": 2, "hsCode": random.choice(["6404110000", "4202920000"]).unwrap()}],
    });
    let mut decision = json!({
        "decisionId": format!("file/0/{number}"), "declarationId": id, "itemId": format!("I{number}"),
        "customsDistrict": district, "channel": channel, "direction": "DIRECTION_EXPORT",
        "verdict": if is_held { "VERDICT_HOLD" } else { "VERDICT_RELEASE" },
        "holdRoute": if is_held { "HOLD_ROUTE_INSPECTION" } else { "HOLD_ROUTE_UNSPECIFIED" },
        "source": {"topic": "file", "partition": 0, "offset": number.to_string()},
        "decidedAt": decided_at.to_string(),
    });
    if has_campaign {
        let campaign = random.choice(["longteng", "green"]).unwrap();
        decision["findings"] = json!([{"check": "campaign", "points": 10, "ruleId": campaign}]);
    }
    let is_inspected = is_held && random.u32(..4) > 0 || random.u32(..50) == 0;
    let platform = (random.bool()).then_some("Shopee");
    let mut outcome = json!({
        "declarationId": id, "itemId": format!("I{number}"),
        "kind": random.choice(["OUTCOME_KIND_SEIZED", "OUTCOME_KIND_SEIZED", "OUTCOME_KIND_CLEARED"]).unwrap(),
        "recordalNo": format!("T2020-{}", random.u32(..7)), "pieces": random.u32(1..40),
        "value": {"currency": random.choice(["CNY", "USD", "EUR", "XAU"]).unwrap(),
                  "amount": format!("{}.{:02}", random.u32(1..900), random.u32(..100))},
        // Weeks later, so that it may fall into the next period.
        "concludedAt": (decided_at + SignedDuration::from_hours(random.i64(1..1_000))).to_string(),
        "customsDistrict": district, "channel": channel, "direction": "DIRECTION_EXPORT",
        "consignee": {"country": country},
    });
    if let Some(platform) = platform {
        declaration["platformOrder"] = json!({"platform": platform});
        outcome["platform"] = json!(platform);
    }
    let mut messages = vec![("declarations", declaration), ("decisions", decision)];
    if is_inspected {
        messages.push(("outcomes", outcome));
    }
    messages
}

/// What Python counts.
fn counted(office: &Office) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report/figures.py");
    let output = Command::new("python3").arg(script).arg(office.0.path()).args([FROM, TO]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The rows of a table by their keys, without what Python does not count.
fn rows(report: &Value, table: &str) -> BTreeMap<String, Value> {
    let rows = report["tables"][table].as_array().unwrap_or_else(|| panic!("no {table}"));
    rows.iter()
        .map(|row| {
            let figures =
                ["screened", "held", "inspected", "seized", "pieces", "value"].map(|key| {
                    let value = &row[key];
                    // Where decisions say nothing of it.
                    (key.to_owned(), if value.is_null() { json!(0) } else { value.clone() })
                });
            (row["key"].as_str().unwrap().to_owned(), Value::Object(figures.into_iter().collect()))
        })
        .collect()
}

fn check_against(report: &Value, counted: &Value, tables: &[&str]) {
    for period in ["now", "before", "year_before"] {
        for row in report["tables"]["total"].as_array().unwrap() {
            let key = row["key"].as_str().unwrap();
            if key != "hit_rate" {
                assert_eq!(row[period], money(&counted[period][key]), "{period} {key}");
            }
        }
        assert!(counted[period]["seized"].as_u64().unwrap() > 50, "{counted}");
    }
    for table in tables {
        let expected = counted[table].as_object().unwrap();
        let expected = expected.iter().map(|(key, figures)| {
            let mut figures = figures.clone();
            figures["value"] = money(&figures["value"]);
            (key.clone(), figures)
        });
        assert_eq!(rows(report, table), expected.collect(), "{table}");
    }
}

/// As the report writes it: no digit more than needed by its amounts.
fn money(value: &Value) -> Value {
    match value.as_str() {
        Some("0.00" | "0") => json!("0"),
        _ => value.clone(),
    }
}

const ALWAYS: [&str; 5] = ["channel", "holder_kind", "campaign", "region", "goods"];

#[test]
fn half_a_year_is_counted_as_python_counts_it() {
    let office = Office::new();
    let counted = counted(&office);
    for (by, table) in [
        ("hub", "hub"),
        ("month", "month"),
        ("holder", "holder"),
        ("platform", "platform"),
        ("route", "region"),
    ] {
        let report = office.of_files(&["--by", by, "--format", "json"]);
        let report: Value = serde_json::from_str(&report).unwrap();
        check_against(&report, &counted, &[&ALWAYS[..], &[table]].concat());
        let recordals = &report["tables"]["recordals"];
        let all = (&recordals[0]["live"], &recordals[0]["new"], &recordals[0]["expired"]);
        assert_eq!(all, (&json!(5), &json!(1), &json!(1)));
    }
}

#[test]
fn topics_are_counted_as_files_are() {
    let office = Office::new();
    let broker = Broker::shared();
    let line = Line::create(broker, "report", 1);
    let outcomes = unique("report-outcomes");
    broker.create_topic(&outcomes, 2);
    let producer: ThreadedProducer<DefaultProducerContext> = broker.client().create().unwrap();
    for (file, topic, time) in [
        ("declarations", &line.declarations, "declaredAt"),
        ("decisions", &line.decisions, "decidedAt"),
        ("outcomes", &outcomes, "concludedAt"),
    ] {
        for text in fs::read_to_string(office.path(file)).unwrap().lines() {
            // As the daemon names the places of its topic.
            let text = text.replace("\"file\"", &format!("\"{}\"", line.declarations));
            let message: Value = serde_json::from_str(&text).unwrap();
            let moment: Timestamp = message[time].as_str().unwrap().parse().unwrap();
            let key = message["itemId"].as_str().unwrap().to_owned();
            let record = BaseRecord::to(topic).key(&key).payload(&text);
            producer.send(record.timestamp(moment.as_millisecond())).unwrap();
        }
    }
    producer.flush(std::time::Duration::from_secs(30)).unwrap();
    let config = office.0.path().join("c.toml");
    let more = format!("[topics]\noutcomes = {outcomes:?}\n");
    fs::write(&config, line.settings_with(broker, "0", &more)).unwrap();
    let report = |arguments: &[&str]| {
        let output = office.report(&[arguments, &["--format", "json"]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let of_topics = report(&["--config", config.to_str().unwrap()]);
    assert_eq!(of_topics, office.of_files(&["--format", "json"]));
}

#[test]
fn a_press_notice_can_be_written_from_it_in_either_language() {
    let office = Office::new();
    for language in ["en", "zh"] {
        let text = office.of_files(&["--lang", language, "--by", "month"]);
        insta::assert_snapshot!(format!("report_{language}"), text);
        let as_format = |format| office.of_files(&["--lang", language, "--format", format]);
        insta::assert_snapshot!(format!("report_csv_{language}"), as_format("csv"));
        insta::assert_snapshot!(format!("report_json_{language}"), indented(&as_format("json")));
        insta::assert_snapshot!(format!("report_html_{language}"), markup(&as_format("html")));
    }
    let page = office.path("page").replace(".ndjson", ".html");
    for (language, title) in [("en", "By campaign"), ("zh", "按专项行动")] {
        fs::write(&page, office.of_files(&["--lang", language, "--format", "html"])).unwrap();
        for size in [(1200, 1600), (500, 900)] {
            let browser = Browser::open(size, language);
            browser.visit(&format!("file://{page}"));
            check_page(&browser);
            assert!(browser.text("body").contains(title));
        }
    }
}

#[test]
fn bad_lines_are_told_and_the_rest_is_counted() {
    let office = Office::new();
    let decisions = fs::read_to_string(office.path("decisions")).unwrap();
    let mut lines = decisions.lines().map(str::to_owned).collect::<Vec<_>>();
    lines.reverse();
    lines[700] = "nonsense".to_owned();
    lines[900].truncate(60);
    let broken = office.path("broken");
    fs::write(&broken, lines.join("\n")).unwrap();
    let outcomes = office.path("outcomes");
    let output =
        office.report(&["--decisions", &broken, "--outcomes", &outcomes, "--format", "json"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(65), "{stderr}");
    for said in
        ["decisions: line 701: rejected", "decisions: line 901: rejected", "decisions: 2 rejected"]
    {
        assert!(stderr.contains(said), "{said}: {stderr}");
    }
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let whole: Value = serde_json::from_str(&office.of_files(&["--format", "json"])).unwrap();
    let screened = |report: &Value| report["tables"]["total"][0]["now"].as_u64().unwrap();
    assert_eq!(screened(&report) + 2, screened(&whole));

    for (arguments, code, says) in [
        (&["--to", "2025-01-01"][..], 64, "after --from"),
        (&["--by", "colour"], 64, "possible values"),
        (&["--decisions", "missing.ndjson"], 74, "missing.ndjson"),
        (&["--policy", "missing.toml"], 78, "missing.toml"),
    ] {
        let mut command = Command::new(PROGRAM);
        command.args(["report", "--from", FROM]).args(arguments);
        if arguments[0] != "--to" {
            command.args(["--to", TO]);
        }
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {stderr}");
        assert!(stderr.contains(says), "{arguments:?} {stderr}");
    }
}
