//! Reference data that changes while parcels flow, on a real Kafka.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rdkafka::producer::{
    BaseProducer, BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer,
};
use serde_json::{Value, json};

use crate::harness::broker::Broker;
use crate::harness::console::read_all;
use crate::harness::daemon::{Daemon, PROGRAM};
use crate::harness::oracle::Line;
use crate::harness::{unique, wait_until};

const LIMIT: Duration = Duration::from_mins(1);
const FEEDS: [&str; 4] = ["register", "signals", "alerts", "outcomes"];

/// The topics of reference data, and what they say.
struct Recorded {
    producer: ThreadedProducer<DefaultProducerContext>,
    /// By feed: the topic, and the messages by key.
    feeds: BTreeMap<&'static str, (String, BTreeMap<String, Value>)>,
}

impl Recorded {
    fn create(broker: &Broker, create_topic: fn(&Broker, &str, i32)) -> Self {
        let feeds = FEEDS.map(|feed| {
            let topic = unique(feed);
            create_topic(broker, &topic, 3);
            (feed, (topic, BTreeMap::new()))
        });
        let producer = broker.client().set("linger.ms", "1").create().unwrap();
        Self { producer, feeds: feeds.into() }
    }

    /// What a daemon has to be told.
    fn settings(&self) -> String {
        let topic = |feed: &str| &self.feeds[feed].0;
        format!(
            "[topics]\nrecordals = {:?}\nplatform_signals = {:?}\ncustoms_alerts = {:?}\noutcomes = {:?}\n\
             [reference]\nregister = \"topic\"\nsignals = \"topic\"\nalerts = \"topic\"\noutcomes = \"topic\"\n",
            topic("register"),
            topic("signals"),
            topic("alerts"),
            topic("outcomes"),
        )
    }

    fn put(&mut self, feed: &'static str, key: &str, message: Value) {
        self.write(feed, Some(key), Some(&message.to_string()));
        self.feeds.get_mut(feed).unwrap().1.insert(key.to_owned(), message);
    }

    fn remove(&mut self, feed: &'static str, key: &str) {
        self.write(feed, Some(key), None);
        self.feeds.get_mut(feed).unwrap().1.remove(key).unwrap();
    }

    /// Writes whatever it is, without noting it.
    fn write(&self, feed: &str, key: Option<&str>, payload: Option<&str>) {
        let mut record = BaseRecord::<str, str>::to(&self.feeds[feed].0);
        record.key = key;
        record.payload = payload;
        self.producer.send(record).map_err(|(error, _)| error).unwrap();
        self.producer.flush(LIMIT).unwrap();
    }

    /// What is recorded now, as files.
    fn save(&self, folder: &Path) -> Files {
        let number = fs::read_dir(folder).unwrap().count();
        let files = FEEDS.map(|feed| {
            let path = folder.join(format!("{number}-{feed}.ndjson"));
            let lines = self.feeds[feed].1.values().map(|message| format!("{message}\n"));
            fs::write(&path, lines.collect::<String>()).unwrap();
            [format!("--{feed}"), path.to_str().unwrap().to_owned()]
        });
        Files(files.concat())
    }
}

/// Options of `screen` that name files of reference data.
struct Files(Vec<String>);

impl Files {
    /// Decisions without what depends on where and when they were made, by the declaration's id.
    fn screen(&self, declarations: &Path) -> BTreeMap<String, Value> {
        let output = Command::new(PROGRAM)
            .arg("screen")
            .args(&self.0)
            .arg(declarations)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| comparable(serde_json::from_str(line).unwrap())).collect()
    }
}

fn comparable(mut decision: Value) -> (String, Value) {
    let fields = decision.as_object_mut().unwrap();
    for field in ["decidedAt", "decisionId", "source"] {
        fields.remove(field).unwrap();
    }
    (decision["declarationId"].as_str().unwrap().to_owned(), decision)
}

fn versions(decision: &Value) -> (String, String) {
    let version = |name: &str| decision["versions"][name].as_str().unwrap().to_owned();
    (version("register"), version("signals"))
}

