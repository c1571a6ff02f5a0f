//! What a policy that is tried costs: screening declarations under the policy in force alone, and under it and a candidate,
//! in turn.
//!
//! `cargo bench --bench shadow [-- pairs=N]` prints how the processor times stand to each other, and fails where a candidate
//! surely costs more than 25 % of screening.
#![expect(clippy::expect_used, reason = "a measurement ends where it fails")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]

#[path = "support/pairs.rs"]
mod pairs;
#[path = "support/reference.rs"]
mod reference;

use std::hint::black_box;
use std::sync::Arc;

use jiff::Timestamp;
use parcelgate::domain::Declaration;
use parcelgate::history::History;
use parcelgate::register::Register;
use parcelgate::sample::{Generator, register};
use parcelgate::screening::{Candidate, Policy, RandomSample, Reference, screen, screen_both};

use pairs::Ratio;

/// As the daemon has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Of the time without a shadow.
const COST_MOST: f64 = 0.25;
const DECLARATIONS: usize = 1_000;
const RECORDALS: usize = 128_000;

fn main() {
    let pairs = Ratio::pairs(300);
    let mut generator = Generator::new(1);
    let declarations =
        (0..DECLARATIONS).map(|_| generator.declaration(Timestamp::UNIX_EPOCH)).collect::<Vec<_>>();
    let sample = reference::reference();
    let large = Register::build(register(1, RECORDALS).collect());
    let large = Reference { register: Arc::new(large), ..sample.clone() };
    println!("{DECLARATIONS} declarations, {pairs} pairs");
    let mut is_cheap = true;
    for (name, live) in [("the sample's register", &sample), ("128,000 recordals", &large)] {
        println!("  {name}, and a candidate with");
        for (changes, change) in CHANGES {
            is_cheap &= cost(changes, live, change, &declarations, pairs) < COST_MOST;
        }
    }
    assert!(is_cheap, "a shadow costs more than {COST_MOST}");
}

/// A change of the policy, and what it is.
type Change = (&'static str, fn(&mut Policy));

/// What officers change, and the most that they can: no check but those on their own rules finds the same.
const CHANGES: [Change; 3] = [
    ("another threshold", |policy| policy.hold_threshold -= 10),
    ("another threshold, and other points of marks", |policy| {
        policy.hold_threshold -= 10;
        policy.points.recorded_mark.description += 5;
    }),
    ("other points everywhere", |policy| {
        let points = &mut policy.points;
        points.recorded_mark.description += 5;
        points.seller.penalised += 1;
        points.complaints.low += 1;
        points.party_history.seizure += 1;
        points.pattern.vague_description += 1;
        points.customs_alert_most += 1;
        points.data_quality.header += 1;
        policy.hold_threshold -= 10;
        policy.random_sample = RandomSample::new(10, "another");
    }),
];

/// The share of screening that the shadow surely costs.
fn cost(
    changes: &str,
    live: &Reference,
    change: fn(&mut Policy),
    declarations: &[Declaration],
    pairs: usize,
) -> f64 {
    let mut candidate = live.clone();
    change(Arc::make_mut(&mut candidate.policy));
    let candidate = Candidate::beside(live, candidate);
    let history = History { as_of: Timestamp::UNIX_EPOCH };
    let both = || {
        for declaration in declarations {
            black_box(screen_both(black_box(declaration), live, &candidate, &history));
        }
    };
    let alone = || {
        for declaration in declarations {
            black_box(screen(black_box(declaration), live, &history));
        }
    };
    let ratio = Ratio::measure(pairs, both, alone);
    let micros = ratio.other.as_secs_f64() * 1e6 / declarations.len() as f64;
    println!(
        "    {changes}: both take {ratio} of the processor time of one, which is {micros:.2} us a declaration"
    );
    ratio.surely_more()
}
