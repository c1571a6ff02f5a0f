//! What librdkafka tells of itself once a second: kept for the worker, and turned into metrics.

use std::cell::RefCell;
use std::collections::BTreeMap;

use metrics::{Counter, Gauge};
use rdkafka::statistics::{Broker, Partition, Statistics, Window};

use crate::telemetry::catalogue::{self, Summary};

const MICROS: f64 = 1e-6;
const MILLIS: f64 = 1e-3;

/// librdkafka's word for a partition that it fetches.
const FETCHED: &str = "active";

/// Takes the statistics of one client, on the thread that polls it.
pub(super) struct Meter {
    /// The client's name among those of the process.
    client: String,
    brokers: RefCell<BTreeMap<i32, BrokerMeter>>,
    rebalances: RefCell<Total>,
    last: RefCell<Last>,
}

/// What the last statistics say of queues and partitions.
#[derive(Debug, Clone, Default)]
pub(super) struct Last {
    /// Records that wait for a poll.
    pub(super) fetched: usize,
    /// Records that wait for a broker.
    pub(super) unsent: usize,
    pub(super) unsent_max: usize,
    pub(super) partitions: BTreeMap<i32, PartitionEnds>,
}

/// A partition as of its last fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartitionEnds {
    /// Where committed records end.
    pub(super) stable: i64,
    /// Where all records end.
    pub(super) high: i64,
    pub(super) is_fetched: bool,
}

impl Meter {
    pub(super) fn new(client: String) -> Self {
        let total = Total::of(catalogue::KAFKA_REBALANCES.counter([&client]));
        Self {
            client,
            brokers: RefCell::default(),
            rebalances: total.into(),
            last: RefCell::default(),
        }
    }

    /// What the last statistics say; nothing before the first.
    pub(super) fn last(&self) -> Last {
        self.last.borrow().clone()
    }

    /// Takes the statistics of the last second, librdkafka's JSON.
    pub(super) fn take(&self, json: &[u8]) {
        match serde_json::from_slice::<Statistics>(json) {
            Ok(statistics) => self.record(&statistics),
            Err(error) => tracing::debug!("librdkafka's statistics are not understood: {error}"),
        }
    }

    fn record(&self, statistics: &Statistics) {
        let client = [self.client.as_str()];
        catalogue::KAFKA_REPLY_QUEUE_OPS.gauge(client).set(gauge(statistics.replyq));
        if statistics.client_type == "producer" {
            self.record_producer(statistics);
        } else {
            self.record_consumer(statistics);
        }
        let mut brokers = self.brokers.borrow_mut();
        // Those with a negative id are addresses that no broker has answered under yet, and coordinators' second names.
        for broker in statistics.brokers.values().filter(|broker| broker.nodeid >= 0) {
            brokers
                .entry(broker.nodeid)
                .or_insert_with(|| BrokerMeter::new(&self.client, broker.nodeid))
                .record(broker);
        }
    }

    fn record_producer(&self, statistics: &Statistics) {
        let client = [self.client.as_str()];
        catalogue::KAFKA_PRODUCER_QUEUE_RECORDS.gauge(client).set(count(statistics.msg_cnt));
        catalogue::KAFKA_PRODUCER_QUEUE_BYTES.gauge(client).set(count(statistics.msg_size));
        catalogue::KAFKA_PRODUCER_QUEUE_CAPACITY_BYTES
            .gauge(client)
            .set(count(statistics.msg_size_max));
        if let Some(state) = &statistics.eos {
            catalogue::KAFKA_TXN_STATE_AGE.gauge(client).set(gauge(state.txn_stateage) * MILLIS);
        }
        *self.last.borrow_mut() = Last {
            unsent: usize::try_from(statistics.msg_cnt).unwrap_or(usize::MAX),
            unsent_max: usize::try_from(statistics.msg_max).unwrap_or(usize::MAX),
            ..Last::default()
        };
    }

