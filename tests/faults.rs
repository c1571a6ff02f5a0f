//! What the daemon does when something is wrong that only an operator or a supervisor can mend, on a real Kafka.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, TopicPartitionList};

use crate::harness::broker::Broker;
use crate::harness::console::read_all;
use crate::harness::daemon::Daemon;
use crate::harness::load::Load;
use crate::harness::oracle::{Line, check};
use crate::harness::wait_until;

const LIMIT: Duration = Duration::from_mins(1);

#[test]
fn a_start_at_the_end_does_not_move_when_the_daemon_starts_again() {
    let broker = Broker::shared();
    let line = Line::create(broker, "latest", 2);
    let settings = line.settings(broker, "0") + "start_from = \"latest\"\n";
    let mut load = Load::new(broker, &line.declarations, 2, 1);
    load.declarations(100);
    load.flush();

    let daemon = Daemon::spawn(&settings);
    wait_until("the start is committed", LIMIT, || line.committed(broker) == 100);
    daemon.kill();
    load.declarations(50);
    load.flush();
    let _daemon = Daemon::spawn(&settings);
    wait_until("the rest is decided", LIMIT, || line.committed(broker) == 150);
    assert_eq!(read_all(broker, &line.decisions, 50).len(), 50);
}

#[test]
fn an_offset_that_is_gone_ends_with_a_choice_for_the_operator() {
    let broker = Broker::shared();
    let line = Line::create(broker, "gone", 1);
    broker.commit(&line.group, &line.declarations, 0, 1_000);
    let mut daemon = Daemon::spawn(&line.settings(broker, "0"));
    let (code, _) = daemon.wait(LIMIT);
    let log = daemon.log();
    assert_eq!(code, 78, "{log}");
    assert!(log.contains("reset the group's offsets"), "{log}");
}

#[test]
fn the_older_of_two_with_one_instance_id_ends_with_75() {
    let broker = Broker::shared();
    let line = Line::create(broker, "replaced", 4);
    let mut load = Load::new(broker, &line.declarations, 4, 2);
    let settings = line.settings(broker, "same");
    let mut older = Daemon::spawn(&settings);
    older.wait_ready();
    load.declarations(2_000);
    load.flush();
    let newer = Daemon::spawn(&settings);
    let (code, _) = older.wait(LIMIT);
    assert_eq!(code, 75, "{}", older.log());
    assert!(older.log().contains("instance_id"), "{}", older.log());
    load.declarations(2_000);
    let written = load.finish();
    wait_until("the newer goes on", LIMIT, || line.committed(broker) == 4_000);
    check(broker, &line, &written);
    drop(newer);
}

#[test]
fn partitions_that_a_broken_hand_over_left_to_nobody_are_taken_up() {
    let broker = Broker::shared();
    let line = Line::create(broker, "orphans", 6);
    let mut load = Load::new(broker, &line.declarations, 6, 7);
    load.declarations(600);
    let written = load.finish();
    // Two members hold the places of the daemon's workers. One owns all, is asked to give up half to the other, and is
    // heard of no more before it says that it has: for the group the half is nobody's, and all is settled.
    let giver = Member::join(broker, &line, "0-1");
    wait_until("one has all partitions", LIMIT, || giver.poll().assigned() == 6);
    let taker = Member::join(broker, &line, "0-0");
    wait_until("the other is a member", LIMIT, || {
        giver.poll();
        taker.poll().rounds() == 1 && giver.revoked() > 0
    });

    let mut daemon = Daemon::spawn(&line.settings(broker, "0"));
    wait_until("everything is decided", LIMIT, || {
        assert_eq!(daemon.exit_code(), None);
        line.committed(broker) == 600
    });
    check(broker, &line, &written);
    assert!(daemon.log().contains("partitions_unassigned"), "{}", daemon.log());
    wait_until("the metric says that all is well", LIMIT, || {
        let topic = &line.declarations;
        daemon.metric(&format!("parcelgate_unassigned_partitions{{topic=\"{topic}\"}}"))
            == Some(0.0)
    });
}

#[test]
fn partitions_that_the_topic_gets_later_are_read_within_seconds() {
    let broker = Broker::shared();
    let line = Line::create(broker, "grown", 2);
    let mut daemon = Daemon::spawn(&line.settings(broker, "0"));
    daemon.wait_ready();
    broker.grow_topic(&line.declarations, 4);
    let line = Line { partitions: 4, ..line };
    let mut load = Load::new(broker, &line.declarations, 4, 8);
    load.declarations(200);
    let written = load.finish();
    // Clients look at a topic anew every five minutes.
    wait_until("everything is decided", LIMIT, || {
        assert_eq!(daemon.exit_code(), None, "{}", daemon.log());
        line.committed(broker) == 200
    });
    check(broker, &line, &written);
}

