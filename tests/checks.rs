//! One parcel for each check: reviewed decisions, and what must hold for any of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use fastrand::Rng;
use parcelgate::config::load_policy;
use parcelgate::domain::{CheckCode, Decision, Declaration, Verdict};
use parcelgate::feeds::{Assembly, BadLines, FeedSource, Foundation, Sources};
use parcelgate::history::History;
use parcelgate::screening::{
    Candidate, Conditional, Language, PartyKey, Policy, RandomSample, Reference, UnitValues,
    screen, screen_both,
};
use parcelgate::wire::{Limits, decode_declaration};
use serde_json::Value;

use crate::golden::{ndjson, summary};
use crate::harness::daemon::PROGRAM;

const LIMITS: Limits = Limits { record_bytes_max: 1 << 20, text_bytes_max: 8 << 10 };
const FEEDS: [&str; 4] = ["recordals", "signals", "alerts", "outcomes"];
const SEEDS: u64 = 40;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checks").join(name)
}

fn screened(language: &str) -> Vec<Value> {
    let file = |name: &str| fixture(&format!("{name}.ndjson"));
    let output = Command::new(PROGRAM)
        .args(["screen", "--language", language, "--policy"])
        .arg(fixture("policy.toml"))
        .arg("--register")
        .arg(file("recordals"))
        .arg("--signals")
        .arg(file("signals"))
        .arg("--alerts")
        .arg(file("alerts"))
        .arg("--outcomes")
        .arg(file("outcomes"))
        .arg(file("declarations"))
        .output()
        .unwrap();
    // One of them is unreadable on purpose.
    assert_eq!(output.status.code(), Some(65), "{}", String::from_utf8_lossy(&output.stderr));
    ndjson(&String::from_utf8(output.stdout).unwrap())
}

#[test]
fn every_check_decides_as_reviewed_and_says_why_in_both_languages() {
    let (english, chinese) = (screened("en"), screened("zh"));
    let mut text = String::new();
    let mut seen = BTreeSet::new();
    for (english, chinese) in english.iter().zip(&chinese) {
        let mut lines = summary(english);
        for (finding, translated) in findings(english).zip(findings(chinese)) {
            seen.insert(finding["check"].as_str().unwrap().to_owned());
            for note in [&finding["note"], &translated["note"]] {
                let _ = write!(lines, "\n        {}", note.as_str().unwrap());
            }
        }
        let sampled = if english["sampled"] == true { "\n    sampled" } else { "" };
        let _ = writeln!(text, "{lines}{sampled}");
    }
    let all = CheckCode::ALL.map(|check| check.code().to_owned());
    assert_eq!(seen, BTreeSet::from(all));
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("a_parcel_for_each_check", text);
    });
}

fn findings(decision: &Value) -> impl Iterator<Item = &Value> {
    decision["findings"].as_array().into_iter().flatten()
}

/// The fixture's feeds, with lines more and in any order.
struct Feeds([Vec<String>; 4]);

impl Feeds {
    fn read() -> Self {
        Self(FEEDS.map(|feed| {
            let text = fs::read_to_string(fixture(&format!("{feed}.ndjson"))).unwrap();
            text.lines().map(str::to_owned).collect()
        }))
    }

    fn reference(&self) -> Reference {
        let folder = tempfile::tempdir().unwrap();
        let mut files = FEEDS.iter().zip(&self.0).map(|(name, lines)| {
            let path = folder.path().join(name);
            fs::write(&path, lines.join("\n")).unwrap();
            FeedSource::File(path)
        });
        let mut next = || files.next().unwrap();
        let sources =
            Sources { register: next(), signals: next(), alerts: next(), outcomes: next() };
        let foundation = Foundation {
            policy: load_policy(Some(&fixture("policy.toml")), "").unwrap().into(),
            shadow: None,
            language: Language::English,
            party_key: PartyKey::random(),
        };
        let mut bad_lines = BadLines::default();
        let reference = Assembly::open(sources, foundation, &mut bad_lines).unwrap().reference();
        assert_eq!(bad_lines, BadLines::default());
        reference
    }
}

/// The fixture's declarations that can be read.
fn declarations() -> Vec<Declaration> {
    let text = fs::read_to_string(fixture("declarations.ndjson")).unwrap();
    let decoded = text.lines().filter_map(|line| {
        decode_declaration(line.as_bytes(), None, &LIMITS).ok().map(|it| it.declaration)
    });
    decoded.collect()
}

fn decide(reference: &Reference) -> Vec<Decision> {
    let decide = |parcel: Declaration| {
        let as_of = parcel.declared_at.unwrap();
        screen(&parcel, reference, &History { as_of })
    };
    declarations().into_iter().map(decide).collect()
}

#[test]
fn the_score_is_the_sum_of_the_points_and_decides() {
    for decision in decide(&Feeds::read().reference()) {
        let sum = decision.findings.iter().map(|finding| finding.points).sum::<i32>();
        assert_eq!(decision.score, sum, "{}", decision.declaration_id);
        let held = sum >= decision.hold_threshold || decision.sampled;
        assert_eq!(
            matches!(decision.verdict, Verdict::Hold(_)),
            held,
            "{}",
            decision.declaration_id
        );
    }
}