fn in_force(daemon: &Daemon, (register, signals): &(String, String)) -> bool {
    let metrics = daemon.get("/metrics").map(|(_, text)| text).unwrap_or_default();
    let says = |name: &str, version: &str| {
        metrics.contains(&format!("parcelgate_{name}_info{{version=\"{version}\"}} 1"))
    };
    says("register", register) && says("signals", signals)
}

fn declaration(number: usize) -> Value {
    json!({
        "declarationId": format!("D{number}"),
        "itemId": format!("I{number}"),
        "channel": "CHANNEL_POST",
        "direction": "DIRECTION_EXPORT",
        "declaredAt": Timestamp::now().to_string(),
        "destinationCountry": if number.is_multiple_of(2) { "FR" } else { "KE" },
        "consignor": {"partyId": "C1"},
        "platformOrder": {"platform": "P", "sellerId": "S1", "listingId": "L1"},
        "lines": [{
            "description": if number.is_multiple_of(3) { "Quorvexa running shoes" } else { "shoes" },
            "hsCode": "6403990000",
            "quantity": 3,
        }],
    })
}

fn mark(name: &str) -> Value {
    json!({
        "recordalNo": "T2026-1",
        "rightKind": "RIGHT_KIND_TRADEMARK",
        "rightName": name,
        "niceClasses": [25],
        "status": "RECORDAL_STATUS_LIVE",
    })
}

fn signal(kind: &str) -> Value {
    json!({"platform": "P", "sellerId": "S1", "kind": kind})
}

fn alert(points: i32) -> Value {
    json!({
        "alertId": "A1",
        "source": "GAC",
        "destinationCountries": ["KE"],
        "hsCodes": ["6403"],
        "points": points,
    })
}

fn seizure(declaration_id: &str) -> Value {
    json!({
        "declarationId": declaration_id,
        "kind": "OUTCOME_KIND_SEIZED",
        "recordalNo": "T2026-9",
        "pieces": 4,
        "platform": "P",
        "sellerId": "S1",
        "concludedAt": (Timestamp::now() - jiff::SignedDuration::from_hours(1)).to_string(),
        "consignor": {"partyId": "C1"},
    })
}

/// Something is added, changed or removed, one thing at a time, so that each state has its versions.
const CHANGES: [fn(&mut Recorded); 10] = [
    |recorded| recorded.put("register", "T2026-1", mark("Quorvexa")),
    |recorded| recorded.put("signals", "s", signal("SIGNAL_KIND_SELLER_PENALISED")),
    |recorded| recorded.put("alerts", "A1", alert(20)),
    |recorded| recorded.put("outcomes", "earlier", seizure("earlier")),
    |recorded| recorded.put("register", "T2026-1", mark("Vandrellow")),
    |recorded| recorded.put("signals", "s", signal("SIGNAL_KIND_COUNTERFEITER_VERIFIED")),
    |recorded| recorded.put("alerts", "A1", alert(35)),
    |recorded| recorded.remove("register", "T2026-1"),
    |recorded| recorded.remove("signals", "s"),
    |recorded| recorded.remove("alerts", "A1"),
];

