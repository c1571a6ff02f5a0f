//! A cluster that lets not everybody in, and asks how safe the way is: what the daemon says where something is amiss.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use tempfile::TempDir;

use crate::harness::certificates::{Authority, put};
use crate::harness::daemon::{Daemon, PROGRAM};
use crate::harness::guarded::{Guarded, PASSWORD};
use crate::harness::load::Load;
use crate::harness::oracle::{self, Line};
use crate::harness::{unique, wait_until};

const LIMIT: Duration = Duration::from_mins(1);

/// Runs a command to its end with these settings.
fn run(command: &str, settings: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = put(folder.path(), "parcelgate.toml", settings);
    Command::new(PROGRAM)
        .args([command, "--config"])
        .arg(&file)
        .env("PARCELGATE__ADMIN__LISTEN", "127.0.0.1:0")
        .output()
        .unwrap()
}

fn expect(output: &Output, code: i32, says: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    for text in says {
        assert!(stderr.contains(text), "{text:?} is not in: {stderr}");
    }
}

/// Settings of the user `newcomer` with a password, at a listener that asks for one.
fn with_password(servers: &str, more: &str) -> String {
    format!(
        "[reference]\nregister = \"none\"\n[kafka]\nbootstrap_servers = {servers:?}\n\
         sasl_username = \"newcomer\"\n{more}"
    )
}

#[test]
fn a_wrong_password_is_told_and_ends_with_78() {
    let guarded = Guarded::shared();
    let folder = tempfile::tempdir().unwrap();
    let ca = put(folder.path(), "ca.pem", &guarded.authority.certificate());
    let safe = format!("security_protocol = \"sasl_ssl\"\nssl_ca_location = {ca:?}\n");
    for (servers, way) in [
        (&guarded.plain, "security_protocol = \"sasl_plaintext\"\nsasl_mechanism = \"PLAIN\"\n"),
        (&guarded.sasl, &format!("{safe}sasl_mechanism = \"PLAIN\"\n")),
        (&guarded.sasl, &format!("{safe}sasl_mechanism = \"SCRAM-SHA-512\"\n")),
    ] {
        let settings =
            |password| with_password(servers, &format!("{way}sasl_password = {password:?}\n"));
        for command in ["check", "run"] {
            let output = run(command, &settings("not-the-password"));
            expect(&output, 78, &["does not let this user in", "uthentication failed", "sasl_*"]);
            assert!(!String::from_utf8_lossy(&output.stderr).contains("not-the-password"));
        }
        // Let in, and sees nothing.
        expect(&run("check", &settings(PASSWORD)), 78, &["parcel.decisions"]);
    }
}

#[test]
fn parcels_that_may_not_be_written_are_not_said_to_be() {
    let guarded = Guarded::shared();
    let [declarations, decisions, dead_letters] =
        ["unwritable", "decisions", "dead-letters"].map(unique);
    for topic in [&declarations, &decisions, &dead_letters] {
        guarded.broker.create_topic(topic, 1);
        guarded.grant("reader", &format!("--operation Describe --topic {topic}"));
    }
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "[reference]\nregister = \"none\"\n[topics]\ndeclarations = {declarations:?}\ndecisions = {decisions:?}\n\
         dead_letters = {dead_letters:?}\n[kafka]\nbootstrap_servers = {:?}\nsecurity_protocol = \"sasl_plaintext\"\n\
         sasl_mechanism = \"PLAIN\"\nsasl_username = \"reader\"\nsasl_password = {PASSWORD:?}\n",
        guarded.plain,
    );
    let file = put(folder.path(), "parcelgate.toml", &settings);
    let generate = || {
        let mut command = Command::new(PROGRAM);
        command.args(["generate", "--to-topic", "--count", "20", "--config"]).arg(&file);
        command.output().unwrap()
    };
    let is_refused = |output: &Output| {
        expect(output, 78, &[&declarations, "uthoriz", "this user may use it"]);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("written"));
    };
    // Who may write nowhere may not begin to; who may write elsewhere is refused by the topic.
    is_refused(&generate());
    guarded.grant("reader", &format!("--operation Write --topic {decisions}"));
    is_refused(&generate());
    guarded.grant("reader", &format!("--operation Write --topic {declarations}"));
    wait_until("the broker knows of the right", LIMIT, || generate().status.success());
}

