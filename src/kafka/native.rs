//! A thin, safe face on the parts of librdkafka that the data path uses. The one file with `unsafe`.
//!
//! Why not the safe consumer and producer of rdkafka: taking fetched messages by the batch costs a quarter of a poll
//! each; writing to a topic handle saves a look-up and an allocation per record; and the safe commit waits in slices
//! of 100 ms while anything is in flight.
//!
//! What makes it sound: every pointer has one owner here. A [`Batch`] and a [`GroupMetadata`] keep their client alive
//! through an [`Rc`], so nothing that librdkafka lends outlives it. Callbacks run inside calls of the owning thread
//! (rebalances, statistics, errors), or touch nothing of ours but what is locked (the log, certificates).
#![expect(unsafe_code, reason = "calls into librdkafka; see above for what makes them sound")]

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::rc::Rc;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use rdkafka::bindings as sys;
use rdkafka::types::{RDKafkaErrorCode as Code, RDKafkaRespErr};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::fault::{CallError, is_refusal};
use super::statistics::{Last, Meter};
use crate::pipeline::batch::{self, Record};
use crate::pipeline::ports::Rebalance;
use crate::telemetry::events::ClientLogged;

type Result<T> = std::result::Result<T, CallError>;

/// A librdkafka client, destroyed with its last owner, and where its callbacks leave what they are told.
struct Client {
    handle: *mut sys::rd_kafka_t,
    inbox: Box<Inbox>,
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: the pointer came from rd_kafka_new, and whatever was taken from the client held an Rc of it.
        unsafe { sys::rd_kafka_destroy(self.handle) };
    }
}

impl Client {
    /// `name` is the client's in metrics. `hears` errors of connections, which are logged otherwise.
    fn new(
        kind: sys::rd_kafka_type_t,
        config: &ClientConfig,
        name: String,
        hears: bool,
    ) -> Result<Self> {
        let failed =
            |message: String| CallError::plain("create client", Code::InvalidArgument, message);
        let native = config.create_native_config().map_err(|error| failed(error.to_string()))?;
        let inbox = Box::new(Inbox {
            rebalances: RebalanceInbox::default(),
            meter: Meter::new(name),
            complaint: RefCell::default(),
            trouble: RefCell::default(),
            distrust: Mutex::default(),
        });
        let mut reason = [0; 512];
        // SAFETY: `native` is alive, and its copy belongs to the new client, or to us when there is none. The callbacks
        // have the types that librdkafka asks for, and the box is dropped after the client. `reason` is as long as we say.
        let client = unsafe {
            let conf = sys::rd_kafka_conf_dup(native.ptr());
            sys::rd_kafka_conf_set_log_cb(conf, Some(on_log));
            sys::rd_kafka_conf_set_opaque(conf, (&raw const *inbox).cast_mut().cast());
            sys::rd_kafka_conf_set_stats_cb(conf, Some(on_statistics));
            sys::rd_kafka_conf_set_ssl_cert_verify_cb(conf, Some(on_certificate));
            if hears {
                sys::rd_kafka_conf_set_error_cb(conf, Some(on_error));
            }
            if kind == sys::rd_kafka_type_t::RD_KAFKA_CONSUMER {
                sys::rd_kafka_conf_set_rebalance_cb(conf, Some(on_rebalance));
            }
            let client = sys::rd_kafka_new(kind, conf, reason.as_mut_ptr(), reason.len());
            if client.is_null() {
                sys::rd_kafka_conf_destroy(conf);
            }
            client
        };
        if client.is_null() {
            // SAFETY: librdkafka ends its reason with a zero.
            return Err(failed(unsafe { text(reason.as_ptr()) }));
        }
        Ok(Self { handle: client, inbox })
    }

    /// The error that killed the client, where one did.
    fn fatal_error(&self, call: &'static str) -> Option<CallError> {
        let mut reason = [0; 512];
        // SAFETY: the client is alive; `reason` is as long as we say and is ended with a zero.
        let (code, message) = unsafe {
            let code = sys::rd_kafka_fatal_error(self.handle, reason.as_mut_ptr(), reason.len());
            (code, text(reason.as_ptr()))
        };
        let fatal = CallError { fatal: true, ..CallError::plain(call, code.into(), message) };
        (code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR).then_some(fatal)
    }
}

/// A consumer of one topic, a static member of its group.
pub(super) struct Consumer {
    client: Rc<Client>,
    queue: *mut sys::rd_kafka_queue_t,
    topic: String,
}

/// Where callbacks leave what they are told. Boxed, so that librdkafka's pointer to it stays valid.
struct Inbox {
    rebalances: RebalanceInbox,
    meter: Meter,
    /// Why brokers did not let this client in, or it not them.
    complaint: RefCell<Option<(Code, String)>>,
    /// Why the last connection did not come about, or broke, for any other reason.
    trouble: RefCell<Option<String>>,
    /// What is wrong with a broker's certificate. Written by librdkafka's threads.
    distrust: Mutex<Option<&'static str>>,
}