/// What a candidate may change, one part of the policy each.
const CHANGES: [fn(&mut Policy); 13] = [
    |policy| policy.hold_threshold -= 15,
    |policy| policy.points.recorded_mark.description -= 25,
    |policy| policy.points.technique.iter_mut().for_each(|points| *points += 7),
    |policy| policy.points.seller.penalised += 3,
    |policy| policy.points.complaints.low_from = 1,
    |policy| policy.points.party_history.half_life_days *= 2,
    |policy| policy.points.pattern.undervalued_below_percent = 80,
    |policy| policy.points.customs_alert_most -= 20,
    |policy| policy.points.data_quality.most = 2,
    |policy| policy.random_sample = RandomSample::new(5_000, "another"),
    |policy| policy.rules = Conditional::default(),
    |policy| policy.campaigns = Conditional::default(),
    |policy| policy.unit_values = UnitValues::default(),
];

#[test]
fn whatever_a_candidate_changes_it_decides_as_it_would_alone() {
    let in_force = Feeds::read().reference();
    let changed = |changes: &[fn(&mut Policy)]| {
        let mut reference = in_force.clone();
        for change in changes {
            change(Arc::make_mut(&mut reference.policy));
        }
        reference
    };
    let mut tried = CHANGES.map(|change| changed(&[change])).to_vec();
    tried.extend(CHANGES.windows(2).map(changed));
    tried.extend([changed(&[]), changed(&CHANGES)]);
    let alone = decide(&in_force);
    let mut differing = 0;
    for reference in tried {
        let expected = decide(&reference);
        differing += usize::from(expected != alone);
        let candidate = Candidate::beside(&in_force, reference);
        for ((parcel, alone), expected) in declarations().iter().zip(&alone).zip(expected) {
            let history = History { as_of: parcel.declared_at.unwrap() };
            let both = screen_both(parcel, &in_force, &candidate, &history);
            assert_eq!(both, (alone.clone(), expected));
        }
    }
    // Nearly every change shows in some parcel, or this would prove little.
    assert!(differing > 22, "{differing}");
}

#[test]
fn the_order_of_feeds_never_matters() {
    let expected = decide(&Feeds::read().reference());
    for seed in 0..SEEDS {
        let mut rng = Rng::with_seed(seed);
        let mut feeds = Feeds::read();
        feeds.0.iter_mut().for_each(|lines| rng.shuffle(lines));
        assert_eq!(decide(&feeds.reference()), expected, "seed {seed}");
    }
}

/// Marks that no text has, sellers, parties and routes that no parcel has, or times that are over.
#[test]
fn what_concerns_nobody_changes_no_decision() {
    let expected = decide(&Feeds::read().reference());
    for seed in 0..SEEDS {
        let mut rng = Rng::with_seed(seed);
        let mut feeds = Feeds::read();
        for (lines, neutral) in feeds.0.iter_mut().zip([
            neutral_recordal,
            neutral_signal,
            neutral_alert,
            neutral_outcome,
        ]) {
            for number in 0..rng.usize(1..30) {
                lines.insert(rng.usize(..=lines.len()), neutral(&mut rng, number));
            }
        }
        let mut decisions = decide(&feeds.reference());
        for (decision, expected) in decisions.iter_mut().zip(&expected) {
            assert_ne!(decision.versions, expected.versions, "they were told");
            decision.versions = Arc::clone(&expected.versions);
        }
        assert_eq!(decisions, expected, "seed {seed}");
    }
}

fn neutral_recordal(rng: &mut Rng, number: usize) -> String {
    let status = if rng.bool() { "LIVE" } else { "REVOKED" };
    let name =
        if status == "LIVE" { format!("Xylophandra{number}") } else { "Own make".to_owned() };
    format!(
        "{{\"recordalNo\":\"T1-{number}\",\"rightKind\":\"RIGHT_KIND_TRADEMARK\",\"rightName\":\"{name}\",\
         \"status\":\"RECORDAL_STATUS_{status}\"}}"
    )
}

fn neutral_signal(rng: &mut Rng, number: usize) -> String {
    let kinds = ["SELLER_PENALISED", "COUNTERFEITER_VERIFIED", "COMPLAINTS", "LISTING_REMOVED"];
    let kind = kinds[rng.usize(..kinds.len())];
    // Of a seller whom nobody asks for, or over.
    let (seller, expires) =
        if rng.bool() { ("nobody", "2030-01-01") } else { ("S-plain", "2026-02-01") };
    format!(
        "{{\"platform\":\"Harbour Mall\",\"sellerId\":\"{seller}\",\"kind\":\"SIGNAL_KIND_{kind}\",\
         \"listingId\":\"L-{number}\",\"complaintsPerThousand\":90,\"expiresAt\":\"{expires}T00:00:00Z\"}}"
    )
}

fn neutral_alert(rng: &mut Rng, number: usize) -> String {
    let condition = [
        "\"partyId\":\"nobody\"",
        "\"destinationCountries\":[\"IS\"]",
        "\"mark\":\"Xylophandra\"",
        "\"destinationCountries\":[\"FR\"],\"validUntil\":\"2026-01-31\"",
    ];
    let condition = condition[rng.usize(..condition.len())];
    format!("{{\"alertId\":\"N-{number}\",\"source\":\"EU\",{condition},\"points\":60}}")
}

fn neutral_outcome(rng: &mut Rng, number: usize) -> String {
    let kind = if rng.bool() { "SEIZED" } else { "CLEARED" };
    format!(
        "{{\"declarationId\":\"N-{number}\",\"kind\":\"OUTCOME_KIND_{kind}\",\
         \"concludedAt\":\"2026-03-01T00:00:00Z\",\"consignor\":{{\"partyId\":\"nobody-{number}\"}}}}"
    )
}
