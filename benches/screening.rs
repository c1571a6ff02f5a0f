//! What one declaration costs on one core: decode, screen, encode, and all three as the pipeline does them.
#![expect(clippy::expect_used, reason = "a measurement ends where it fails")]

#[path = "support/reference.rs"]
mod reference;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput};
use jiff::Timestamp;
use parcelgate::domain::Source;
use parcelgate::history::History;
use parcelgate::pipeline::Notices;
use parcelgate::pipeline::batch::Record;
use parcelgate::pipeline::judge::Judge;
use parcelgate::pipeline::plan::{Plan, Planner};
use parcelgate::sample::Generator;
use parcelgate::screening::{
    ConditionField, Conditional, Conditions, Reference, Rule, Set, screen,
};
use parcelgate::wire::{Encoding, Limits, decode_declaration, encode_decision, encode_message};

use reference::reference;

/// As the daemon has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const PARCELS: usize = 1_000;
const LIMITS: Limits = Limits { record_bytes_max: 1 << 20, text_bytes_max: 8 << 10 };

/// With a thousand rules that no parcel meets, each on three fields and every tenth on words.
fn ruled_reference() -> Reference {
    let text = |members: &[&str], is_negated| Set {
        members: members.iter().map(|&it| it.to_owned()).collect(),
        is_negated,
    };
    let countries = ["US", "FR", "DE", "BR", "ZA", "AE", "KE", "MX", "TH", "VN"];
    let rules = (0..1_000_usize).map(|number| {
        let mut conditions = Conditions::default();
        let country = countries.get(number % countries.len()).copied().unwrap_or_default();
        conditions.require(ConditionField::Destination, text(&[country], number % 7 == 0));
        let prefix = format!("{:04}", 101 + number * 9 % 9_600);
        conditions.require(ConditionField::HsCode, text(&[&prefix], false));
        conditions.require(ConditionField::Platform, text(&["None such"], false));
        if number % 10 == 0 {
            conditions.texts = vec![format!("word{number}")];
        }
        let id = number.to_string();
        (conditions, Rule { id, note: String::new(), points: 1, holds: false })
    });
    let mut reference = reference();
    Arc::make_mut(&mut reference.policy).rules = Conditional::new(rules.collect());
    reference
}

fn payloads(encoding: Encoding) -> Vec<Vec<u8>> {
    let mut generator = Generator::new(1);
    (0..PARCELS)
        .map(|_| {
            let mut payload = Vec::new();
            let declaration = generator.declaration(Timestamp::UNIX_EPOCH);
            encode_message(declaration, encoding, &mut payload);
            payload
        })
        .collect()
}

fn stages(criterion: &mut Criterion) {
    let reference = reference();
    let json = payloads(Encoding::Json);
    let protobuf = payloads(Encoding::Protobuf);
    let mut group = criterion.benchmark_group("per 1,000 declarations");
    group.throughput(Throughput::Elements(PARCELS as u64));

    for (name, payloads) in [("decode JSON", &json), ("decode protobuf", &protobuf)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for payload in payloads {
                    let _ = black_box(decode_declaration(black_box(payload), None, &LIMITS));
                }
            });
        });
    }

    let declarations = json
        .iter()
        .filter_map(|payload| decode_declaration(payload, None, &LIMITS).ok())
        .map(|decoded| decoded.declaration)
        .collect::<Vec<_>>();
    let history = History { as_of: Timestamp::UNIX_EPOCH };
    let ruled = ruled_reference();
    for (name, reference) in [("screen", &reference), ("screen with 1,000 rules", &ruled)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for declaration in &declarations {
                    black_box(screen(black_box(declaration), reference, &history));
                }
            });
        });
    }

    let source = Source { topic: "in".to_owned(), partition: 0, offset: 0 };
    let decide =
        || declarations.iter().map(|it| screen(it, &reference, &history)).collect::<Vec<_>>();
    let mut buffer = Vec::new();
    for (name, encoding) in
        [("encode JSON", Encoding::Json), ("encode protobuf", Encoding::Protobuf)]
    {
        group.bench_function(name, |bencher| {
            let now = Timestamp::UNIX_EPOCH;
            bencher.iter_batched(
                decide,
                |decisions| {
                    for decision in decisions {
                        buffer.clear();
                        encode_decision(decision, &source, now, encoding, &mut buffer);
                    }
                },
                BatchSize::LargeInput,
            );
        });
    }

    for (name, payloads) in [("plan JSON", &json), ("plan protobuf", &protobuf)] {
        let planner = Planner {
            judge: Judge {
                reference: &reference,
                shadow: None,
                limits: &LIMITS,
                dead_letter_payload: false,
                notices: &Notices::default(),
                screen,
            },
            topic: "in",
            encoding: Encoding::Json,
            now: Timestamp::UNIX_EPOCH,
        };
        let mut plan = Plan::default();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                plan.clear();
                for (offset, payload) in (0..).zip(payloads) {
                    plan.add(&planner, &record(offset, payload));
                }
                black_box(plan.output_bytes())
            });
        });
    }
    group.finish();
}

fn record(offset: i64, payload: &[u8]) -> Record<'_> {
    Record {
        partition: 0,
        offset,
        timestamp: Some(Timestamp::UNIX_EPOCH),
        key: None,
        payload,
        content_type: None,
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    stages(&mut criterion);
    criterion.final_summary();
}