/// Rebalances until the loop answers them.
#[derive(Default)]
struct RebalanceInbox {
    pending: RefCell<Vec<Rebalance>>,
    /// Rebalances that no `assign` or `unassign` has answered yet. The group's state machine waits for each.
    unanswered: RefCell<VecDeque<Rebalance>>,
    /// Nobody will answer any more.
    closing: Cell<bool>,
}

/// What a poll brings beside records.
#[derive(Default)]
pub(super) struct PollNews {
    pub(super) rebalances: Vec<Rebalance>,
    /// Errors that may pass.
    pub(super) troubles: Vec<String>,
}

impl Consumer {
    /// `name` is the client's in metrics.
    pub(super) fn subscribe(config: &ClientConfig, name: String, topic: &str) -> Result<Self> {
        let kind = sys::rd_kafka_type_t::RD_KAFKA_CONSUMER;
        let client = Rc::new(Client::new(kind, config, name, false)?);
        let mut topics = TopicPartitionList::with_capacity(1);
        topics.add_topic_unassigned(topic);
        // SAFETY: the client and the list are alive; the queue is released in `drop`.
        let (queue, code) = unsafe {
            sys::rd_kafka_poll_set_consumer(client.handle);
            let queue = sys::rd_kafka_queue_get_consumer(client.handle);
            (queue, sys::rd_kafka_subscribe(client.handle, topics.ptr()))
        };
        let consumer = Self { client, queue, topic: topic.to_owned() };
        check("subscribe", code)?;
        Ok(consumer)
    }

    /// Waits for the first message at most `wait`, then takes what is there.
    pub(super) fn poll(&self, records_max: usize, wait: Duration) -> Result<(Batch, PollNews)> {
        let mut messages = Vec::with_capacity(records_max);
        // SAFETY: the client is alive and this thread is its only poller. A message, where there is one, is ours.
        let first = unsafe { sys::rd_kafka_consumer_poll(self.client.handle, millis(wait)) };
        if !first.is_null() {
            messages.push(first);
            let room = records_max.saturating_sub(1);
            // SAFETY: the vector has room for that many pointers after the first; librdkafka says how many it wrote,
            // and those messages are ours.
            unsafe {
                let free = messages.as_mut_ptr().add(1);
                let taken = sys::rd_kafka_consume_batch_queue(self.queue, 0, free, room);
                messages.set_len(1 + usize::try_from(taken).unwrap_or(0));
            }
        }
        let batch = Batch { messages, _client: Rc::clone(&self.client) };
        let troubles = self.troubles(&batch)?;
        let rebalances = self.client.inbox.rebalances.pending.take();
        Ok((batch, PollNews { rebalances, troubles }))
    }

    /// The errors among the messages: those that end the session, or else words for those that may pass.
    fn troubles(&self, batch: &Batch) -> Result<Vec<String>> {
        let mut troubles = Vec::new();
        for message in batch.errors() {
            let code = Code::from(message.err);
            // SAFETY: the message is alive; its error text is ended with a zero and lives as long.
            let said = unsafe { text(sys::rd_kafka_message_errstr(message)) };
            let place = format!("partition {}: {said}", message.partition);
            let error = CallError::plain("read", code, place);
            match code {
                Code::PartitionEOF => {}
                Code::Fatal => return Err(self.client.fatal_error("read").unwrap_or(error)),
                Code::AutoOffsetReset
                | Code::OffsetOutOfRange
                | Code::TopicAuthorizationFailed
                | Code::GroupAuthorizationFailed => return Err(error),
                _ => troubles.push(error.to_string()),
            }
        }
        Ok(troubles)
    }

    /// The committed offsets of the partitions; `None` where there is none.
    pub(super) fn committed(
        &self,
        topic: &str,
        partitions: &[i32],
        timeout: Duration,
    ) -> Result<BTreeMap<i32, Option<i64>>> {
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for &partition in partitions {
            list.add_partition(topic, partition);
        }
        // SAFETY: client and list are alive; the list is ours to change.
        let code =
            unsafe { sys::rd_kafka_committed(self.client.handle, list.ptr(), millis(timeout)) };
        check("read committed offsets", code)?;
        list.elements()
            .iter()
            .map(|element| {
                element.error().map_err(|error| {
                    let code = error.rdkafka_error_code().unwrap_or(Code::Unknown);
                    CallError::plain("read committed offsets", code, error.to_string())
                })?;
                let offset = match element.offset() {
                    Offset::Offset(offset) => Some(offset),
                    _ => None,
                };
                Ok((element.partition(), offset))
            })
            .collect()
    }

    /// The first offset of a partition and the one after its last, asked of the broker.
    pub(super) fn watermarks(
        &self,
        topic: &str,
        partition: i32,
        timeout: Duration,
    ) -> Result<(i64, i64)> {
        let name = c_text(topic)?;
        let (mut low, mut high) = (0, 0);
        // SAFETY: the client, the name and both targets are alive during the call.
        let code = unsafe {
            sys::rd_kafka_query_watermark_offsets(
                self.client.handle,
                name.as_ptr(),
                partition,
                &raw mut low,
                &raw mut high,
                millis(timeout),
            )
        };
        check("read watermarks", code)?;
        Ok((low, high))
    }

