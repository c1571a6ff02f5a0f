//! A cluster that lets not everybody in: what the daemon says of a wrong password and of a right that is missing.

use std::fs;
use std::process::{Command, Output};
use std::time::Duration;

use crate::harness::broker::Broker;
use crate::harness::daemon::PROGRAM;
use crate::harness::{kafka_jars, wait_until};

const LIMIT: Duration = Duration::from_mins(1);

/// Lets the user `parcelgate` do this.
fn grant(broker: &Broker, right: &str) {
    let said = Command::new("java")
        .args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp"])
        .arg(format!("{}/*", kafka_jars().display()))
        .arg("org.apache.kafka.tools.AclCommand")
        .args(["--bootstrap-server", &broker.bootstrap()])
        .args(["--add", "--allow-principal", "User:parcelgate"])
        .args(right.split(' '))
        .output()
        .unwrap();
    assert!(said.status.success(), "{right}: {said:?}");
}

/// Runs a command to its end with these settings.
fn run(command: &str, settings: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parcelgate.toml");
    fs::write(&file, settings).unwrap();
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

#[test]
fn who_is_not_let_in_or_lacks_a_right_is_told_and_ends_with_78() {
    let (broker, guarded) = Broker::start_guarded("parcelgate", "a-password");
    for topic in ["parcel.declarations", "parcel.decisions", "parcel.dead-letters"] {
        broker.create_topic(topic, 1);
    }
    let settings = |password: &str| {
        format!(
            "[kafka]\nbootstrap_servers = {guarded:?}\nsecurity_protocol = \"sasl_plaintext\"\n\
             sasl_mechanism = \"PLAIN\"\nsasl_username = \"parcelgate\"\nsasl_password = \"{password}\"\n\
             [reference]\nregister = \"none\"\n"
        )
    };
    for command in ["check", "run"] {
        let output = run(command, &settings("not-the-password"));
        expect(&output, 78, &["does not let this user in", "uthentication failed", "sasl_*"]);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("not-the-password"));
    }

    for topic in ["parcel.declarations", "parcel.decisions", "parcel.dead-letters"] {
        grant(&broker, &format!("--operation All --topic {topic}"));
    }
    let settings = settings("a-password");
    wait_until("the topics are seen", LIMIT, || run("check", &settings).status.success());
    expect(&run("run", &settings), 78, &["ransactional", "uthoriz", "grant"]);

    grant(&broker, "--operation Write --operation Describe --transactional-id parcelgate-0-0");
    wait_until("the right is known, and the next one is missing", LIMIT, || {
        let output = run("run", &settings);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{stderr}");
        stderr.contains("roup authoriz")
    });
}