/// A member of a daemon's group that never finishes to give up partitions.
struct Member(BaseConsumer<Reluctant>);

#[derive(Default)]
struct Reluctant {
    rounds: AtomicUsize,
    assigned: AtomicUsize,
    revoked: AtomicUsize,
}

impl ClientContext for Reluctant {}

impl ConsumerContext for Reluctant {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        kind: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        if kind == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            consumer.incremental_assign(partitions).unwrap();
            self.rounds.fetch_add(1, Ordering::Relaxed);
            self.assigned.fetch_add(partitions.count(), Ordering::Relaxed);
        } else {
            self.revoked.fetch_add(partitions.count(), Ordering::Relaxed);
        }
    }
}

impl Member {
    fn join(broker: &Broker, line: &Line, group_instance_id: &str) -> Self {
        let consumer: BaseConsumer<Reluctant> = broker
            .client()
            .set("group.id", &line.group)
            .set("group.instance.id", group_instance_id)
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("enable.auto.commit", "false")
            .create_with_context(Reluctant::default())
            .unwrap();
        consumer.subscribe(&[&line.declarations]).unwrap();
        Self(consumer)
    }

    fn poll(&self) -> &Self {
        self.0.poll(Duration::ZERO);
        self
    }

    fn rounds(&self) -> usize {
        self.0.context().rounds.load(Ordering::Relaxed)
    }

    fn assigned(&self) -> usize {
        self.0.context().assigned.load(Ordering::Relaxed)
    }

    fn revoked(&self) -> usize {
        self.0.context().revoked.load(Ordering::Relaxed)
    }
}

#[test]
fn a_commit_that_hangs_ends_the_process() {
    let broker = Broker::start();
    let line = Line::create(&broker, "hang", 2);
    // Long enough between commits that the broker is frozen while a transaction is open.
    let settings = line
        .settings(&broker, "0")
        .replace("commit_interval_ms = 20", "commit_interval_ms = 2000\ncommit_hang_ms = 1000");
    let mut load = Load::new(&broker, &line.declarations, 2, 3);
    let mut daemon = Daemon::spawn(&settings);
    daemon.wait_ready();
    load.declarations(100);
    load.flush();
    wait_until("a transaction is open", LIMIT, || {
        daemon.get("/metrics").is_some_and(|(_, text)| {
            text.lines()
                .filter_map(|line| line.strip_prefix("parcelgate_inflight_records"))
                .any(|rest| !rest.ends_with(" 0"))
        })
    });
    broker.freeze();
    let (code, _) = daemon.wait(LIMIT);
    broker.resume();
    assert_eq!(code, 75, "{}", daemon.log());
    assert!(daemon.log().contains("commit_hung"), "{}", daemon.log());

    let written = load.finish();
    let _daemon = Daemon::spawn(&settings);
    wait_until("nothing is lost", LIMIT, || line.committed(&broker) == 100);
    check(&broker, &line, &written);
}

#[test]
fn a_second_signal_stops_at_once() {
    let broker = Broker::start();
    let line = Line::create(&broker, "second", 2);
    let settings = line
        .settings(&broker, "0")
        .replace("commit_interval_ms = 20", "commit_interval_ms = 2000\ncommit_hang_ms = 60000")
        + "[shutdown]\ndeadline_ms = 60000\n";
    let mut load = Load::new(&broker, &line.declarations, 2, 4);
    let mut daemon = Daemon::spawn(&settings);
    daemon.wait_ready();
    load.declarations(100);
    load.flush();
    broker.freeze();
    daemon.terminate();
    wait_until("the first signal is heard", LIMIT, || daemon.log().contains("stopping"));
    assert_eq!(daemon.exit_code(), None, "the open transaction is waited for");
    wait_until("every page says so", LIMIT, || {
        let says =
            |path: &str, what: &str| daemon.get(path).is_some_and(|(_, it)| it.contains(what));
        says("/livez", "alive")
            && says("/readyz", "\"ready\":false")
            && says("/metrics", "parcelgate_ready{check=\"not_stopping\"} 0")
            && says("/status.json", "\"state\":\"stopping\"")
    });
    daemon.terminate();
    let (code, took) = daemon.wait(LIMIT);
    broker.resume();
    assert_eq!(code, 75, "{}", daemon.log());
    assert!(took < Duration::from_secs(5), "{took:?}");
}