    /// What the client last told of itself.
    pub(super) fn statistics(&self) -> Last {
        self.client.inbox.meter.last()
    }

    /// Takes over partitions, to be read from these offsets.
    pub(super) fn assign(&self, topic: &str, offsets: &BTreeMap<i32, i64>) -> Result<()> {
        let list = offset_list(topic, offsets)?;
        // SAFETY: client and list are alive; the error, where there is one, is ours.
        unsafe {
            done("assign", sys::rd_kafka_incremental_assign(self.client.handle, list.ptr()))?;
        };
        self.client.inbox.rebalances.unanswered.borrow_mut().pop_front();
        Ok(())
    }

    /// Gives up partitions.
    pub(super) fn unassign(&self, topic: &str, partitions: &[i32]) -> Result<()> {
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for &partition in partitions {
            list.add_partition(topic, partition);
        }
        // SAFETY: client and list are alive; the error, where there is one, is ours.
        unsafe {
            done("unassign", sys::rd_kafka_incremental_unassign(self.client.handle, list.ptr()))?;
        };
        self.client.inbox.rebalances.unanswered.borrow_mut().pop_front();
        Ok(())
    }

    /// Answers what a session that failed has left unanswered: closing would wait for it without end.
    fn answer_the_rest(&self) {
        let unanswered = self.client.inbox.rebalances.unanswered.take();
        for rebalance in unanswered {
            let answered = match rebalance {
                Rebalance::Assigned(partitions) => {
                    // Never read: the consumer is closed next.
                    let from_anywhere = partitions.into_iter().map(|it| (it, 0)).collect();
                    self.assign(&self.topic, &from_anywhere)
                }
                Rebalance::Revoked(partitions) | Rebalance::Lost(partitions) => {
                    self.unassign(&self.topic, &partitions)
                }
            };
            if let Err(error) = answered {
                tracing::debug!("closing the consumer: {error}");
            }
        }
    }

    /// Goes to these offsets; what was fetched before is dropped.
    pub(super) fn seek(
        &self,
        topic: &str,
        offsets: &BTreeMap<i32, i64>,
        timeout: Duration,
    ) -> Result<()> {
        let list = offset_list(topic, offsets)?;
        // SAFETY: client and list are alive; the list is ours to change, the error ours to destroy.
        unsafe {
            let error =
                sys::rd_kafka_seek_partitions(self.client.handle, list.ptr(), millis(timeout));
            done("seek", error)?;
        }
        for element in list.elements() {
            element.error().map_err(|error| {
                let code = error.rdkafka_error_code().unwrap_or(Code::Unknown);
                CallError::plain("seek", code, error.to_string())
            })?;
        }
        Ok(())
    }

    /// What fences a commit of a member that is no longer one. Take it anew for every commit.
    pub(super) fn group_metadata(&self) -> Result<GroupMetadata> {
        // SAFETY: the client is alive; the metadata, where there is some, is ours.
        let metadata = unsafe { sys::rd_kafka_consumer_group_metadata(self.client.handle) };
        if metadata.is_null() {
            let message = "the consumer is in no group".to_owned();
            return Err(CallError::plain("read group metadata", Code::InvalidArgument, message));
        }
        Ok(GroupMetadata(metadata))
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.answer_the_rest();
        self.client.inbox.rebalances.closing.set(true);
        // SAFETY: the queue and the client are alive. Closing serves the rebalance callback on this thread, which
        // finds `closing` set and answers by itself.
        unsafe {
            sys::rd_kafka_queue_destroy(self.queue);
            sys::rd_kafka_consumer_close(self.client.handle);
        }
    }
}

/// Group id, generation and member id at one moment.
pub(super) struct GroupMetadata(*mut sys::rd_kafka_consumer_group_metadata_t);

impl Drop for GroupMetadata {
    fn drop(&mut self) {
        // SAFETY: the pointer came from librdkafka as ours; it holds copies, not references to a client.
        unsafe { sys::rd_kafka_consumer_group_metadata_destroy(self.0) };
    }
}

/// Messages as fetched, errors among them.
pub struct Batch {
    messages: Vec<*mut sys::rd_kafka_message_t>,
    _client: Rc<Client>,
}

impl Batch {
    fn messages(&self) -> impl Iterator<Item = &sys::rd_kafka_message_t> {
        // SAFETY: each pointer is a message that we own until `drop`.
        self.messages.iter().map(|&message| unsafe { &*message })
    }

    fn errors(&self) -> impl Iterator<Item = &sys::rd_kafka_message_t> {
        self.messages().filter(|message| !is_record(message))
    }
}

