//! Prometheus as a process of its own, on loopback, with the project's rules.

use std::fs::{self, File};
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::daemon::{Daemon, get};
use super::{free_port, wait_until};

const READY_LIMIT: Duration = Duration::from_mins(1);

/// The label `hub` of everything that is scraped.
pub const HUB: &str = "test";

/// A Prometheus that ends with this value.
pub struct Prometheus {
    folder: TempDir,
    process: Child,
    port: u16,
}

impl Prometheus {
    /// Starts one that scrapes the daemon every second, and waits until it answers.
    pub fn start(daemon: &Daemon) -> Self {
        let rules =
            concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/monitoring/rules/parcelgate.rules.yml");
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("prometheus.yml");
        let settings = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
             rule_files: [{rules:?}]\n\
             scrape_configs:\n- job_name: parcelgate\n  static_configs:\n  \
             - {{targets: [{:?}], labels: {{hub: {HUB}}}}}\n",
            daemon.admin_address(),
        );
        fs::write(&config, settings).unwrap();
        let port = free_port();
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .expect("prometheus is there; `make test` installs it");
        let mut prometheus = Self { folder, process, port };
        wait_until("prometheus is ready", READY_LIMIT, || {
            assert_eq!(prometheus.process.try_wait().unwrap(), None, "it ended");
            get(port, "/-/ready").is_some_and(|(status, _)| status == 200)
        });
        prometheus
    }

    /// The values that an expression has now, one for each series.
    ///
    /// # Panics
    /// Where it is refused.
    pub fn values(&self, expression: &str) -> Vec<f64> {
        let answer = self.ask(&format!("/api/v1/query?query={}", percent_encoded(expression)));
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        let data = &answer["data"];
        assert_eq!(data["resultType"], "vector", "{expression}");
        let series = data["result"].as_array().unwrap();
        series.iter().map(|it| it["value"][1].as_str().unwrap().parse().unwrap()).collect()
    }

    /// Every rule that it has loaded.
    pub fn rules(&self) -> Vec<Value> {
        let answer = self.ask("/api/v1/rules");
        let groups = answer["data"]["groups"].as_array().unwrap();
        groups.iter().flat_map(|group| group["rules"].as_array().unwrap()).cloned().collect()
    }

    fn ask(&self, path: &str) -> Value {
        let (_, body) = get(self.port, path).expect("prometheus answers");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| encoded + &format!("%{byte:02X}"))
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.folder.path().join("log"));
            eprintln!("log of prometheus:\n{}", log.unwrap_or_default());
        }
    }
}
