//! Names, addresses, phones and ids of parties go in and come out nowhere: not in decisions, dead letters, notices, keys,
//! metrics, health or the log, whatever happens to the parcel.

use std::time::Duration;

use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use serde_json::{Value, json};

use crate::harness::broker::Broker;
use crate::harness::console::read_all;
use crate::harness::daemon::Daemon;
use crate::harness::oracle::Line;
use crate::harness::{unique, wait_until};

const LIMIT: Duration = Duration::from_mins(1);
/// What every personal text of these tests begins with.
const MARKER: &str = "Zmarker";

fn party(role: &str) -> Value {
    json!({
        "partyId": format!("{MARKER}Id{role}"),
        "name": format!("{MARKER} Name {role}"),
        "address": format!("{MARKER} Street 12, {role}"),
        "phone": format!("{MARKER}+86139{role}"),
        "country": "CN",
    })
}

fn declaration(id: &str) -> Value {
    json!({
        "declarationId": id,
        "itemId": format!("I-{id}"),
        "destinationCountry": "KE",
        "consignor": party("consignor"),
        "consignee": party("consignee"),
        "platformOrder": {"platform": "P", "sellerId": "S", "orderId": "O"},
        "lines": [{"lineNo": 1, "description": "shoes", "brand": "Nike", "hsCode": "6403990000", "quantity": 1}],
    })
}

/// Declarations that are screened, and whatever can go wrong with one: each names its parties.
fn payloads() -> Vec<Vec<u8>> {
    let whole = declaration("D1").to_string();
    let mut without_lines = declaration("D2");
    without_lines["lines"] = json!([]);
    let mut wrong_type = declaration("D3");
    wrong_type["consignor"]["name"] = json!([party("list")]);
    let mut party_for_a_number = declaration("D4");
    party_for_a_number["lines"][0]["quantity"] = json!(format!("{MARKER}"));
    let mut too_long = declaration("D5");
    too_long["consignor"]["address"] = json!(format!("{MARKER} ").repeat(9_000));
    let mut unknown = declaration("D6");
    unknown[format!("{MARKER}Key")] = json!(party("unknown"));
    let mut without_ids = declaration("");
    without_ids["itemId"] = json!("");
    let mut values =
        [without_lines, wrong_type, party_for_a_number, too_long, unknown, without_ids]
            .map(|value| value.to_string().into_bytes())
            .to_vec();
    values.push(whole.clone().into_bytes());
    values.push(whole.as_bytes()[..whole.len() / 2].to_vec());
    values.push([b"<xml>", whole.as_bytes()].concat());
    values.push([b"\x0a\xff", whole.as_bytes()].concat());
    values
}

/// An alert and a seizure that know the parties, and bad records beside them.
fn write_feeds(broker: &Broker, alerts: &str, outcomes: &str) {
    let producer: ThreadedProducer<DefaultProducerContext> = broker.client().create().unwrap();
    let consignor = party("consignor");
    let alert = json!({
        "alertId": "A1",
        "source": "GAC",
        "partyName": consignor["name"],
        "address": consignor["address"],
        "points": 20,
    });
    let outcome = json!({
        "declarationId": "earlier",
        "kind": "OUTCOME_KIND_SEIZED",
        "concludedAt": "2020-01-01T00:00:00Z",
        "consignor": consignor,
        "consignee": party("consignee"),
        "platform": "P",
    });
    for (topic, message) in [(alerts, alert), (outcomes, outcome)] {
        let text = message.to_string();
        for payload in
            [&text, &text[..text.len() - 3], &text.replace("GAC\"", "GAC\",\"points\":\"Zmarker\"")]
        {
            let record = BaseRecord::to(topic).key(payload).payload(payload);
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
    }
    producer.flush(LIMIT).unwrap();
}

#[test]
fn nothing_of_a_party_comes_out() {
    let broker = Broker::shared();
    let line = Line::create(broker, "privacy", 1);
    let [alerts, outcomes, notices] = ["alerts", "outcomes", "notices"].map(unique);
    for topic in [&alerts, &outcomes, &notices] {
        broker.create_topic(topic, 1);
    }
    write_feeds(broker, &alerts, &outcomes);
    let reference = line.settings(broker, "0");
    let register = reference.lines().find(|line| line.starts_with("register")).unwrap();
    let settings = line.settings_with(
        broker,
        "0",
        &format!(
            "[topics]\ncustoms_alerts = {alerts:?}\noutcomes = {outcomes:?}\nplatform_notices = {notices:?}\n\
             [reference]\n{register}\nalerts = \"topic\"\noutcomes = \"topic\"\n\
             [platform_notices]\nplatforms = [\"*\"]\n[log]\nlevel = \"trace\"\n"
        ),
    );
    let mut daemon = Daemon::spawn(&settings);
    daemon.wait_ready();
    let producer: ThreadedProducer<DefaultProducerContext> = broker.client().create().unwrap();
    let payloads = payloads();
    for payload in &payloads {
        let record = BaseRecord::<str, [u8]>::to(&line.declarations).key("k").payload(payload);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(LIMIT).unwrap();
    let count = i64::try_from(payloads.len()).unwrap();
    wait_until("everything is decided", LIMIT, || line.committed(broker) == count);
    wait_until("the page knows", LIMIT, || {
        daemon.get("/status.json").is_some_and(|(_, text)| text.contains("recorded_mark"))
    });
    let pages = ["/", "/status.json", "/metrics", "/readyz", "/livez"]
        .map(|page| daemon.get(page).unwrap().1);
    daemon.terminate();
    assert_eq!(daemon.wait(Duration::from_secs(10)).0, 0);

    let decisions = read_all(broker, &line.decisions, 1);
    let letters = read_all(broker, &line.dead_letters, 1);
    let told = read_all(broker, &notices, 1);
    // Everything took part: the parties were known, parcels held, rejected and told of.
    let all = format!("{decisions:?}");
    for check in ["customs_alert", "recorded_mark", "invalid_declaration"] {
        assert!(all.contains(check), "{check}: {all}");
    }
    assert!(letters.len() >= 6 && !told.is_empty(), "{} {}", letters.len(), told.len());
    let log = daemon.log();
    assert!(log.contains("feed_record_rejected"), "{log}");
    for output in [all, format!("{letters:?}"), format!("{told:?}"), log].into_iter().chain(pages) {
        assert!(!output.contains(MARKER), "{output}");
    }
}
