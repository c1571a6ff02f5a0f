//! A cluster that lets not everybody in, and asks how safe the way is: what the daemon says where something is amiss.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::harness::certificates::{Authority, put};
use crate::harness::daemon::PROGRAM;
use crate::harness::guarded::{Guarded, PASSWORD};
use crate::harness::{unique, wait_until};

const LIMIT: Duration = Duration::from_mins(1);

/// Runs a command to its end with these settings.
fn run(command: &str, settings: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = put(folder.path(), "parcelgate.toml", settings);
    let began = Instant::now();
    let out = Command::new(PROGRAM)
        .args([command, "--config"])
        .arg(&file)
        .env("PARCELGATE__ADMIN__LISTEN", "127.0.0.1:0")
        .output()
        .unwrap();
    eprintln!(
        "{command} {:?} {} {}",
        began.elapsed(),
        String::from_utf8_lossy(&out.stderr),
        String::from_utf8_lossy(&out.stdout)
    );
    out
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
        expect(&output, 69, &[&unsafe_way[..], &["ca.pem"]].concat());

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

#[test]
fn who_lacks_a_right_is_told_and_ends_with_78() {
    let guarded = Guarded::shared();
    let topics = ["declarations", "decisions", "dead_letters"].map(|name| (name, unique(name)));
    for (_, topic) in &topics {
        guarded.broker.create_topic(topic, 1);
    }
    let names = topics.each_ref().map(|(name, topic)| format!("{name} = {topic:?}\n")).concat();
    let settings = with_password(
        &guarded.plain,
        &format!(
            "security_protocol = \"sasl_plaintext\"\nsasl_mechanism = \"PLAIN\"\n\
             sasl_password = {PASSWORD:?}\n[topics]\n{names}"
        ),
    );
    for (_, topic) in &topics {
        guarded.grant("newcomer", &format!("--operation All --topic {topic}"));
    }
    wait_until("the topics are seen", LIMIT, || run("check", &settings).status.success());
    expect(&run("run", &settings), 78, &["ransactional", "uthoriz", "grant"]);

    guarded.grant("newcomer", "--operation Write --transactional-id parcelgate-0-0");
    wait_until("the right is known, and the next one is missing", LIMIT, || {
        let output = run("run", &settings);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{stderr}");
        stderr.contains("roup authoriz")
    });
}
