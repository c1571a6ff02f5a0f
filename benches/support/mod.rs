//! What the two measurements share: contenders as processes, and what the system says of a process.

pub mod copy_loop;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::harness::broker::Broker;
use crate::harness::daemon::PROGRAM;
use copy_loop::CopyLoop;

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    CopyLoop,
    Daemon { workers: u32 },
}

impl Contender {
    pub fn name(self) -> String {
        match self {
            Self::CopyLoop => "copy loop".to_owned(),
            Self::Daemon { workers: 1 } => "parcelgate, 1 worker".to_owned(),
            Self::Daemon { workers } => format!("parcelgate, {workers} workers"),
        }
    }
}

/// The topics and the group of one run.
#[derive(Debug, Clone)]
pub struct Run {
    pub input: String,
    pub output: String,
    pub dead_letters: String,
    pub group: String,
    pub commit_interval: Duration,
    pub fetch_min_bytes: u32,
    /// The daemon's reference data: lines of `[topics]`, then other tables.
    pub reference: String,
    pub admin_port: u16,
}

/// A contender at work; ended with this value.
pub struct Process {
    child: Child,
    _folder: TempDir,
}

impl Process {
    pub fn start(contender: Contender, broker: &Broker, run: &Run) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = match contender {
            Contender::CopyLoop => copy_command(broker, run),
            Contender::Daemon { workers } => daemon_command(broker, run, workers, folder.path()),
        };
        let child = command.stdout(Stdio::null()).spawn().expect("a process");
        Self { child, _folder: folder }
    }

    /// Processor time so far.
    pub fn cpu(&self) -> Duration {
        const TICKS_PER_SECOND: u64 = 100;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))
            .expect("the process lives");
        // After the name in brackets: state, then numbers; 12 and 13 are user and system time.
        let (_, numbers) = stat.rsplit_once(')').expect("a stat line");
        let ticks: u64 = numbers
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|number| number.parse::<u64>().expect("ticks"))
            .sum();
        Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)
    }

    /// Most memory so far, in MiB.
    pub fn peak_mib(&self) -> u64 {
        memory_mib(self.child.id(), "VmHWM:")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// A line of a process's status that tells memory, in MiB.
pub fn memory_mib(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.expect("a size") / 1024
}

/// The register that the daemon screens under where nothing else is measured.
pub fn sample_register() -> String {
    let register = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sample/recordals.ndjson");
    format!("[reference]\nregister = \"file:{}\"\n", register.display())
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn copy_command(broker: &Broker, run: &Run) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args([
        "copy-loop",
        &broker.bootstrap(),
        &run.input,
        &run.output,
        &run.group,
        &run.commit_interval.as_millis().to_string(),
        &run.fetch_min_bytes.to_string(),
    ]);
    command
}

/// Runs the copy loop, where this process was started as one.
pub fn become_copy_loop(arguments: &[String]) {
    let [mode, bootstrap, input, output, group, commit_ms, fetch_min_bytes] = arguments else {
        return;
    };
    if mode == "copy-loop" {
        CopyLoop {
            bootstrap: bootstrap.clone(),
            input: input.clone(),
            output: output.clone(),
            group: group.clone(),
            commit_interval: Duration::from_millis(commit_ms.parse().expect("milliseconds")),
            fetch_min_bytes: fetch_min_bytes.parse().expect("bytes"),
        }
        .run()
    }
}

fn daemon_command(broker: &Broker, run: &Run, workers: u32, folder: &Path) -> Command {
    let settings = format!(
        "[topics]\ndeclarations = {:?}\ndecisions = {:?}\ndead_letters = {:?}\n{}\
         [kafka]\nbootstrap_servers = {:?}\ngroup_id = {:?}\ntransactional_id_prefix = {:?}\n\
         workers = {workers}\ncommit_interval_ms = {}\n\
         [admin]\nlisten = \"127.0.0.1:{}\"\n[log]\nlevel = \"warn\"\n",
        run.input,
        run.output,
        run.dead_letters,
        run.reference,
        broker.bootstrap(),
        run.group,
        run.group,
        run.commit_interval.as_millis(),
        run.admin_port,
    );
    let config = folder.join("parcelgate.toml");
    std::fs::write(&config, settings).expect("a settings file");
    let mut command = Command::new(PROGRAM);
    command.args(["run", "--config"]).arg(config);
    command
}