impl batch::Batch for Batch {
    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.messages().filter(|message| is_record(message)).map(|message| Record {
            partition: message.partition,
            offset: message.offset,
            timestamp: timestamp(message),
            // SAFETY: key and payload are as long as the message says and live as long as it does.
            key: unsafe { bytes(message.key, message.key_len) },
            // SAFETY: as above.
            payload: unsafe { bytes(message.payload, message.len) }.unwrap_or_default(),
            content_type: content_type(message),
        })
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        for &message in &self.messages {
            // SAFETY: the message is ours and nothing borrows from the batch any more; its client is alive.
            unsafe { sys::rd_kafka_message_destroy(message) };
        }
    }
}

fn is_record(message: &sys::rd_kafka_message_t) -> bool {
    message.err == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR
}

fn timestamp(message: &sys::rd_kafka_message_t) -> Option<Timestamp> {
    let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    // SAFETY: the message and the target are alive.
    let millisecond = unsafe { sys::rd_kafka_message_timestamp(message, &raw mut kind) };
    Timestamp::from_millisecond(millisecond).ok().filter(|_| millisecond >= 0)
}

fn content_type(message: &sys::rd_kafka_message_t) -> Option<&[u8]> {
    let mut headers = ptr::null_mut();
    let (mut value, mut length) = (ptr::null(), 0);
    // SAFETY: the message and the targets are alive. Headers and value belong to the message and live as long as it.
    // Reading headers the first time changes the message inside; no other thread holds it.
    unsafe {
        let message = ptr::from_ref(message);
        let found = sys::rd_kafka_message_headers(message, &raw mut headers);
        if found != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return None;
        }
        let name = c"content-type".as_ptr();
        let found = sys::rd_kafka_header_get_last(headers, name, &raw mut value, &raw mut length);
        if found != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return None;
        }
        bytes(value, length)
    }
}

/// A transactional producer.
pub(super) struct Producer {
    client: Rc<Client>,
}

/// A topic that a producer writes to.
pub(super) struct Topic {
    handle: *mut sys::rd_kafka_topic_t,
    _client: Rc<Client>,
}

impl Drop for Topic {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and its client is alive.
        unsafe { sys::rd_kafka_topic_destroy(self.handle) };
    }
}

/// Why a record was not taken.
pub(super) enum Refused {
    /// Its turn comes when others are delivered.
    QueueFull,
    Error(CallError),
}

impl Producer {
    /// `name` is the client's in metrics.
    pub(super) fn new(config: &ClientConfig, name: String) -> Result<Self> {
        let kind = sys::rd_kafka_type_t::RD_KAFKA_PRODUCER;
        Ok(Self { client: Rc::new(Client::new(kind, config, name, false)?) })
    }

    /// Takes what the client has to tell.
    pub(super) fn serve(&self) {
        self.wait(Duration::ZERO);
    }

    /// What the client last told of itself.
    pub(super) fn statistics(&self) -> Last {
        self.client.inbox.meter.last()
    }

    pub(super) fn topic(&self, name: &str) -> Result<Topic> {
        let c_name = c_text(name)?;
        // SAFETY: client and name are alive; no configuration of its own is given; the handle is ours.
        let handle = unsafe {
            sys::rd_kafka_topic_new(self.client.handle, c_name.as_ptr(), ptr::null_mut())
        };
        if handle.is_null() {
            let message = format!("topic {name}");
            return Err(CallError::plain("open topic", Code::InvalidArgument, message));
        }
        Ok(Topic { handle, _client: Rc::clone(&self.client) })
    }

    /// Fences earlier producers of the same transactional id and ends what they left open.
    pub(super) fn init_transactions(&self, timeout: Duration) -> Result<()> {
        // SAFETY: the client is alive; the error, where there is one, is ours.
        unsafe {
            let error = sys::rd_kafka_init_transactions(self.client.handle, millis(timeout));
            done("init transactions", error)
        }
    }

    pub(super) fn begin(&self) -> Result<()> {
        // SAFETY: the client is alive; the error, where there is one, is ours.
        unsafe { done("begin transaction", sys::rd_kafka_begin_transaction(self.client.handle)) }
    }

    /// Queues a record; key and payload are copied.
    pub(super) fn produce(
        &self,
        topic: &Topic,
        key: Option<&[u8]>,
        payload: &[u8],
    ) -> std::result::Result<(), Refused> {
        let (key, key_length) = key.map_or((ptr::null(), 0), |key| (key.as_ptr(), key.len()));
        // SAFETY: topic and client are alive. Key and payload are as long as we say, are only read, and are copied
        // before the call returns.
        let code = unsafe {
            let refused = sys::rd_kafka_produce(
                topic.handle,
                PARTITION_BY_KEY,
                sys::RD_KAFKA_MSG_F_COPY,
                payload.as_ptr().cast_mut().cast(),
                payload.len(),
                key.cast(),
                key_length,
                ptr::null_mut(),
            );
            if refused == 0 {
                return Ok(());
            }
            sys::rd_kafka_last_error()
        };
        if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__QUEUE_FULL {
            return Err(Refused::QueueFull);
        }
        Err(Refused::Error(self.client.fatal_error("write").unwrap_or_else(|| {
            let error = CallError::plain("write", code.into(), error_text(code));
            // The transaction was found dead since the last call; which way, the abort will tell.
            let requires_abort = error.code == Code::State;
            CallError { requires_abort, ..error }
        })))
    }