    fn record_consumer(&self, statistics: &Statistics) {
        let partitions = || {
            statistics
                .topics
                .values()
                .flat_map(|topic| topic.partitions.values())
                // -1 is the stand-in for records without a partition.
                .filter(|partition| partition.partition >= 0)
        };
        let fetched = partitions().map(|it| it.fetchq_cnt).sum::<i64>();
        let last = Last {
            fetched: usize::try_from(fetched).unwrap_or(0),
            partitions: partitions().filter_map(ends).collect(),
            ..Last::default()
        };
        catalogue::KAFKA_FETCH_QUEUE_RECORDS.gauge([&self.client]).set(gauge(fetched));
        if let Some(group) = &statistics.cgrp {
            self.rebalances.borrow_mut().reach(u64::try_from(group.rebalance_cnt).unwrap_or(0));
        }
        *self.last.borrow_mut() = last;
    }
}

fn ends(partition: &Partition) -> Option<(i32, PartitionEnds)> {
    let (stable, high) = (partition.ls_offset, partition.hi_offset);
    let is_fetched = partition.fetch_state == FETCHED;
    // Negative before the first fetch.
    (stable >= 0 && high >= 0)
        .then_some((partition.partition, PartitionEnds { stable, high, is_fetched }))
}

/// One broker as one client sees it.
struct BrokerMeter {
    client: String,
    broker: String,
    up: Gauge,
    throttle: Gauge,
    errors: Total,
    retries: Total,
    timeouts: Total,
    disconnects: Total,
    rtt: Summary,
}

impl BrokerMeter {
    fn new(client: &str, broker: i32) -> Self {
        let broker = broker.to_string();
        let labels = [client, broker.as_str()];
        Self {
            client: client.to_owned(),
            up: catalogue::KAFKA_BROKER_UP.gauge(labels),
            throttle: catalogue::KAFKA_THROTTLE.gauge(labels),
            errors: Total::of(catalogue::KAFKA_TX_ERRORS.counter(labels)),
            retries: Total::of(catalogue::KAFKA_TX_RETRIES.counter(labels)),
            timeouts: Total::of(catalogue::KAFKA_REQUEST_TIMEOUTS.counter(labels)),
            disconnects: Total::of(catalogue::KAFKA_DISCONNECTS.counter(labels)),
            rtt: Summary::default(),
            broker,
        }
    }

    fn record(&mut self, seen: &Broker) {
        self.up.set(f64::from(u8::from(seen.state == "UP")));
        self.throttle.set(seen.throttle.as_ref().map_or(0.0, |it| gauge(it.avg) * MILLIS));
        self.errors.reach(seen.txerrs);
        self.retries.reach(seen.txretries);
        self.timeouts.reach(seen.req_timeouts);
        let disconnects = seen.disconnects.unwrap_or(0);
        self.disconnects.reach(u64::try_from(disconnects).unwrap_or(0));
        if let Some(rtt) = &seen.rtt {
            self.record_rtt(rtt);
        }
    }

    /// A window without a request says nothing; the last one stands.
    fn record_rtt(&mut self, seen: &Window) {
        if seen.cnt <= 0 {
            return;
        }
        self.rtt.quantiles = [("0.5", seen.p50), ("0.95", seen.p95), ("0.99", seen.p99)]
            .map(|(quantile, micros)| (quantile, gauge(micros) * MICROS))
            .to_vec();
        self.rtt.sum += gauge(seen.sum) * MICROS;
        self.rtt.count += u64::try_from(seen.cnt).unwrap_or(0);
        catalogue::KAFKA_RTT.summary([&self.client, &self.broker], &self.rtt);
    }
}

impl Drop for BrokerMeter {
    /// The client goes, and its connection with it.
    fn drop(&mut self) {
        self.up.set(0.0);
    }
}

/// A counter that follows a total of librdkafka's. That one begins at 0 with each client, the counter does not.
struct Total {
    counter: Counter,
    reached: u64,
}

impl Total {
    fn of(counter: Counter) -> Self {
        Self { counter, reached: 0 }
    }

    fn reach(&mut self, total: u64) {
        self.counter.increment(total.saturating_sub(self.reached));
        self.reached = total;
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and times far below 2^53")]
fn gauge(value: i64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn count(value: u64) -> f64 {
    value as f64
}
