//! Apache Kafka, one node on loopback.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};
use tempfile::TempDir;

use super::{free_port, kafka_jars, signal, wait_until};

const START_LIMIT: Duration = Duration::from_secs(90);
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A node that ends with this value, or with the test process, however that ends.
pub struct Broker {
    folder: TempDir,
    port: u16,
    process: Option<(Child, ChildStdin)>,
}

impl Broker {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (port, controller_port) = (free_port(), free_port());
        let template = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kafka/server.properties");
        let properties = fs::read_to_string(template)
            .unwrap()
            .replace("@PORT@", &port.to_string())
            .replace("@CONTROLLER_PORT@", &controller_port.to_string())
            .replace("@LOG_DIR@", folder.path().join("data").to_str().unwrap());
        fs::write(folder.path().join("server.properties"), properties).unwrap();
        format_storage(folder.path());
        let mut broker = Self { folder, port, process: None };
        broker.start_again();
        broker
    }

    /// One node for all tests that do not stop it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Broker> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Starts a node that was stopped, with its data and its port.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "the broker runs");
        let log =
            File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        // The shell ends the node when its standard input closes, which it does however this process ends.
        let script = "java -Xms256m -Xmx512m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
            -cp \"$1/*\" kafka.Kafka \"$2\" < /dev/null & node=$!; echo $node > \"$3\"; \
            read -r _; kill $node; wait $node";
        let mut process = Command::new("bash")
            .args(["-c", script, "bash"])
            .arg(kafka_jars())
            .arg(self.folder.path().join("server.properties"))
            .arg(self.folder.path().join("pid"))
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        self.process = Some((process, input));
        wait_until("the broker answers", START_LIMIT, || self.answers());
    }

    fn answers(&self) -> bool {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        admin.inner().fetch_metadata(None, Duration::from_secs(2)).is_ok()
    }

    /// SIGTERM.
    pub fn stop(&mut self) {
        if let Some((mut process, input)) = self.process.take() {
            drop(input);
            process.wait().unwrap();
        }
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.stop();
    }

    /// SIGSTOP: connections stand, nothing answers.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// SIGCONT.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let pid = fs::read_to_string(self.folder.path().join("pid")).unwrap();
        signal(name, pid.trim());
    }

    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.bootstrap()).set("log_level", "2");
        config
    }

    /// Creates a topic that takes records of up to 12 MB.
    pub fn create_topic(&self, name: &str, partitions: i32) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1))
            .set("max.message.bytes", "12000000");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let results =
            runtime.block_on(admin.create_topics([&topic], &AdminOptions::new())).unwrap();
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        wait_until("the topic is known", ANSWER_LIMIT, || {
            let metadata = admin.inner().fetch_metadata(Some(name), ANSWER_LIMIT).unwrap();
            metadata.topics().iter().all(|topic| {
                topic.error().is_none() && topic.partitions().len() == partitions as usize
            })
        });
    }

    /// Commits an offset for a group that has no members.
    pub fn commit(&self, group: &str, topic: &str, partition: i32, offset: i64) {
        let consumer: BaseConsumer = self.client().set("group.id", group).create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, partition, Offset::Offset(offset)).unwrap();
        wait_until("the group's coordinator answers", START_LIMIT, || {
            consumer.commit(&list, CommitMode::Sync).is_ok()
        });
    }

    /// The committed offset of each partition of a group; 0 where there is none.
    pub fn committed(&self, group: &str, topic: &str, partitions: i32) -> Vec<i64> {
        let consumer: BaseConsumer = self
            .client()
            .set("group.id", group)
            // Do not wait for a transaction that a killed daemon left open.
            .set("isolation.level", "read_uncommitted")
            .create()
            .unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_range(topic, 0, partitions - 1);
        let mut offsets = None;
        // A fresh broker makes its topic of offsets when the first group asks.
        wait_until("the group's coordinator answers", START_LIMIT, || {
            offsets = consumer.committed_offsets(list.clone(), ANSWER_LIMIT).ok();
            offsets.is_some()
        });
        let offsets = offsets.unwrap();
        (0..partitions)
            .map(|partition| match offsets.find_partition(topic, partition).unwrap().offset() {
                Offset::Offset(offset) => offset,
                _ => 0,
            })
            .collect()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop();
    }
}

fn format_storage(folder: &Path) {
    let storage_tool = |arguments: &[&str]| {
        let output = Command::new("java")
            .args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp"])
            .arg(format!("{}/*", kafka_jars().display()))
            .arg("kafka.tools.StorageTool")
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let id = storage_tool(&["random-uuid"]);
    let properties = folder.join("server.properties");
    storage_tool(&["format", "-t", &id, "-c", properties.to_str().unwrap()]);
}