    /// Lets the client work for a moment; for callers that wait for room in the queue.
    pub(super) fn wait(&self, time: Duration) {
        // SAFETY: the client is alive.
        unsafe { sys::rd_kafka_poll(self.client.handle, millis(time)) };
    }

    pub(super) fn send_offsets(
        &self,
        topic: &str,
        offsets: &BTreeMap<i32, i64>,
        metadata: &GroupMetadata,
    ) -> Result<()> {
        let list = offset_list(topic, offsets)?;
        // SAFETY: client, list and metadata are alive; the error, where there is one, is ours.
        unsafe {
            let error = sys::rd_kafka_send_offsets_to_transaction(
                self.client.handle,
                list.ptr(),
                metadata.0,
                WHOLE_TRANSACTION,
            );
            done("send offsets", error)
        }
    }

    pub(super) fn commit(&self) -> Result<()> {
        // SAFETY: the client is alive; the error, where there is one, is ours.
        unsafe {
            let error = sys::rd_kafka_commit_transaction(self.client.handle, WHOLE_TRANSACTION);
            done("commit transaction", error)
        }
    }

    pub(super) fn abort(&self) -> Result<()> {
        // SAFETY: the client is alive; the error, where there is one, is ours.
        unsafe {
            let error = sys::rd_kafka_abort_transaction(self.client.handle, WHOLE_TRANSACTION);
            done("abort transaction", error)
        }
    }
}

/// A client that asks a cluster about itself.
pub(super) struct Inquirer(Client);

/// What a cluster says of a topic or a group.
pub(super) struct Described {
    pub(super) name: String,
    /// Why it says nothing.
    pub(super) error: Option<Code>,
    /// What this user may do with it; `None` where the brokers do not say.
    pub(super) allowed: Option<Vec<Operation>>,
}

/// What may be done with a topic or a group.
pub(super) type Operation = sys::rd_kafka_AclOperation_t;

impl Inquirer {
    pub(super) fn new(config: &ClientConfig) -> Result<Self> {
        let kind = sys::rd_kafka_type_t::RD_KAFKA_PRODUCER;
        Client::new(kind, config, String::new(), true).map(Self)
    }

    /// Why the last connection that failed did so, where that was for want of trust.
    pub(super) fn complaint(&self) -> Option<(Code, String)> {
        // SAFETY: the client is alive. Callbacks run inside this call.
        while unsafe { sys::rd_kafka_poll(self.0.handle, 0) } > 0 {}
        let (code, reason) = self.0.inbox.complaint.borrow().clone()?;
        let distrust = self.0.inbox.distrust.lock().ok().and_then(|it| *it);
        Some(match distrust.filter(|_| code == Code::SSL) {
            Some(distrust) => (code, format!("{distrust} ({reason})")),
            None => (code, reason),
        })
    }

    /// Why the last connection that failed did so, where that was for another reason.
    pub(super) fn trouble(&self) -> Option<String> {
        self.0.inbox.trouble.borrow().clone()
    }

    /// The topics that this user may see, and how many partitions each has.
    pub(super) fn all_topics(&self, timeout: Duration) -> Result<Vec<(String, usize)>> {
        let mut metadata = ptr::null();
        // SAFETY: the client is alive; no topic is named. The metadata, where there is some, is ours until destroyed here,
        // and lends as many topics as it says, each with a name that is ended with a zero.
        unsafe {
            let all = 1;
            let (client, none) = (self.0.handle, ptr::null_mut());
            let code =
                sys::rd_kafka_metadata(client, all, none, &raw mut metadata, millis(timeout));
            check("read metadata", code)?;
            let count = usize::try_from((*metadata).topic_cnt).unwrap_or(0);
            let topics = lent((*metadata).topics, count)
                .iter()
                .filter(|topic| topic.err == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR)
                .map(|topic| (text(topic.topic), usize::try_from(topic.partition_cnt).unwrap_or(0)))
                .collect();
            sys::rd_kafka_metadata_destroy(metadata);
            Ok(topics)
        }
    }

    /// What the cluster says of topics, each named once.
    pub(super) fn topics(&self, names: &[&str], timeout: Duration) -> Result<Vec<Described>> {
        self.describe_topics(names, timeout, |topic| {
            // SAFETY: the description is alive and lends its error, its name and its operations, as many as it says.
            unsafe {
                let mut operations = 0;
                let first = sys::rd_kafka_TopicDescription_authorized_operations(
                    topic,
                    &raw mut operations,
                );
                Described {
                    name: text(sys::rd_kafka_TopicDescription_name(topic)),
                    error: code_of(sys::rd_kafka_TopicDescription_error(topic)),
                    allowed: (!first.is_null()).then(|| lent(first, operations).to_vec()),
                }
            }
        })
    }

