//! Parcels through a real Kafka: the daemon beside a bare transactional copy of the same records, in one run.
//!
//! `cargo bench --bench throughput [-- records=N rounds=N]` prints parcels per second, processor time and memory.
//! `cargo bench --bench throughput -- latency [rate=N seconds=N]` prints the time from topic to topic.
//! `cargo bench --bench throughput -- feeds [recordals=N signals=N records=N rounds=N]` prints how long reference data
//! takes to load from topics, how much memory it holds, and what reloading it costs the parcels.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a measurement ends where it fails"
)]

#[path = "../tests/harness/mod.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::cast_sign_loss,
    clippy::missing_panics_doc,
    reason = "shared with the tests"
)]
mod harness;
mod support;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use parcelgate::domain::{Channel, PlatformSignal, Recordal, SignalKind};
use parcelgate::sample::{Generator, register};
use parcelgate::wire::{Encoding, Message, encode_message};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use harness::broker::Broker;
use harness::daemon::metric;
use harness::unique;
use support::{Contender, Process, Run, memory_mib};

const INPUT_PARTITIONS: i32 = 24;
const OUTPUT_PARTITIONS: i32 = 12;
const RUN_LIMIT: Duration = Duration::from_mins(3);
const COMMIT_INTERVAL: Duration = Duration::from_millis(50);
const CONTENDERS: [Contender; 3] =
    [Contender::CopyLoop, Contender::Daemon { workers: 1 }, Contender::Daemon { workers: 2 }];

fn main() {
    let arguments =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect::<Vec<_>>();
    support::become_copy_loop(&arguments);
    let option = |name: &str, default: u64| {
        arguments
            .iter()
            .find_map(|it| it.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
            .unwrap_or(default)
    };
    let broker = Broker::start();
    if arguments.iter().any(|argument| argument == "latency") {
        latencies(&broker, option("rate", 10_000), option("seconds", 20));
    } else if arguments.iter().any(|argument| argument == "feeds") {
        let (recordals, signals) = (option("recordals", 128_000), option("signals", 500_000));
        snapshot(&broker, recordals, signals);
        reloads(&broker, recordals, signals, option("records", 400_000), option("rounds", 3));
    } else {
        throughput(&broker, option("records", 400_000), option("rounds", 3));
    }
}

/// What one run showed.
#[derive(Debug, Clone, Copy)]
struct Figures {
    per_second: f64,
    cpu_micros_per_record: f64,
    peak_mib: u64,
}

fn throughput(broker: &Broker, records: u64, rounds: u64) {
    let input = unique("input");
    broker.create_topic(&input, INPUT_PARTITIONS);
    let bytes = fill(broker, &input, records);
    println!(
        "{records} JSON declarations of {} bytes, {INPUT_PARTITIONS} partitions, {} ms commits, {rounds} rounds, \
         broker on the same cores",
        bytes / records.max(1),
        COMMIT_INTERVAL.as_millis(),
    );
    let mut figures = CONTENDERS.map(|_| Vec::new());
    for round in 1..=rounds {
        for (contender, figures) in CONTENDERS.into_iter().zip(&mut figures) {
            let run = new_run(broker, &input, COMMIT_INTERVAL, 65_536);
            let figure = measure(broker, &run, contender, records, |_, _| {});
            println!(
                "  round {round}: {:<24} {:>8.0} records/s",
                contender.name(),
                figure.per_second
            );
            figures.push(figure);
        }
    }
    report(&figures);
}

fn fill(broker: &Broker, topic: &str, records: u64) -> u64 {
    let producer = producer(broker);
    let mut generator = Generator::new(1);
    let mut payload = Vec::new();
    let mut bytes = 0;
    for number in 0..records {
        payload.clear();
        let declaration = generator.declaration(Timestamp::now());
        let key = declaration.item_id.clone();
        encode_message(declaration, Encoding::Json, &mut payload);
        bytes += payload.len() as u64;
        let partition = i32::try_from(number % INPUT_PARTITIONS as u64).unwrap_or(0);
        write(&producer, topic, Some(partition), &key, &payload);
    }
    producer.flush(Duration::from_mins(2)).expect("the input is written");
    bytes
}

fn producer(broker: &Broker) -> ThreadedProducer<DefaultProducerContext> {
    let mut config = broker.client();
    config.set("linger.ms", "5").set("compression.type", "lz4").create().expect("a producer")
}

fn write(
    producer: &ThreadedProducer<DefaultProducerContext>,
    topic: &str,
    partition: Option<i32>,
    key: &str,
    payload: &[u8],
) {
    let mut record = BaseRecord::<str, [u8]>::to(topic).key(key).payload(payload);
    if let Some(partition) = partition {
        record = record.partition(partition);
    }
    while let Err((_, back)) = producer.send(record) {
        std::thread::sleep(Duration::from_millis(5));
        record = back;
    }
}

/// Fresh output topics and a fresh group.
fn new_run(broker: &Broker, input: &str, commit_interval: Duration, fetch_min_bytes: u32) -> Run {
    let run = Run {
        input: input.to_owned(),
        output: unique("output"),
        dead_letters: unique("dead-letters"),
        group: unique("group"),
        commit_interval,
        fetch_min_bytes,
        reference: support::sample_register(),
        admin_port: harness::free_port(),
    };
    broker.create_topic(&run.output, OUTPUT_PARTITIONS);
    broker.create_topic(&run.dead_letters, 1);
    run
}

/// From the first commit seen to the last, so that joining the group does not count. Meanwhile `beside` runs, until its
/// flag is set.
fn measure(
    broker: &Broker,
    run: &Run,
    contender: Contender,
    records: u64,
    beside: impl FnOnce(&Process, &AtomicBool) + Send,
) -> Figures {
    let process = Process::start(contender, broker, run);
    let done = || -> u64 {
        let offsets = broker.committed(&run.group, &run.input, INPUT_PARTITIONS);
        u64::try_from(offsets.iter().sum::<i64>()).unwrap_or(0)
    };
    let mut first = 0;
    harness::wait_until("the contender is at work", RUN_LIMIT, || {
        first = done();
        first > 0
    });
    let (began, over) = (Instant::now(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| beside(&process, &over));
        harness::wait_until("all records are through", RUN_LIMIT, || done() >= records);
        over.store(true, Ordering::Relaxed);
    });
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
    let figures = Figures {
        per_second: (records - first) as f64 / began.elapsed().as_secs_f64(),
        cpu_micros_per_record: process.cpu().as_secs_f64() * 1e6 / records as f64,
        peak_mib: process.peak_mib(),
    };
    drop(process);
    delete_topics(broker, &[&run.output, &run.dead_letters]);
    figures
}