#[test]
fn each_decision_agrees_with_the_versions_it_names_while_feeds_change() {
    let broker = Broker::shared();
    let line = Line::create(broker, "feeds", 2);
    let folder = tempfile::tempdir().unwrap();
    let parcels = folder.path().join("declarations.ndjson");
    fs::write(&parcels, declaration(0).to_string()).unwrap();
    let states = tempfile::tempdir().unwrap();

    let mut recorded = Recorded::create(broker, Broker::create_compacted_topic);
    recorded.put("register", "T2026-0", json!({"recordalNo": "T2026-0", "rightName": "Aberlynth"}));
    let mut files = vec![recorded.save(states.path())];
    let mut daemon = Daemon::spawn(&line.settings_with(broker, "0", &recorded.settings()));
    daemon.wait_ready();

    let done = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let load = scope.spawn(|| flow(broker, &line.declarations, &done));
        for change in CHANGES {
            change(&mut recorded);
            let began = Instant::now();
            let state = recorded.save(states.path());
            let expected = state.screen(&parcels).values().map(versions).next().unwrap();
            wait_until("the change is in force", LIMIT, || in_force(&daemon, &expected));
            println!("in force after {:?}", began.elapsed());
            files.push(state);
            let before = line.committed(broker);
            wait_until("parcels flow on", LIMIT, || line.committed(broker) > before + 20);
        }
        done.store(true, Ordering::Relaxed);
        load.join().unwrap()
    });
    wait_until("everything is decided", LIMIT, || {
        line.committed(broker) == i64::try_from(written.len()).unwrap()
    });

    fs::write(&parcels, written.concat()).unwrap();
    let mut expected = BTreeMap::new();
    for state in &files {
        let decisions = state.screen(&parcels);
        expected.insert(decisions.values().map(versions).next().unwrap(), decisions);
    }
    let mut seen = BTreeMap::<(String, String), usize>::new();
    let decisions = read_all(broker, &line.decisions, written.len());
    assert_eq!(decisions.len(), written.len());
    for record in decisions {
        let (id, decision) = comparable(serde_json::from_str(&record.value).unwrap());
        let under = versions(&decision);
        assert_eq!(expected[&under][&id], decision, "declaration {id} under {under:?}");
        *seen.entry(under).or_default() += 1;
    }
    // The last state is that of the beginning but for the seizure, so every state is one of its own.
    assert_eq!(seen.len(), CHANGES.len() + 1, "{seen:?}");
}

/// Writes declarations until told to stop, and gives what it wrote, a line each.
fn flow(broker: &Broker, topic: &str, done: &AtomicBool) -> Vec<String> {
    let producer: ThreadedProducer<DefaultProducerContext> = broker.client().create().unwrap();
    let mut written = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let json = declaration(written.len()).to_string();
        let record = BaseRecord::to(topic).key(&json).payload(&json);
        producer.send(record).map_err(|(error, _)| error).unwrap();
        written.push(json + "\n");
        // The flow is to last as long as the changes, not to be as fast as it can.
        std::thread::sleep(Duration::from_millis(5));
    }
    producer.flush(LIMIT).unwrap();
    written
}

#[test]
fn bad_records_of_a_feed_are_counted_and_cost_nothing_else() {
    let broker = Broker::shared();
    let line = Line::create(broker, "bad-feed", 1);
    // Brokers keep records without keys out of compacted topics, not out of others.
    let mut recorded = Recorded::create(broker, Broker::create_topic);
    recorded.put("register", "T1", json!({"recordalNo": "T1", "rightName": "Aberlynth"}));
    recorded.write("register", Some("T1"), Some("{\"recordalNo\":"));
    recorded.write("register", Some("T2"), Some("{\"recordalNo\":\"T2\",\"validFrom\":\"soon\"}"));
    recorded.write("register", None, None);
    recorded.write("signals", None, Some("{\"platform\":\"P\",\"sellerId\":\"S\"}"));
    recorded.put("register", "T3", json!({"recordalNo": "T3", "rightName": "Vandrellow"}));
    let mut daemon = Daemon::spawn(&line.settings_with(broker, "0", &recorded.settings()));
    daemon.wait_ready();
    for (feed, result, count) in
        [("register", "put", 2.0), ("register", "rejected", 3.0), ("signals", "rejected", 1.0)]
    {
        let name = format!("parcelgate_feed_records_total{{feed=\"{feed}\",result=\"{result}\"}}");
        assert_eq!(daemon.metric(&name), Some(count), "{name}");
    }
    assert_eq!(daemon.metric("parcelgate_register_recordals"), Some(2.0));
    let log = daemon.log();
    for reason in ["valid_from is not a date", "it has neither key nor payload", "it has no key"] {
        assert!(log.contains(reason), "{reason}: {log}");
    }
}

