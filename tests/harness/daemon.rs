//! The daemon as a process of its own.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{free_port, signal, wait_until};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_parcelgate");

const READY_LIMIT: Duration = Duration::from_mins(1);

/// A daemon that ends with this value.
pub struct Daemon {
    folder: TempDir,
    process: Child,
    admin_port: u16,
}

impl Daemon {
    /// Starts `parcelgate run` with these settings and an admin port of its own.
    pub fn spawn(settings: &str) -> Self {
        Self::spawn_with(settings, &[])
    }

    /// The same, with more in its environment.
    pub fn spawn_with(settings: &str, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("parcelgate.toml");
        fs::write(&config, settings).unwrap();
        let admin_port = free_port();
        let log = File::create(folder.path().join("log")).unwrap();
        let process = Command::new(PROGRAM)
            .args(["run", "--config"])
            .arg(&config)
            .env("PARCELGATE__ADMIN__LISTEN", format!("127.0.0.1:{admin_port}"))
            .envs(environment.iter().copied())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { folder, process, admin_port }
    }

    /// Writes its settings file anew.
    pub fn rewrite(&self, settings: &str) {
        fs::write(self.folder.path().join("parcelgate.toml"), settings).unwrap();
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    fn signal(&self, name: &str) {
        signal(name, &self.process.id().to_string());
    }

    /// SIGKILL: no farewell.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// SIGHUP.
    pub fn reload(&self) {
        self.signal("HUP");
    }

    /// SIGSTOP.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// SIGCONT.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// The exit code, where the process has ended.
    pub fn exit_code(&mut self) -> Option<i32> {
        self.process.try_wait().unwrap().map(|status| status.code().unwrap_or(-1))
    }

    /// Waits for the end and gives the exit code and how long it took.
    pub fn wait(&mut self, limit: Duration) -> (i32, Duration) {
        let began = Instant::now();
        wait_until("the daemon ends", limit, || self.exit_code().is_some());
        (self.exit_code().unwrap(), began.elapsed())
    }

    /// Where the admin listener is, as Prometheus names its targets.
    pub fn admin_address(&self) -> String {
        format!("127.0.0.1:{}", self.admin_port)
    }

    /// Status and body of a page of the admin listener; `None` while it does not answer.
    pub fn get(&self, path: &str) -> Option<(u16, String)> {
        get(self.admin_port, path)
    }

    pub fn wait_ready(&mut self) {
        wait_until("the daemon is ready", READY_LIMIT, || {
            assert_eq!(self.exit_code(), None, "{}", self.log());
            self.get("/readyz").is_some_and(|(status, _)| status == 200)
        });
    }

    /// The value of a metric, named with its labels.
    pub fn metric(&self, name: &str) -> Option<f64> {
        metric(self.admin_port, name)
    }
}

/// Status and body of a page of a listener on loopback; `None` while it does not answer.
pub fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    // Version 1.0: the answer comes in one piece and ends with the connection.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    Some((status, body.to_owned()))
}

/// The value of a metric of a daemon, named with its labels.
pub fn metric(admin_port: u16, name: &str) -> Option<f64> {
    let (_, text) = get(admin_port, "/metrics")?;
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("log of the daemon:\n{}", self.log());
        }
    }
}