/// Loads a hub's reference data from topics.
fn snapshot(broker: &Broker, recordals: u64, signals: u64) {
    const TOPIC_PARTITIONS: i32 = 6;
    let [input, recordal_topic, signal_topic] = ["input", "recordals", "signals"].map(unique);
    broker.create_topic(&input, INPUT_PARTITIONS);
    for topic in [&recordal_topic, &signal_topic] {
        broker.create_compacted_topic(topic, TOPIC_PARTITIONS);
    }
    let producer = producer(broker);
    for recordal in national(1, recordals) {
        let key = recordal.recordal_no.clone();
        write(&producer, &recordal_topic, None, &key, &json(recordal));
    }
    for (number, signal) in signal_messages(signals).enumerate() {
        write(&producer, &signal_topic, None, &number.to_string(), &json(signal));
    }
    producer.flush(Duration::from_mins(2)).expect("the snapshot is written");

    let run = Run {
        reference: format!(
            "recordals = {recordal_topic:?}\nplatform_signals = {signal_topic:?}\n\
             [reference]\nregister = \"topic\"\nsignals = \"topic\"\n"
        ),
        ..new_run(broker, &input, COMMIT_INTERVAL, 65_536)
    };
    let began = Instant::now();
    let process = Process::start(Contender::Daemon { workers: 1 }, broker, &run);
    let in_force = || metric(run.admin_port, "parcelgate_register_recordals") > Some(0.0);
    harness::wait_until("the snapshot is in force", RUN_LIMIT, in_force);
    println!(
        "{recordals} recordals and {signals} signals from topics: in force after {:.1} s; {} MiB resident, {} at most",
        began.elapsed().as_secs_f64(),
        memory_mib(process.pid(), "VmRSS:"),
        process.peak_mib(),
    );
}