#[test]
fn what_was_aborted_is_never_seen_and_its_markers_do_not_hide_the_end() {
    let broker = Broker::shared();
    let line = Line::create(broker, "aborted-feed", 1);
    let recorded = Recorded::create(broker, Broker::create_compacted_topic);
    let topic = &recorded.feeds["register"].0;
    let producer: BaseProducer =
        broker.client().set("transactional.id", unique("writer")).create().unwrap();
    producer.init_transactions(LIMIT).unwrap();
    for (number, is_kept) in [(1, true), (2, false), (3, true), (4, false)] {
        producer.begin_transaction().unwrap();
        let key = format!("T{number}");
        let json = format!("{{\"recordalNo\":\"{key}\",\"rightName\":\"a\"}}");
        let record = BaseRecord::to(topic).key(&key).payload(&json);
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.flush(LIMIT).unwrap();
        if is_kept {
            producer.commit_transaction(LIMIT).unwrap();
        } else {
            producer.abort_transaction(LIMIT).unwrap();
        }
    }
    let mut daemon = Daemon::spawn(&line.settings_with(broker, "0", &recorded.settings()));
    daemon.wait_ready();
    assert_eq!(daemon.metric("parcelgate_register_recordals"), Some(2.0));
}

#[test]
fn partitions_that_a_feed_gets_later_are_read_too() {
    let broker = Broker::shared();
    let line = Line::create(broker, "grown-feed", 1);
    let recorded = Recorded::create(broker, Broker::create_compacted_topic);
    let mut daemon = Daemon::spawn(&line.settings_with(broker, "0", &recorded.settings()));
    daemon.wait_ready();
    let topic = &recorded.feeds["register"].0;
    broker.grow_topic(topic, 5);
    // A producer of its own: one that knew the topic before learns of partitions minutes later.
    let producer: ThreadedProducer<DefaultProducerContext> = broker.client().create().unwrap();
    let json = "{\"recordalNo\":\"T1\",\"rightName\":\"a\"}";
    let record = BaseRecord::to(topic).partition(4).key("T1").payload(json);
    producer.send(record).map_err(|(error, _)| error).unwrap();
    producer.flush(LIMIT).unwrap();
    wait_until("the new partition is read", LIMIT, || {
        daemon.metric("parcelgate_register_recordals") == Some(1.0)
    });
}

#[test]
fn a_feed_without_its_topic_is_a_matter_of_configuration() {
    let broker = Broker::shared();
    let line = Line::create(broker, "no-feed", 1);
    let absent = unique("absent");
    let feeds = format!(
        "[topics]\nplatform_signals = {absent:?}\n[reference]\nregister = \"none\"\nsignals = \"topic\"\n"
    );
    let mut daemon = Daemon::spawn(&line.settings_with(broker, "0", &feeds));
    assert_eq!(daemon.wait(LIMIT).0, 78);
    let log = daemon.log();
    assert!(log.contains(&format!("topic {absent} does not exist")), "{log}");
}

#[test]
fn policy_and_files_are_read_anew_when_asked_and_kept_where_they_are_bad() {
    let broker = Broker::shared();
    let line = Line::create(broker, "reload", 1);
    let folder = tempfile::tempdir().unwrap();
    let [policy, register] = ["policy.toml", "r.ndjson"].map(|name| folder.path().join(name));
    let recordal = |number: u32| format!("{{\"recordalNo\":\"T{number}\",\"rightName\":\"a\"}}\n");
    fs::write(&policy, "hold_threshold = 50\n").unwrap();
    fs::write(&register, recordal(1)).unwrap();
    let settings = format!(
        "[reference]\nregister = \"file:{}\"\n[policy]\nfile = {policy:?}\n",
        register.display()
    );
    let mut daemon = Daemon::spawn(&line.settings_with(broker, "0", &settings));
    daemon.wait_ready();
    let facts = |daemon: &Daemon| {
        let (_, text) = daemon.get("/metrics").unwrap();
        let starts = ["parcelgate_policy_info", "parcelgate_register_info"];
        let is_fact = |line: &&str| starts.iter().any(|start| line.starts_with(start));
        text.lines().filter(is_fact).map(str::to_owned).collect::<Vec<_>>()
    };
    let reloads = |daemon: &Daemon, result: &str| {
        let name = format!("parcelgate_register_reloads_total{{result=\"{result}\"}}");
        daemon.metric(&name).unwrap_or(0.0)
    };
    let first = facts(&daemon);
    assert_eq!(first.len(), 2, "{first:?}");
    assert_eq!(daemon.metric("parcelgate_config_last_reload_successful"), Some(1.0));

    // A good register beside a bad policy: neither is taken.
    fs::write(&register, recordal(1) + &recordal(2)).unwrap();
    fs::write(&policy, "hold_threshold = 0\n[[rule]]\nid = \"r\"\norigin = [\"@nowhere\"]\n")
        .unwrap();
    daemon.reload();
    wait_until("the reload is refused", LIMIT, || reloads(&daemon, "failure") > 0.0);
    assert_eq!(facts(&daemon), first);
    assert_eq!(daemon.metric("parcelgate_config_last_reload_successful"), Some(0.0));
    let log = daemon.log();
    for problem in ["policy.toml:1: hold_threshold", "policy.toml:4", "@nowhere"] {
        assert!(log.contains(problem), "{problem}: {log}");
    }

    fs::write(&policy, "hold_threshold = 70\n").unwrap();
    daemon.reload();
    wait_until("the reload is done", LIMIT, || reloads(&daemon, "success") > 0.0);
    wait_until("it is in force", LIMIT, || {
        daemon.metric("parcelgate_register_recordals") == Some(2.0)
    });
    let second = facts(&daemon);
    assert!(second.iter().all(|fact| !first.contains(fact)), "{first:?} {second:?}");
    assert_eq!(daemon.metric("parcelgate_config_last_reload_successful"), Some(1.0));
    daemon.terminate();
    assert_eq!(daemon.wait(Duration::from_secs(10)).0, 0);
}

