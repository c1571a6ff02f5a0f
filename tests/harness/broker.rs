//! Apache Kafka, one node on loopback.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};
use tempfile::TempDir;

use super::{free_port, kafka_jars, signal, wait_until};

const START_LIMIT: Duration = Duration::from_secs(90);
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A broker that ends with this value, or with the test process, however that ends.
pub struct Broker {
    folder: TempDir,
    port: u16,
    node: Option<Node>,
    /// Where the controller is no part of the broker.
    controller: Option<Node>,
}

impl Broker {
    /// Broker and controller in one process.
    pub fn start() -> Self {
        Self::start_as(false, "", &[])
    }

    /// The same with other settings, and more arguments for the tool that makes its folder.
    pub fn start_changed(changes: &str, format: &[String]) -> Self {
        Self::start_as(false, changes, format)
    }

    /// A broker whose controller is a process of its own and outlives it, as it does in a cluster.
    ///
    /// For tests that stop the broker: one that is its own controller comes back with what it knew of the cluster when
    /// it went, then learns that it was away, and in between Kafka 4.3 loses the markers of transactions.
    pub fn start_apart() -> Self {
        Self::start_as(true, "", &[])
    }

    fn start_as(apart: bool, changes: &str, format: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (port, controller_port) = (free_port(), free_port());
        let template = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kafka/server.properties");
        let template = fs::read_to_string(template).unwrap();
        let cluster = storage_tool(&["random-uuid"]);
        let write = |name: &str, changes: &str| {
            let data = folder.path().join(format!("{name}-data"));
            // The last of two lines with one key counts.
            let properties = (template.clone() + changes)
                .replace("@PORT@", &port.to_string())
                .replace("@CONTROLLER_PORT@", &controller_port.to_string())
                .replace("@LOG_DIR@", data.to_str().unwrap());
            let file = folder.path().join(format!("{name}.properties"));
            fs::write(&file, properties).unwrap();
            let make = ["format", "-t", &cluster, "-c", file.to_str().unwrap()];
            let format = format.iter().map(String::as_str);
            storage_tool(&make.into_iter().chain(format).collect::<Vec<_>>());
        };
        let controller = apart.then(|| {
            let listener = format!("CONTROLLER://127.0.0.1:{controller_port}");
            write(
                "controller",
                &format!("process.roles=controller\nlisteners={listener}\nadvertised.listeners={listener}\n"),
            );
            Node::start(folder.path(), "controller")
        });
        let listener = format!("PLAINTEXT://127.0.0.1:{port}");
        let apart_from = format!("process.roles=broker\nnode.id=2\nlisteners={listener}\n");
        write("broker", &(if apart { apart_from } else { String::new() } + changes));
        let mut broker = Self { folder, port, node: None, controller };
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

    /// Starts a broker that was stopped, with its data and its port.
    pub fn start_again(&mut self) {
        assert!(self.node.is_none(), "the broker runs");
        self.node = Some(Node::start(self.folder.path(), "broker"));
        wait_until("the broker answers", START_LIMIT, || self.answers());
    }

    fn answers(&self) -> bool {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        admin.inner().fetch_metadata(None, Duration::from_secs(2)).is_ok()
    }

    /// SIGTERM. Where the controller stays, waits until it knows.
    pub fn stop(&mut self) {
        self.take_down(Node::stop);
    }

    /// SIGKILL. Where the controller stays, waits until it knows.
    pub fn kill(&mut self) {
        self.take_down(Node::kill);
    }

    fn take_down(&mut self, take_down: fn(Node)) {
        let fenced = |broker: &Self| {
            broker
                .controller
                .as_ref()
                .map_or(0, |node| node.log().matches("Fencing broker 2").count())
        };
        let before = fenced(self);
        let Some(node) = self.node.take() else { return };
        take_down(node);
        if self.controller.is_some() {
            wait_until("the controller knows", START_LIMIT, || fenced(self) > before);
        }
    }

    /// SIGSTOP: connections stand, nothing answers.
    pub fn freeze(&self) {
        self.node.as_ref().unwrap().signal("STOP");
    }

    /// SIGCONT.
    pub fn resume(&self) {
        self.node.as_ref().unwrap().signal("CONT");
    }

    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.bootstrap()).set("log_level", "2");
        config
    }

    /// Creates a topic that takes records of up to 12 MB.
    pub fn create_topic(&self, name: &str, partitions: i32) {
        self.create_topic_with(name, partitions, ("max.message.bytes", "12000000"));
    }

    /// Creates a topic that keeps the latest record of each key.
    pub fn create_compacted_topic(&self, name: &str, partitions: i32) {
        self.create_topic_with(name, partitions, ("cleanup.policy", "compact"));
    }

    /// Gives a topic more partitions.
    pub fn grow_topic(&self, name: &str, partitions: usize) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let grown = NewPartitions::new(name, partitions);
        let results =
            runtime.block_on(admin.create_partitions([&grown], &AdminOptions::new())).unwrap();
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    }

    fn create_topic_with(&self, name: &str, partitions: i32, (key, value): (&str, &str)) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1)).set(key, value);
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

/// A process of Kafka's. It ends with this value.
struct Node {
    process: Child,
    /// The shell ends the node when this closes, which it does however the test process ends.
    input: Option<ChildStdin>,
    log: PathBuf,
    pid: PathBuf,
}

impl Node {
    /// Starts what `FOLDER/NAME.properties` describes.
    fn start(folder: &Path, name: &str) -> Self {
        let [properties, log, pid] =
            ["properties", "log", "pid"].map(|kind| folder.join(format!("{name}.{kind}")));
        let output = File::options().create(true).append(true).open(&log).unwrap();
        let script = "java -Xms256m -Xmx512m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
            -Dorg.slf4j.simpleLogger.log.org.apache.kafka.controller=info \
            -cp \"$1/*\" kafka.Kafka \"$2\" < /dev/null & node=$!; echo $node > \"$3\"; \
            read -r _; kill $node; wait $node";
        let mut process = Command::new("bash")
            .args(["-c", script, "bash"])
            .arg(kafka_jars())
            .args([&properties, &pid])
            .stdin(Stdio::piped())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        let input = process.stdin.take();
        Self { process, input, log, pid }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    fn signal(&self, name: &str) {
        signal(name, fs::read_to_string(&self.pid).unwrap().trim());
    }

    fn stop(self) {
        drop(self);
    }

    fn kill(self) {
        self.signal("KILL");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // A test that fails may leave it frozen, and then nothing would end it.
        if let Ok(pid) = fs::read_to_string(&self.pid) {
            let _ =
                Command::new("bash").args(["-c", "kill -CONT \"$1\"", "bash", pid.trim()]).status();
        }
        self.input = None;
        self.process.wait().unwrap();
    }
}

/// Runs Kafka's tool for its folders and gives what it says.
fn storage_tool(arguments: &[&str]) -> String {
    let output = Command::new("java")
        .args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp"])
        .arg(format!("{}/*", kafka_jars().display()))
        .arg("kafka.tools.StorageTool")
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