/// What parcels lose while all reference data is read and built anew, over and over, from files.
fn reloads(broker: &Broker, recordals: u64, signals: u64, records: u64, rounds: u64) {
    let input = unique("input");
    broker.create_topic(&input, INPUT_PARTITIONS);
    fill(broker, &input, records);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str| folder.path().join(name);
    // Two registers of the same size and cost, so that each reload has to build.
    for (name, seed) in [("register-0", 1), ("register-1", 2)] {
        write_lines(&file(name), national(seed, recordals));
    }
    write_lines(&file("signals"), signal_messages(signals));
    let mut turn = 0;
    let mut exchange = || {
        turn += 1;
        std::fs::hard_link(file(&format!("register-{}", turn % 2)), file("new")).expect("a link");
        std::fs::rename(file("new"), file("register")).expect("renamed");
    };
    exchange();
    let reference = format!(
        "[reference]\nregister = \"file:{}\"\nsignals = \"file:{}\"\n",
        file("register").display(),
        file("signals").display()
    );
    let reload_count = "parcelgate_reference_build_duration_seconds_count";
    let mut rates = [Vec::new(), Vec::new()];
    for round in 1..=rounds {
        for (busy, rates) in [false, true].into_iter().zip(&mut rates) {
            let run = Run {
                reference: reference.clone(),
                ..new_run(broker, &input, COMMIT_INTERVAL, 65_536)
            };
            let mut reloads = 0;
            let contender = Contender::Daemon { workers: 1 };
            let figures = measure(broker, &run, contender, records, |process, over| {
                while busy && !over.load(Ordering::Relaxed) {
                    reloads += 1;
                    exchange();
                    let before = metric(run.admin_port, reload_count);
                    harness::signal("HUP", &process.pid().to_string());
                    let in_force = || metric(run.admin_port, reload_count) > before;
                    while !over.load(Ordering::Relaxed) && !in_force() {
                        // A scrape costs the daemon something too.
                        std::thread::sleep(Duration::from_millis(250));
                    }
                }
            });
            println!(
                "  round {round}: {:>8.0} records/s, {reloads} reloads, {} MiB at most",
                figures.per_second, figures.peak_mib
            );
            rates.push(figures.per_second);
        }
    }
    let [quiet, busy] = rates.map(|rates| median(rates.into_iter()));
    println!("reloading without pause: {:.2} of the throughput without", busy / quiet);
}

fn national(seed: u64, count: u64) -> impl Iterator<Item = Recordal> {
    register(seed, usize::try_from(count).unwrap_or(usize::MAX))
}

/// Signals of sellers with two signals each on average.
fn signal_messages(count: u64) -> impl Iterator<Item = PlatformSignal> {
    use SignalKind::{AccountLinked, Complaints, ListingRemoved, SellerPenalised};
    (0..count).map(move |number| PlatformSignal {
        platform: format!("platform-{}", number % 7),
        seller_id: format!("seller-{}", number % (count / 2).max(1)),
        kind: [SellerPenalised, ListingRemoved, Complaints, AccountLinked][(number % 4) as usize],
        listing_id: format!("listing-{number}"),
        linked_seller_id: format!("seller-{}", (number * 7) % (count / 2).max(1)),
        complaints_per_thousand: u32::try_from(number % 40).unwrap_or(0),
        observed_at: Some(Timestamp::UNIX_EPOCH),
        ..PlatformSignal::default()
    })
}

fn json<M: Message>(message: M) -> Vec<u8> {
    let mut json = Vec::new();
    encode_message(message, Encoding::Json, &mut json);
    json
}

fn write_lines<M: Message>(path: &Path, messages: impl Iterator<Item = M>) {
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    for message in messages {
        file.write_all(&json(message)).and_then(|()| file.write_all(b"\n")).expect("written");
    }
    file.flush().expect("written");
}

/// So that a long measurement does not fill the disk.
fn delete_topics(broker: &Broker, names: &[&str]) {
    let admin: AdminClient<DefaultClientContext> = broker.client().create().expect("a client");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(admin.delete_topics(names, &AdminOptions::new())).expect("topics deleted");
}