    /// How many partitions a topic has; 0 where there is no such topic.
    pub(super) fn partitions(&self, topic: &str, timeout: Duration) -> Result<usize> {
        let counts = self.describe_topics(&[topic], timeout, |topic| {
            let mut count = 0;
            // SAFETY: the description is alive.
            unsafe { sys::rd_kafka_TopicDescription_partitions(topic, &raw mut count) };
            count
        })?;
        Ok(counts.into_iter().sum())
    }

    fn describe_topics<T>(
        &self,
        names: &[&str],
        timeout: Duration,
        read: impl Fn(*const sys::rd_kafka_TopicDescription_t) -> T,
    ) -> Result<Vec<T>> {
        let names = names.iter().map(|name| c_text(name)).collect::<Result<Vec<_>>>()?;
        let mut pointers = names.iter().map(|name| name.as_ptr()).collect::<Vec<_>>();
        let question = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        let event = self.ask(question, "describe topics", timeout, |options, queue| {
            // SAFETY: the names are alive during the calls and copied by the first; all else is alive.
            unsafe {
                let (start, length) = (pointers.as_mut_ptr(), pointers.len());
                let topics = sys::rd_kafka_TopicCollection_of_topic_names(start, length);
                sys::rd_kafka_DescribeTopics(self.0.handle, topics, options, queue);
                sys::rd_kafka_TopicCollection_destroy(topics);
            }
        })?;
        // SAFETY: the event is alive and answers this question; what it lends is read before it is dropped.
        unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_DescribeTopics_result(event.0);
            let topics = sys::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
            Ok(lent(topics, count).iter().map(|&topic| read(topic)).collect())
        }
    }

    /// What the coordinator says of a group.
    pub(super) fn group(&self, name: &str, timeout: Duration) -> Result<Described> {
        self.describe_group(name, timeout, |group| {
            // SAFETY: the description is alive and lends its error and its operations, as many as it says.
            unsafe {
                let mut operations = 0;
                let first = sys::rd_kafka_ConsumerGroupDescription_authorized_operations(
                    group,
                    &raw mut operations,
                );
                Described {
                    name: name.to_owned(),
                    error: code_of(sys::rd_kafka_ConsumerGroupDescription_error(group)),
                    allowed: (!first.is_null()).then(|| lent(first, operations).to_vec()),
                }
            }
        })
    }

    /// The partitions of a topic that a group's members have between them; `None` while they are handed out.
    pub(super) fn assigned(
        &self,
        group: &str,
        topic: &str,
        timeout: Duration,
    ) -> Result<Option<Vec<i32>>> {
        self.describe_group(group, timeout, |group| {
            let stable = sys::rd_kafka_consumer_group_state_t::RD_KAFKA_CONSUMER_GROUP_STATE_STABLE;
            // SAFETY: the description is alive and lends as many members as it says, each with its assignment and a list of
            // partitions, which lends the names of their topics.
            unsafe {
                if sys::rd_kafka_ConsumerGroupDescription_state(group) != stable {
                    return None;
                }
                let members = 0..sys::rd_kafka_ConsumerGroupDescription_member_count(group);
                let assigned = members.flat_map(|index| {
                    let member = sys::rd_kafka_ConsumerGroupDescription_member(group, index);
                    let assignment = sys::rd_kafka_MemberDescription_assignment(member);
                    elements(sys::rd_kafka_MemberAssignment_partitions(assignment))
                });
                let ours = assigned.filter(|element| text(element.topic) == topic);
                Some(ours.map(|element| element.partition).collect())
            }
        })
    }

    fn describe_group<T>(
        &self,
        name: &str,
        timeout: Duration,
        read: impl FnOnce(*const sys::rd_kafka_ConsumerGroupDescription_t) -> T,
    ) -> Result<T> {
        let c_name = c_text(name)?;
        let mut pointer = c_name.as_ptr();
        let question = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS;
        let event = self.ask(question, "describe group", timeout, |options, queue| {
            // SAFETY: the name is alive during the call, which copies it; all else is alive.
            unsafe {
                let (client, names) = (self.0.handle, &raw mut pointer);
                sys::rd_kafka_DescribeConsumerGroups(client, names, 1, options, queue);
            }
        })?;
        // SAFETY: as for topics.
        let described = unsafe {
            let mut count = 0;
            let result = sys::rd_kafka_event_DescribeConsumerGroups_result(event.0);
            let groups = sys::rd_kafka_DescribeConsumerGroups_result_groups(result, &raw mut count);
            lent(groups, count).first().map(|&group| read(group))
        };
        described.ok_or_else(|| {
            CallError::plain("describe group", Code::Unknown, "no group in the answer".to_owned())
        })
    }

    /// Puts a question that also asks what this user may do, and waits for the answer.
    fn ask(
        &self,
        question: sys::rd_kafka_admin_op_t,
        call: &'static str,
        timeout: Duration,
        put: impl FnOnce(*mut sys::rd_kafka_AdminOptions_t, *mut sys::rd_kafka_queue_t),
    ) -> Result<Event> {
        let mut reason = [0; 512];
        // SAFETY: the client is alive. Options and queue are ours until destroyed here; `put` copies what it needs of
        // them. `reason` is as long as we say. The event, where one comes, is ours.
        let event = unsafe {
            let options = sys::rd_kafka_AdminOptions_new(self.0.handle, question);
            let (start, length) = (reason.as_mut_ptr(), reason.len());
            sys::rd_kafka_AdminOptions_set_request_timeout(options, millis(timeout), start, length);
            let refused = sys::rd_kafka_AdminOptions_set_include_authorized_operations(options, 1);
            sys::rd_kafka_error_destroy(refused);
            let queue = sys::rd_kafka_queue_new(self.0.handle);
            put(options, queue);
            let event = sys::rd_kafka_queue_poll(queue, WITHOUT_END);
            sys::rd_kafka_AdminOptions_destroy(options);
            sys::rd_kafka_queue_destroy(queue);
            Event(event)
        };
        // SAFETY: the event is alive, or null, which counts as no error; its text lives as long.
        let (code, message) = unsafe {
            (sys::rd_kafka_event_error(event.0), text(sys::rd_kafka_event_error_string(event.0)))
        };
        if code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR || event.0.is_null() {
            return Err(CallError::plain(call, code.into(), message));
        }
        Ok(event)
    }
}

