//! The limit to measure against: a transactional copy of a topic, as fast as librdkafka's raw API goes.
//!
//! Batch consume, produce on a topic handle, no delivery reports to drain, commit directly.
#![expect(
    unsafe_code,
    reason = "the raw API is what is measured; nothing here outlives its client"
)]

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;
use std::time::{Duration, Instant};

use rdkafka::bindings as sys;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

/// What is copied, and how.
#[derive(Debug, Clone)]
pub struct CopyLoop {
    pub bootstrap: String,
    pub input: String,
    pub output: String,
    pub group: String,
    pub commit_interval: Duration,
    /// 64 KiB for throughput, 1 for latency.
    pub fetch_min_bytes: u32,
}

const BATCH: usize = 1_000;
const PARTITIONS_MAX: usize = 64;

impl CopyLoop {
    /// Copies until the process is ended.
    pub fn run(&self) -> ! {
        let consumer = self.consumer();
        let producer = self.producer();
        let output = CString::new(self.output.as_str()).expect("a name without zeros");
        // SAFETY: client and name are alive; the handle lives as long as the process.
        let topic = unsafe { sys::rd_kafka_topic_new(producer, output.as_ptr(), ptr::null_mut()) };
        // SAFETY: the client is alive for the rest of the process.
        let queue = unsafe { sys::rd_kafka_queue_get_consumer(consumer) };
        loop {
            self.transaction(consumer, queue, producer, topic);
        }
    }

    fn consumer(&self) -> *mut sys::rd_kafka_t {
        let config = ClientConfig::new()
            .set("bootstrap.servers", &self.bootstrap)
            .set("group.id", &self.group)
            .set("group.instance.id", "copy-loop")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            .set("fetch.queue.backoff.ms", "5")
            .set("fetch.min.bytes", self.fetch_min_bytes.to_string())
            .set("fetch.wait.max.ms", "5")
            .set("queued.min.messages", "100000")
            .create_native_config()
            .expect("valid settings");
        let mut topics = TopicPartitionList::new();
        topics.add_topic_unassigned(&self.input);
        // SAFETY: the configuration's copy goes to the client; client and list are alive during the calls.
        unsafe {
            let conf = sys::rd_kafka_conf_dup(config.ptr());
            sys::rd_kafka_conf_set_rebalance_cb(conf, Some(on_rebalance));
            let client = new_client(sys::rd_kafka_type_t::RD_KAFKA_CONSUMER, conf);
            sys::rd_kafka_poll_set_consumer(client);
            let subscribed = sys::rd_kafka_subscribe(client, topics.ptr());
            assert_eq!(subscribed, RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR);
            client
        }
    }

    fn producer(&self) -> *mut sys::rd_kafka_t {
        let config = ClientConfig::new()
            .set("bootstrap.servers", &self.bootstrap)
            .set("transactional.id", format!("copy-{}", self.group))
            .set("linger.ms", "5")
            .set("batch.num.messages", "10000")
            .set("compression.type", "lz4")
            .set("queue.buffering.max.messages", "200000")
            .set("queue.buffering.max.kbytes", "262144")
            .set("retry.backoff.ms", "10")
            .set("delivery.report.only.error", "true")
            .create_native_config()
            .expect("valid settings");
        // SAFETY: the configuration's copy goes to the client, which is alive during the call.
        unsafe {
            let conf = sys::rd_kafka_conf_dup(config.ptr());
            let client = new_client(sys::rd_kafka_type_t::RD_KAFKA_PRODUCER, conf);
            require("init", sys::rd_kafka_init_transactions(client, 60_000));
            client
        }
    }