/// Where the certificates of a client are.
struct Files {
    folder: TempDir,
}

impl Files {
    /// Those of a client that the broker knows.
    fn of(guarded: &Guarded, name: &str) -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        let client = guarded.authority.client(name);
        files.put("ca.pem", &guarded.authority.certificate());
        files.put("client.pem", &client.certificate);
        files.put("client.key", &client.key);
        files
    }

    fn put(&self, name: &str, text: &str) {
        put(self.path(), name, text);
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Settings that name them all.
    fn settings(&self, servers: &str) -> String {
        let at = self.path().display();
        format!(
            "[reference]\nregister = \"none\"\n[kafka]\nbootstrap_servers = {servers:?}\n\
             security_protocol = \"ssl\"\nssl_ca_location = \"{at}/ca.pem\"\n\
             ssl_certificate_location = \"{at}/client.pem\"\nssl_key_location = \"{at}/client.key\"\n"
        )
    }
}

#[test]
fn a_certificate_that_is_not_right_is_told_with_the_reason() {
    let guarded = Guarded::shared();
    let known = || Files::of(guarded, "nobody");
    for command in ["check", "run"] {
        // Let in, and sees nothing.
        expect(&run(command, &known().settings(&guarded.mutual)), 78, &["parcel."]);

        let unsafe_way = ["no safe connection to", "certificate"];
        let output = run(command, &known().settings(&guarded.expired));
        expect(&output, 69, &[&unsafe_way[..], &["expired"]].concat());

        let stranger = known();
        stranger.put("ca.pem", &Authority::new("another authority").certificate());
        let output = run(command, &stranger.settings(&guarded.mutual));
        expect(&output, 69, &[&unsafe_way[..], &["ssl_ca_location"]].concat());

        for (file, setting) in [
            ("ca.pem", "ssl_ca_location"),
            ("client.pem", "ssl_certificate_location"),
            ("client.key", "ssl_key_location"),
        ] {
            let broken = known();
            let text = fs::read_to_string(broken.path().join(file)).unwrap();
            broken.put(file, &text[..text.len() / 2]);
            expect(&run(command, &broken.settings(&guarded.mutual)), 78, &[setting, file]);
            fs::remove_file(broken.path().join(file)).unwrap();
            expect(&run(command, &broken.settings(&guarded.mutual)), 78, &[setting, file]);
        }
    }
}

/// The rights that `check` says are missing.
fn missing_rights(settings: &str) -> Vec<String> {
    let output = run("check", settings);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let told = stdout.lines().filter(|line| line.contains(": this user may not "));
    let told = told.map(str::to_owned).collect::<Vec<_>>();
    if told.is_empty() {
        expect(&output, 0, &[]);
    } else {
        expect(&output, 78, &["missing rights: ", "docs/deployment.md"]);
    }
    told
}

/// A right that the daemon needs.
struct Needed {
    /// As `check` calls it.
    on: String,
    access: &'static str,
    /// As Kafka's tool has it.
    resource: String,
}

impl Needed {
    fn new(kind: &str, name: &str, access: &'static str) -> Self {
        let resource = format!("--{} {name}", kind.replace(' ', "-"));
        Self { on: format!("{kind} {name}"), access, resource }
    }

    fn told(&self) -> String {
        format!("{}: this user may not {}", self.on, self.access)
    }
}