/// The wait for an answer that comes, or a timeout in its place.
const WITHOUT_END: c_int = -1;

/// An answer, as it comes from a queue.
struct Event(*mut sys::rd_kafka_event_t);

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: the event is ours, or null, which is left alone.
        unsafe { sys::rd_kafka_event_destroy(self.0) };
    }
}

/// # Safety
/// Null, or alive.
unsafe fn code_of(error: *const sys::rd_kafka_error_t) -> Option<Code> {
    // SAFETY: as the caller says; null counts as no error.
    let code = unsafe { sys::rd_kafka_error_code(error) };
    (code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR).then(|| code.into())
}

/// # Safety
/// Null, or that many values that live as long as the caller lets the slice live.
unsafe fn lent<'a, T>(start: *const T, count: usize) -> &'a [T] {
    if start.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: as the caller says.
    unsafe { std::slice::from_raw_parts(start, count) }
}

/// Runs inside a poll of the thread that owns the client.
unsafe extern "C" fn on_error(
    _client: *mut sys::rd_kafka_t,
    code: c_int,
    reason: *const c_char,
    opaque: *mut c_void,
) {
    let Ok(code) = RDKafkaRespErr::try_from(code).map(Code::from) else { return };
    // SAFETY: `opaque` is the inbox that the client's owner keeps; the text is ended with a zero, during the call.
    let (inbox, reason) = unsafe { (&*opaque.cast::<Inbox>(), text(reason)) };
    match code {
        Code::Resolve | Code::BrokerTransportFailure => *inbox.trouble.borrow_mut() = Some(reason),
        code if is_refusal(code) || code == Code::SSL => {
            *inbox.complaint.borrow_mut() = Some((code, reason));
        }
        _ => {}
    }
}

/// Called on a thread of librdkafka for each certificate of a broker's chain, with what `OpenSSL` found wrong with it.
unsafe extern "C" fn on_certificate(
    _client: *mut sys::rd_kafka_t,
    _broker: *const c_char,
    _id: i32,
    found: *mut c_int,
    _depth: c_int,
    _certificate: *const c_char,
    _length: usize,
    reason: *mut c_char,
    room: usize,
    opaque: *mut c_void,
) -> c_int {
    // SAFETY: `found` is alive during the call; `opaque` is the inbox that outlives the client, of which this touches only
    // what is locked; `reason` has that much room, and the text is cut to it and ended with a zero.
    unsafe {
        let Some(distrust) = distrust(*found) else { return c_int::from(*found == 0) };
        if let Ok(mut place) = (*opaque.cast::<Inbox>()).distrust.lock() {
            *place = Some(distrust);
        }
        let length = distrust.len().min(room.saturating_sub(1));
        ptr::copy_nonoverlapping(distrust.as_ptr().cast(), reason, length);
        *reason.add(length) = 0;
    }
    0
}

/// What is wrong with a certificate, by the numbers of `OpenSSL` (`X509_V_ERR_*`); those that happen.
fn distrust(found: c_int) -> Option<&'static str> {
    Some(match found {
        9 => "the broker's certificate is not valid yet; see to the clocks of both sides",
        10 => "the broker's certificate has expired; renew it",
        18..=21 => {
            "the broker's certificate is not signed by an authority of [kafka] ssl_ca_location, or of the system where that is empty"
        }
        62..=64 => {
            "the broker's certificate is for another name or address than [kafka] bootstrap_servers has"
        }
        _ => return None,
    })
}

/// The partition that leaves the choice to the partitioner (`RD_KAFKA_PARTITION_UA`).
const PARTITION_BY_KEY: i32 = -1;

/// The timeout that stands for what is left of the transaction's own.
const WHOLE_TRANSACTION: c_int = -1;