    fn transaction(
        &self,
        consumer: *mut sys::rd_kafka_t,
        queue: *mut sys::rd_kafka_queue_t,
        producer: *mut sys::rd_kafka_t,
        topic: *mut sys::rd_kafka_topic_t,
    ) {
        let mut next = [-1_i64; PARTITIONS_MAX];
        let mut began: Option<Instant> = None;
        while began.is_none_or(|began| began.elapsed() < self.commit_interval) {
            let mut batch: [*mut sys::rd_kafka_message_t; BATCH] = [ptr::null_mut(); BATCH];
            // SAFETY: the queue is alive and the array has room for as many messages as we say.
            let count =
                unsafe { sys::rd_kafka_consume_batch_queue(queue, 1, batch.as_mut_ptr(), BATCH) };
            for &message in batch.iter().take(usize::try_from(count).unwrap_or(0)) {
                if began.is_none() {
                    // SAFETY: the client is alive.
                    unsafe { require("begin", sys::rd_kafka_begin_transaction(producer)) };
                    began = Some(Instant::now());
                }
                // SAFETY: the message is ours until it is destroyed here; the topic is alive.
                unsafe { copy(message, producer, topic, &mut next) };
            }
        }
        self.commit(consumer, producer, &next);
    }

    fn commit(&self, consumer: *mut sys::rd_kafka_t, producer: *mut sys::rd_kafka_t, next: &[i64]) {
        let mut offsets = TopicPartitionList::new();
        for (partition, &offset) in (0..).zip(next).filter(|(_, offset)| **offset >= 0) {
            offsets
                .add_partition_offset(&self.input, partition, Offset::Offset(offset))
                .expect("a valid offset");
        }
        // SAFETY: both clients and the list are alive; the metadata is destroyed here.
        unsafe {
            let metadata = sys::rd_kafka_consumer_group_metadata(consumer);
            let sent =
                sys::rd_kafka_send_offsets_to_transaction(producer, offsets.ptr(), metadata, -1);
            require("send offsets", sent);
            sys::rd_kafka_consumer_group_metadata_destroy(metadata);
            require("commit", sys::rd_kafka_commit_transaction(producer, -1));
        }
    }
}

/// # Safety
/// The message must be ours, client and topic alive.
unsafe fn copy(
    message: *mut sys::rd_kafka_message_t,
    producer: *mut sys::rd_kafka_t,
    topic: *mut sys::rd_kafka_topic_t,
    next: &mut [i64],
) {
    // SAFETY: as the caller says; key and payload are copied before the message is destroyed.
    unsafe {
        let record = &*message;
        if record.err == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            while sys::rd_kafka_produce(
                topic,
                -1,
                sys::RD_KAFKA_MSG_F_COPY,
                record.payload,
                record.len,
                record.key,
                record.key_len,
                ptr::null_mut(),
            ) != 0
            {
                let error = sys::rd_kafka_last_error();
                assert_eq!(error, RDKafkaRespErr::RD_KAFKA_RESP_ERR__QUEUE_FULL);
                sys::rd_kafka_poll(producer, 5);
            }
            let partition = usize::try_from(record.partition).expect("a partition");
            next[partition] = record.offset + 1;
        }
        sys::rd_kafka_message_destroy(message);
    }
}

/// # Safety
/// The configuration must be ours; it goes to the client.
unsafe fn new_client(
    kind: sys::rd_kafka_type_t,
    conf: *mut sys::rd_kafka_conf_t,
) -> *mut sys::rd_kafka_t {
    let mut reason: [c_char; 256] = [0; 256];
    // SAFETY: as the caller says; the buffer is as long as we say.
    let client = unsafe { sys::rd_kafka_new(kind, conf, reason.as_mut_ptr(), reason.len()) };
    assert!(!client.is_null(), "no client");
    client
}

unsafe extern "C" fn on_rebalance(
    client: *mut sys::rd_kafka_t,
    kind: RDKafkaRespErr,
    partitions: *mut sys::rd_kafka_topic_partition_list_t,
    _: *mut c_void,
) {
    // SAFETY: client and list are alive during the call.
    let error = unsafe {
        if kind == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            sys::rd_kafka_incremental_assign(client, partitions)
        } else {
            sys::rd_kafka_incremental_unassign(client, partitions)
        }
    };
    // SAFETY: the error, where there is one, is ours.
    unsafe { require("rebalance", error) };
}

/// # Safety
/// The error must be null or ours.
unsafe fn require(call: &str, error: *mut sys::rd_kafka_error_t) {
    if !error.is_null() {
        // SAFETY: the error is alive and its text ends with a zero.
        let text = unsafe { CStr::from_ptr(sys::rd_kafka_error_string(error)) };
        panic!("{call}: {}", text.to_string_lossy());
    }
}