#[test]
fn every_right_that_is_missing_is_named_and_ends_with_78() {
    let guarded = Guarded::shared();
    let [declarations, decisions, dead_letters, recordals, outcomes, notices] =
        ["declarations", "decisions", "dead-letters", "recordals", "outcomes", "notices"].map(
            |name| {
                let topic = unique(name);
                guarded.broker.create_topic(&topic, 1);
                topic
            },
        );
    let group = unique("group");
    let settings = format!(
        "[reference]\nregister = \"topic\"\noutcomes = \"topic\"\n[platform_notices]\nplatforms = [\"*\"]\n\
         [topics]\ndeclarations = {declarations:?}\ndecisions = {decisions:?}\ndead_letters = {dead_letters:?}\n\
         recordals = {recordals:?}\noutcomes = {outcomes:?}\nplatform_notices = {notices:?}\n\
         [kafka]\nbootstrap_servers = {:?}\nsecurity_protocol = \"sasl_plaintext\"\nsasl_mechanism = \"PLAIN\"\n\
         sasl_username = \"newcomer\"\nsasl_password = {PASSWORD:?}\n\
         group_id = {group:?}\ntransactional_id_prefix = {group:?}\nworkers = 2\n",
        guarded.plain,
    );
    let id = |worker: &str| format!("{group}-{worker}");
    let needed = [
        Needed::new("topic", &declarations, "Read"),
        Needed::new("topic", &recordals, "Read"),
        Needed::new("topic", &outcomes, "Read"),
        Needed::new("topic", &decisions, "Write"),
        Needed::new("topic", &dead_letters, "Write"),
        Needed::new("topic", &notices, "Write"),
        Needed::new("group", &group, "Read"),
        Needed::new("group", &format!("{group}-outcomes"), "Read"),
        Needed::new("transactional id", &id("0-0"), "Write"),
        Needed::new("transactional id", &id("0-1"), "Write"),
        Needed::new("transactional id", &id("0-outcomes-0"), "Write"),
    ];
    assert_eq!(missing_rights(&settings), needed.each_ref().map(Needed::told));

    // One of each kind is left out. That this user may see all of them does not make up for it.
    let [.., dead_letters, _, group, _, _, second_id, _] = &needed;
    let left_out = [dead_letters, group, second_id];
    let grant = |operation: &str, rights: &[&Needed]| {
        let resources = rights.iter().map(|it| it.resource.as_str()).collect::<Vec<_>>().join(" ");
        guarded.grant("newcomer", &format!("--operation {operation} {resources}"));
    };
    grant("Describe", &left_out);
    for access in ["Read", "Write"] {
        let granted = needed.iter().filter(|it| {
            it.access == access && left_out.iter().all(|left_out| left_out.on != it.on)
        });
        grant(access, &granted.collect::<Vec<_>>());
    }
    let expected = left_out.map(Needed::told);
    wait_until("the rights are known", LIMIT, || missing_rights(&settings) == expected);
    expect(&run("run", &settings), 78, &["ransactional", "uthoriz", "grant"]);

    grant("Write", &[second_id]);
    wait_until("the right is known, and the next one is missing", LIMIT, || {
        let output = run("run", &settings);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{stderr}");
        stderr.contains("roup authoriz")
    });
}