/// Runs inside a poll or a close of the thread that owns the consumer.
unsafe extern "C" fn on_rebalance(
    client: *mut sys::rd_kafka_t,
    kind: RDKafkaRespErr,
    list: *mut sys::rd_kafka_topic_partition_list_t,
    opaque: *mut c_void,
) {
    // SAFETY: `opaque` is the inbox that the client's owner keeps and that outlives the client; the list is alive during the
    // call; unassigning copies it.
    unsafe {
        let inbox = &(*opaque.cast::<Inbox>()).rebalances;
        if inbox.closing.get() {
            let error = sys::rd_kafka_incremental_unassign(client, list);
            sys::rd_kafka_error_destroy(error);
            return;
        }
        let partitions = elements(list).iter().map(|element| element.partition).collect();
        let rebalance = match kind {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Rebalance::Assigned(partitions),
            _ if sys::rd_kafka_assignment_lost(client) != 0 => Rebalance::Lost(partitions),
            _ => Rebalance::Revoked(partitions),
        };
        inbox.unanswered.borrow_mut().push_back(rebalance.clone());
        inbox.pending.borrow_mut().push(rebalance);
        // The poll returns, so that the loop can answer.
        sys::rd_kafka_yield(client);
    }
}

/// Runs inside a poll of the thread that owns the client.
unsafe extern "C" fn on_statistics(
    _client: *mut sys::rd_kafka_t,
    json: *mut c_char,
    length: usize,
    opaque: *mut c_void,
) -> c_int {
    // SAFETY: `opaque` is the inbox that the client's owner keeps; the text is as long as librdkafka says, during the call.
    unsafe {
        if let Some(json) = bytes(json.cast(), length) {
            (*opaque.cast::<Inbox>()).meter.take(json);
        }
    }
    FREE_THE_TEXT
}

/// What a callback for statistics returns so that librdkafka keeps the text for its own.
const FREE_THE_TEXT: c_int = 0;

/// # Safety
/// The list must live as long as the caller lets the slice live.
unsafe fn elements<'a>(
    list: *const sys::rd_kafka_topic_partition_list_t,
) -> &'a [sys::rd_kafka_topic_partition_t] {
    // SAFETY: the list has as many elements as it says; one without elements may have no array.
    unsafe { lent((*list).elems, usize::try_from((*list).cnt).unwrap_or(0)) }
}

/// Called on any thread of librdkafka.
unsafe extern "C" fn on_log(
    client: *const sys::rd_kafka_t,
    level: c_int,
    facility: *const c_char,
    message: *const c_char,
) {
    // SAFETY: the texts are ended with a zero and alive during the call; the client is alive or null.
    let (name, facility, message) = unsafe {
        let name = if client.is_null() { String::new() } else { text(sys::rd_kafka_name(client)) };
        (name, text(facility), text(message))
    };
    ClientLogged { client: &name, level, facility: &facility, message: &message }.emit();
}

/// Takes an error from librdkafka.
///
/// # Safety
/// `error` must be null or ours.
unsafe fn done(call: &'static str, error: *mut sys::rd_kafka_error_t) -> Result<()> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: the error is ours; its text is ended with a zero and lives until it is destroyed.
    unsafe {
        let taken = CallError {
            call,
            code: sys::rd_kafka_error_code(error).into(),
            message: text(sys::rd_kafka_error_string(error)),
            fatal: sys::rd_kafka_error_is_fatal(error) != 0,
            retriable: sys::rd_kafka_error_is_retriable(error) != 0,
            requires_abort: sys::rd_kafka_error_txn_requires_abort(error) != 0,
        };
        sys::rd_kafka_error_destroy(error);
        Err(taken)
    }
}

fn check(call: &'static str, code: RDKafkaRespErr) -> Result<()> {
    match code {
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(()),
        code => Err(CallError::plain(call, code.into(), error_text(code))),
    }
}

fn error_text(code: RDKafkaRespErr) -> String {
    // SAFETY: librdkafka has a static text for every code.
    unsafe { text(sys::rd_kafka_err2str(code)) }
}

fn offset_list(topic: &str, offsets: &BTreeMap<i32, i64>) -> Result<TopicPartitionList> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for (&partition, &offset) in offsets {
        list.add_partition_offset(topic, partition, Offset::Offset(offset)).map_err(|error| {
            CallError::plain("list offsets", Code::InvalidArgument, error.to_string())
        })?;
    }
    Ok(list)
}

fn c_text(text: &str) -> Result<CString> {
    CString::new(text)
        .map_err(|error| CallError::plain("name", Code::InvalidArgument, error.to_string()))
}

/// # Safety
/// Null, or ended with a zero.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as the caller says.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// # Safety
/// Null, or that many bytes that live as long as the caller lets the slice live.
unsafe fn bytes<'a>(start: *const c_void, length: usize) -> Option<&'a [u8]> {
    // SAFETY: as the caller says.
    (!start.is_null()).then(|| unsafe { std::slice::from_raw_parts(start.cast(), length) })
}

fn millis(duration: Duration) -> c_int {
    c_int::try_from(duration.as_millis()).unwrap_or(c_int::MAX)
}