fn report(figures: &[Vec<Figures>; 3]) {
    println!(
        "\n{:<26}{:>12}{:>12}{:>16}{:>12}",
        "medians", "records/s", "ratio", "CPU µs/record", "peak MiB"
    );
    let copy = median(figures[0].iter().map(|it| it.per_second));
    for (contender, figures) in CONTENDERS.into_iter().zip(figures) {
        let per_second = median(figures.iter().map(|it| it.per_second));
        println!(
            "{:<26}{:>12.0}{:>12.2}{:>16.2}{:>12}",
            contender.name(),
            per_second,
            per_second / copy,
            median(figures.iter().map(|it| it.cpu_micros_per_record)),
            figures.iter().map(|it| it.peak_mib).max().unwrap_or(0),
        );
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values = values.collect::<Vec<_>>();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn latencies(broker: &Broker, rate: u64, seconds: u64) {
    println!(
        "{rate} records a second for {seconds} s, from produce to a read_committed reader, milliseconds; broker on \
         the same cores\n\n{:<26}{:>10}{:>9}{:>9}{:>9}{:>9}",
        "", "commits", "p50", "p99", "p99.9", "lost"
    );
    for commit_ms in [10, 20, 50] {
        for contender in [Contender::CopyLoop, Contender::Daemon { workers: 1 }] {
            let commit_interval = Duration::from_millis(commit_ms);
            let mut all = latency(broker, contender, commit_interval, rate, seconds);
            let lost = rate * seconds - all.len() as u64;
            all.sort_unstable();
            let at = |per_mille: usize| {
                let index = (all.len() * per_mille / 1000).min(all.len().saturating_sub(1));
                all.get(index).map_or(f64::NAN, |micros| f64::from(*micros) / 1000.0)
            };
            println!(
                "{:<26}{:>7} ms{:>9.1}{:>9.1}{:>9.1}{:>9}",
                contender.name(),
                commit_ms,
                at(500),
                at(990),
                at(999),
                lost
            );
        }
    }
}

/// The latency of each record that arrived, in microseconds.
fn latency(
    broker: &Broker,
    contender: Contender,
    commit_interval: Duration,
    rate: u64,
    seconds: u64,
) -> Vec<u32> {
    let input = unique("latency-input");
    broker.create_topic(&input, INPUT_PARTITIONS);
    let run = new_run(broker, &input, commit_interval, 1);
    let _process = Process::start(contender, broker, &run);
    let payloads = numbered_payloads(rate * seconds + 1);
    let sent = (0..payloads.len()).map(|_| AtomicU64::new(0)).collect::<Vec<_>>();
    let epoch = Instant::now();
    let reader = reader(broker, &run.output);
    let producer = producer_without_delay(broker);

    // The last record goes first, alone: it shows that the contender has joined its group.
    let warm_up = payloads.len() - 1;
    let micros = || u64::try_from(epoch.elapsed().as_micros()).unwrap_or(u64::MAX);
    write(&producer, &input, None, &warm_up.to_string(), &payloads[warm_up]);
    harness::wait_until("the contender is at work", RUN_LIMIT, || {
        reader.poll(Duration::from_millis(100)).is_some()
    });

    std::thread::scope(|scope| {
        scope.spawn(|| {
            let began = Instant::now();
            for (number, payload) in payloads.iter().take(warm_up).enumerate() {
                let due = began + Duration::from_micros(number as u64 * 1_000_000 / rate);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                sent[number].store(micros(), Ordering::Release);
                write(&producer, &input, None, &number.to_string(), payload);
            }
        });
        let mut latencies = Vec::with_capacity(warm_up);
        let limit = Instant::now() + Duration::from_secs(seconds + 20);
        while latencies.len() < warm_up && Instant::now() < limit {
            let Some(Ok(message)) = reader.poll(Duration::from_millis(100)) else { continue };
            let now = micros();
            let key = message.key().and_then(|key| std::str::from_utf8(key).ok());
            let number = key.and_then(|key| key.parse::<usize>().ok()).expect("a numbered key");
            if number != warm_up {
                let latency = now - sent[number].load(Ordering::Acquire);
                latencies.push(u32::try_from(latency).unwrap_or(u32::MAX));
            }
        }
        latencies
    })
}

/// Declarations whose item ids are numbers: decisions are keyed by them, copies by the same key.
fn numbered_payloads(count: u64) -> Vec<Vec<u8>> {
    let mut generator = Generator::new(1);
    (0..count)
        .map(|number| {
            let mut declaration = generator.declaration(Timestamp::now());
            declaration.channel = Channel::Express;
            declaration.item_id = number.to_string();
            let mut payload = Vec::new();
            encode_message(declaration, Encoding::Json, &mut payload);
            payload
        })
        .collect()
}

fn producer_without_delay(broker: &Broker) -> ThreadedProducer<DefaultProducerContext> {
    broker.client().set("linger.ms", "1").create().expect("a producer")
}

fn reader(broker: &Broker, topic: &str) -> BaseConsumer {
    let consumer: BaseConsumer = broker
        .client()
        .set("group.id", "latency-reader")
        .set("isolation.level", "read_committed")
        .set("fetch.wait.max.ms", "10")
        .create()
        .expect("a consumer");
    let mut partitions = TopicPartitionList::new();
    for partition in 0..OUTPUT_PARTITIONS {
        partitions.add_partition_offset(topic, partition, Offset::Beginning).expect("a partition");
    }
    consumer.assign(&partitions).expect("an assignment");
    consumer
}