#[test]
fn certificates_that_change_are_taken_up_and_no_parcel_is_lost_or_doubled() {
    let guarded = Guarded::shared();
    let broker = &guarded.broker;
    let (before, after) = ("User:hub-before", "User:hub-after");
    let all = ["--operation", "All", "--topic", "*", "--group", "*", "--transactional-id", "*"];
    let users = ["--add", "--allow-principal", before, "--allow-principal", after];
    guarded.acls(&[&users[..], &all].concat());
    let line = Line::create(broker, "certificates", 4);
    let recordals = unique("certificates-recordals");
    broker.create_compacted_topic(&recordals, 1);
    let files = Files::of(guarded, "hub-before");
    let at = files.path().display();
    let more = format!("[topics]\nrecordals = {recordals:?}\n[reference]\nregister = \"topic\"\n");
    let settings = line
        .settings_with(broker, "a", &more)
        .replace(&format!("{:?}", broker.bootstrap()), &format!("{:?}", guarded.mutual));
    let mut daemon = Daemon::spawn(&format!(
        "{settings}security_protocol = \"ssl\"\nssl_ca_location = \"{at}/ca.pem\"\n\
         ssl_certificate_location = \"{at}/client.pem\"\nssl_key_location = \"{at}/client.key\"\n"
    ));
    daemon.wait_ready();
    let current = |daemon: &Daemon| daemon.metric("parcelgate_kafka_certificates_current");
    assert_eq!(current(&daemon), Some(1.0));
    let mut load = Load::new(broker, &line.declarations, 4, 31);
    load.declarations(500);
    let put_recordal = |daemon: &Daemon, number: u32| {
        let mut lines = include_str!("../src/sample/recordals.ndjson").lines();
        let (key, recordal) = (number.to_string(), lines.nth(number as usize).unwrap());
        let producer: BaseProducer = broker.client().create().unwrap();
        let record = BaseRecord::to(&recordals).key(&key).payload(recordal);
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.flush(LIMIT).unwrap();
        wait_until("the feed is followed", LIMIT, || {
            daemon.metric("parcelgate_register_recordals") == Some(f64::from(number + 1))
        });
    };
    put_recordal(&daemon, 0);

    let renewed = guarded.authority.client("hub-after");
    files.put("client.pem", &renewed.certificate[..renewed.certificate.len() / 2]);
    wait_until("what cannot be used is told", LIMIT, || current(&daemon) == Some(0.0));
    let log = daemon.log();
    assert!(
        log.contains("certificates_refused") && log.contains("ssl_certificate_location"),
        "{log}"
    );
    load.declarations(500);
    load.flush();
    wait_until("the daemon goes on", LIMIT, || line.committed(broker) >= 1_000);

    // A key that does not belong to the certificate, for a moment; and another authority beside the one that there is.
    files.put("client.key", &renewed.key);
    files.put("client.pem", &renewed.certificate);
    let others = Authority::new("another authority").certificate();
    files.put("ca.pem", &format!("{others}{}", guarded.authority.certificate()));
    let takings = |daemon: &Daemon| {
        daemon.metric("parcelgate_rebalances_total{kind=\"assign\"}").unwrap_or(0.0)
    };
    let taken = takings(&daemon);
    // Parcels come all the while.
    wait_until("both workers have come back", LIMIT, || {
        load.declarations(50);
        load.flush();
        takings(&daemon) >= taken + 2.0
    });
    assert_eq!(current(&daemon), Some(1.0));

    // Who the daemon was may do nothing any more: what it does now it does as who it is.
    guarded.acls(&[&["--remove", "--force", "--allow-principal", before], &all[..]].concat());
    load.declarations(500);
    load.poison();
    put_recordal(&daemon, 1);
    let written = load.finish();
    let count = written.values().map(Vec::len).sum::<usize>();
    wait_until("everything is decided", LIMIT, || {
        usize::try_from(line.committed(broker)).unwrap() == count
    });
    let (_, metrics) = daemon.get("/metrics").unwrap();
    let read = metrics.lines().filter(|line| line.starts_with("parcelgate_feed_records_total{"));
    let read = read.map(|line| line.rsplit(' ').next().unwrap().parse::<u32>().unwrap());
    assert_eq!(read.sum::<u32>(), 2, "the feed is read on, not from its beginning");
    daemon.terminate();
    assert_eq!(daemon.wait(LIMIT).0, 0, "{}", daemon.log());
    let log = daemon.log();
    assert_eq!(log.matches("certificates_renewed").count(), 1, "{log}");
    assert!(!log.contains("worker_restarted"), "{log}");
    oracle::check(broker, &line, &written);
}
