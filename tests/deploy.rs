//! What is deployed: that its settings are valid, the package lives on a machine, and the rights in Kafka suffice.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::harness::broker::Broker;
use crate::harness::certificates::put;
use crate::harness::daemon::{Daemon, PROGRAM};
use crate::harness::guarded::{Guarded, PASSWORD};
use crate::harness::load::Load;
use crate::harness::wait_until;

const LIMIT: Duration = Duration::from_mins(1);

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a file of the project says.
fn text(name: &str) -> String {
    fs::read_to_string(project().join(name)).unwrap()
}

/// Runs `check` on settings of `deploy/`, with what only the place that they are for can have from the environment.
fn check(files: &[PathBuf], environment: &[(&str, &str)]) {
    let mut command = Command::new(PROGRAM);
    command.args(["check", "--offline"]).envs(environment.iter().copied());
    for file in files {
        command.arg("--config").arg(file);
    }
    let said = command.output().unwrap();
    assert!(said.status.success(), "{files:?}: {}", String::from_utf8_lossy(&said.stderr));
}

#[test]
fn settings_of_the_containers_are_valid() {
    let register = format!("file:{}", project().join("src/sample/recordals.ndjson").display());
    let file = project().join("deploy/compose/parcelgate.toml");
    check(&[file], &[("PARCELGATE__REFERENCE__REGISTER", &register)]);
}

#[test]
fn settings_of_every_hub_on_kubernetes_are_valid() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(&secret, "a secret of many characters").unwrap();
    let secret = secret.path().to_str().unwrap();
    let kubernetes = project().join("deploy/kubernetes");
    let mut hubs = 0;
    for overlay in fs::read_dir(kubernetes.join("overlays")).unwrap() {
        let hub = overlay.unwrap().path().join("hub.toml");
        check(
            &[kubernetes.join("base/parcelgate.toml"), hub],
            &[
                ("PARCELGATE__KAFKA__INSTANCE_ID", "parcelgate-0"),
                ("PARCELGATE__KAFKA__SASL_PASSWORD_FILE", secret),
                ("PARCELGATE__KAFKA__SSL_CA_LOCATION", ""),
                ("PARCELGATE__PRIVACY__KEY_FILE", secret),
            ],
        );
        hubs += 1;
    }
    assert!(hubs >= 3, "{hubs}");
}

#[test]
fn the_manual_page_has_every_command() {
    let said = Command::new(PROGRAM).arg("--help").output().unwrap();
    let help = String::from_utf8(said.stdout).unwrap();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .collect::<Vec<_>>();
    assert!(commands.contains(&"run"), "{help}");
    let page = text("deploy/debian/parcelgate.1");
    for command in commands {
        assert!(page.contains(&format!("\n.B {command}\n")), "{command} is not in the manual page");
    }
}

/// The package is looked at on a copy of this machine's root, which only root can make. CI is root.
#[test]
fn the_package_is_installed_filled_in_run_upgraded_and_leaves_nothing() {
    if !rustix::process::geteuid().is_root() && std::env::var_os("CI").is_none() {
        println!("left out: only root can boot a copy of this machine");
        return;
    }
    let said = Command::new(project().join("deploy/debian/check"))
        .args([PROGRAM, &Broker::shared().bootstrap()])
        .output()
        .unwrap();
    let [log, errors] = [said.stdout, said.stderr].map(|it| String::from_utf8(it).unwrap());
    assert!(said.status.success(), "{log}\n{errors}");
    assert!(log.ends_with("all as it should be\n"), "{log}");
}

/// The commands of the page on deployment that begin with `program`, each a list of words.
fn documented(program: &str) -> Vec<Vec<String>> {
    let page = text("docs/deployment.md").replace("\\\n", " ");
    let commands = page.lines().filter(|line| line.starts_with(program));
    commands.map(|line| line.split_whitespace().skip(1).map(str::to_owned).collect()).collect()
}

/// Grants what the page on deployment says.
fn grant_documented_rights(guarded: &Guarded) {
    let commands = documented("kafka-acls.sh ");
    assert!(!commands.is_empty());
    for command in commands {
        let words = command.iter().map(String::as_str);
        let own = ["--bootstrap-server", "BROKER", "--command-config", "admin.properties"];
        guarded.acls(&words.filter(|word| !own.contains(word)).collect::<Vec<_>>());
    }
}

/// The eight topics have their default names, since the documented rights are for those.
#[test]
fn the_documented_rights_are_all_that_the_daemon_needs() {
    let guarded = Guarded::shared();
    let broker = &guarded.broker;
    for topic in
        ["parcel.declarations", "parcel.decisions", "parcel.dead-letters", "platform.notices"]
    {
        broker.create_topic(topic, 2);
    }
    for topic in ["ipr.recordals", "platform.signals", "customs.alerts", "inspection.outcomes"] {
        broker.create_compacted_topic(topic, 1);
    }
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "ca.pem", &guarded.authority.certificate());
    let settings = format!(
        "[kafka]\nbootstrap_servers = {:?}\nsecurity_protocol = \"sasl_ssl\"\n\
         sasl_mechanism = \"SCRAM-SHA-512\"\nsasl_username = \"parcelgate\"\nsasl_password = {PASSWORD:?}\n\
         ssl_ca_location = \"{}/ca.pem\"\n\
         [reference]\nregister = \"topic\"\nsignals = \"topic\"\nalerts = \"topic\"\noutcomes = \"topic\"\n\
         [platform_notices]\nplatforms = [\"*\"]\n",
        guarded.sasl,
        folder.path().display(),
    );
    let file = folder.path().join("parcelgate.toml");
    fs::write(&file, &settings).unwrap();
    let check = || Command::new(PROGRAM).args(["check", "--config"]).arg(&file).output().unwrap();
    let before = check();
    assert_eq!(before.status.code(), Some(78), "a user without rights sees no topic: {before:?}");

    grant_documented_rights(guarded);
    wait_until("the broker knows of the rights", LIMIT, || check().status.success());

    let mut daemon = Daemon::spawn(&settings);
    daemon.wait_ready();
    assert!(check().status.success(), "with its own transactional ids in use");
    let mut load = Load::new(broker, "parcel.declarations", 2, 11);
    load.declarations(500);
    load.poison();
    let written = load.finish().values().map(Vec::len).sum::<usize>();
    wait_until("everything is decided", LIMIT, || {
        let committed = broker.committed("parcelgate", "parcel.declarations", 2);
        usize::try_from(committed.iter().sum::<i64>()).unwrap() == written
    });
    let officer =
        put(folder.path(), "officer.toml", &settings.replace("\"parcelgate\"", "\"officer\""));
    let report = Command::new(PROGRAM)
        .args([
            "report",
            "--from",
            "2026-01-01",
            "--to",
            "2100-01-01",
            "--format",
            "json",
            "--config",
        ])
        .arg(&officer)
        .output()
        .unwrap();
    assert_eq!(report.status.code(), Some(65), "the poison is told: {report:?}");
    let told: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert!(told["tables"]["total"][0]["now"].as_u64().unwrap() >= 500, "{told}");

    let log = daemon.log().to_lowercase();
    assert!(!log.contains("authoriz"), "the daemon was refused something:\n{log}");
    assert!(!log.contains("worker_restarted"), "`check` took a transactional id away:\n{log}");
}