#[test]
fn platforms_are_told_of_holds_and_seizures_once() {
    let broker = Broker::shared();
    let line = Line::create(broker, "notices", 2);
    let notices = unique("notices");
    broker.create_topic(&notices, 2);
    let mut recorded = Recorded::create(broker, Broker::create_compacted_topic);
    recorded.put("register", "T2026-1", mark("Quorvexa"));
    recorded.put("outcomes", "old", seizure("old"));
    let topics = recorded
        .settings()
        .replace("[topics]\n", &format!("[topics]\nplatform_notices = {notices:?}\n"));
    let settings = line.settings_with(
        broker,
        "0",
        &format!("{topics}[platform_notices]\nplatforms = [\"P\"]\n"),
    );
    let mut daemon = Daemon::spawn(&settings);
    daemon.wait_ready();
    let group = format!("{}-outcomes", line.group);
    let outcomes_done = |count: i64| {
        let topic = &recorded.feeds["outcomes"].0;
        broker.committed(&group, topic, 3).iter().sum::<i64>() >= count
    };
    wait_until("the end of the outcomes is found", LIMIT, || outcomes_done(1));

    let producer: ThreadedProducer<DefaultProducerContext> = broker.client().create().unwrap();
    // Every third has the mark.
    for number in 0..60 {
        let parcel = declaration(number);
        let json = parcel.to_string();
        let record = BaseRecord::to(&line.declarations).key(&json).payload(&json);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(LIMIT).unwrap();
    wait_until("everything is decided", LIMIT, || line.committed(broker) == 60);
    // Killed and started again: nobody is told twice, and what came meanwhile is told.
    daemon.kill();
    for id in ["a", "b", "c"] {
        recorded.write("outcomes", Some(id), Some(&seizure(id).to_string()));
    }
    let mut daemon = Daemon::spawn(&settings);
    daemon.wait_ready();
    wait_until("the outcomes are done with", LIMIT, || outcomes_done(4));
    daemon.terminate();
    assert_eq!(daemon.wait(Duration::from_secs(10)).0, 0);

    let told = read_all(broker, &notices, 23);
    let mut kinds = BTreeMap::<String, usize>::new();
    let mut ids = BTreeSet::new();
    for record in &told {
        assert_eq!(record.key, "P");
        let notice: Value = serde_json::from_str(&record.value).unwrap();
        *kinds.entry(notice["kind"].as_str().unwrap().to_owned()).or_default() += 1;
        assert!(ids.insert(notice["noticeId"].to_string()), "twice: {notice}");
        assert!(!record.value.contains("C1"), "a party: {notice}");
    }
    let expected = [("NOTICE_KIND_HELD".to_owned(), 20), ("NOTICE_KIND_SEIZED".to_owned(), 3)];
    assert_eq!(kinds, expected.into());
}
