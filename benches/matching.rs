//! What finding marks costs: titles searched, and the same titles scanned for the names at word boundaries, in turn; then
//! searched against a small register and a large one, in turn. How long the index takes to build, and its memory.
//!
//! `cargo bench --bench matching [-- pairs=N]`
#![expect(clippy::expect_used, reason = "a measurement ends where it fails")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]

#[path = "support/pairs.rs"]
mod pairs;

use std::cell::RefCell;
use std::hint::black_box;
use std::time::Instant;

use aho_corasick::{AhoCorasick, MatchKind};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use parcelgate::domain::Recordal;
use parcelgate::register::{Candidate, Register, Scratch};
use parcelgate::sample::{Generator, register};

use pairs::Ratio;

/// As the daemon has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// A national register.
const RECORDALS: usize = 128_000;
/// Marks of a small register and of a large one.
const FEW: usize = 18_000;
const MANY: usize = 128_000;

/// How much more a title may cost against many marks than against few, of what it costs against those.
const GROWTH_MOST: f64 = 0.25;

const TITLES: usize = 1_000;
const ENGLISH_TOKENS: usize = 12;
const CHINESE_CHARACTERS: usize = 27;

/// How often the titles are gone through before it is the other's turn: the daemon has one register, which stays near.
const ROUNDS: usize = 5;

const BUILDS: usize = 7;

fn main() {
    let pairs = Ratio::pairs(100);
    println!("{TITLES} titles of a kind, {pairs} pairs");
    let titles = [
        ("English", english()),
        ("Chinese", chinese()),
        ("as they come", descriptions().take(TITLES).collect()),
    ];
    let recordals = register(1, RECORDALS).collect::<Vec<_>>();
    let large = Finding::new(built(&recordals));
    let scan = Scan::new(&names(&recordals));
    for (kind, titles) in &titles {
        let ratio = Ratio::measure(pairs, || large.find(titles), || scan.count(titles));
        let scan = per_title(&ratio);
        println!(
            "  {kind}: {:.2} us a title, {ratio} of the scan's {scan:.2}",
            ratio.median * scan
        );
    }

    println!("  against {MANY} marks, for each title against {FEW}");
    let [few, many] = [FEW, MANY].map(|marks| Finding::new(Register::build(with_marks(marks))));
    let mut growth = f64::NAN;
    for (kind, titles) in &titles {
        let ratio = Ratio::measure(pairs, || many.find(titles), || few.find(titles));
        println!("    {kind}: {ratio} of {:.2} us", per_title(&ratio));
        growth = ratio.surely_more();
    }
    // The last ones are as they come.
    assert!(growth < GROWTH_MOST, "a title costs more than {GROWTH_MOST} more");
}

/// Microseconds that the other way takes for a title.
fn per_title(ratio: &Ratio) -> f64 {
    ratio.other.as_secs_f64() * 1e6 / (ROUNDS * TITLES) as f64
}

/// Builds a register some times, and says how long that took and what came of it.
fn built(recordals: &[Recordal]) -> Register {
    let build = || {
        let copy = recordals.to_vec();
        let began = Instant::now();
        (Register::build(copy), began.elapsed().as_millis())
    };
    let (mut register, mut last) = build();
    let first = last;
    let mut later = Vec::new();
    for _ in 1..BUILDS {
        (register, last) = build();
        later.push(last);
    }
    println!(
        "  {} recordals, {} names, {} forms: built in {first} ms, then in {later:?}; index of {} kB",
        recordals.len(),
        names(recordals).len(),
        register.form_count(),
        register.index_bytes() / 1_000,
    );
    register
}

/// All names of a register, mark and aliases.
fn names(recordals: &[Recordal]) -> Vec<String> {
    let names = |it: &Recordal| {
        std::iter::once(&it.right_name).chain(&it.aliases).cloned().collect::<Vec<_>>()
    };
    recordals.iter().flat_map(names).collect()
}

/// So many recordals as have so many names.
fn with_marks(marks: usize) -> Vec<Recordal> {
    let mut names = 0;
    register(1, marks)
        .take_while(|it| {
            names += 1 + it.aliases.len();
            names <= marks
        })
        .collect()
}

/// Titles, gone through some times.
fn rounds(titles: &[String]) -> impl Iterator<Item = &String> {
    (0..ROUNDS).flat_map(move |_| titles)
}

/// A register, and memory to search with.
struct Finding {
    register: Register,
    memory: RefCell<(Scratch, Vec<Candidate>)>,
    day: Date,
}

impl Finding {
    fn new(register: Register) -> Self {
        Self { register, memory: RefCell::default(), day: date(2026, 8, 1) }
    }

    fn find(&self, titles: &[String]) {
        let (scratch, found) = &mut *self.memory.borrow_mut();
        for title in rounds(titles) {
            found.clear();
            let _ = self.register.find(black_box(title), self.day, scratch, found);
            black_box(&found);
        }
    }
}

/// Exact marks at word boundaries, as a plain program would look for them.
struct Scan(AhoCorasick);

impl Scan {
    fn new(names: &[String]) -> Self {
        let names = names.iter().map(|name| name.to_lowercase());
        let scan = AhoCorasick::builder().match_kind(MatchKind::Standard).build(names);
        Self(scan.expect("names fit"))
    }

    fn count(&self, titles: &[String]) {
        for title in rounds(titles) {
            black_box(self.count_in(black_box(title)));
        }
    }

    fn count_in(&self, title: &str) -> usize {
        let lower = title.to_lowercase();
        let inside = |at: Option<u8>| at.is_some_and(|byte| byte.is_ascii_alphanumeric());
        let bytes = lower.as_bytes();
        self.0
            .find_overlapping_iter(&lower)
            .filter(|it| {
                let before = it.start().checked_sub(1).and_then(|at| bytes.get(at)).copied();
                !inside(before) && !inside(bytes.get(it.end()).copied())
            })
            .count()
    }
}

/// What the sample's parcels hold.
fn descriptions() -> impl Iterator<Item = String> {
    let mut generator = Generator::new(1);
    let lines = move || generator.declaration(Timestamp::UNIX_EPOCH).lines;
    std::iter::repeat_with(lines).flatten().map(|line| line.description)
}

/// Titles of one length, made of such descriptions.
fn titles(is_kind: fn(&str) -> bool, cut: fn(&[String]) -> String) -> Vec<String> {
    let mut descriptions = descriptions().filter(|it| is_kind(it));
    let mut titles = Vec::new();
    let mut pieces = Vec::new();
    while titles.len() < TITLES {
        pieces.extend(descriptions.next());
        let title = cut(&pieces);
        if !title.is_empty() {
            titles.push(title);
            pieces.clear();
        }
    }
    titles
}

fn english() -> Vec<String> {
    titles(str::is_ascii, |pieces| {
        let text = pieces.join(" ");
        let words = text.split_whitespace().take(ENGLISH_TOKENS).collect::<Vec<_>>();
        if words.len() == ENGLISH_TOKENS { words.join(" ") } else { String::new() }
    })
}

fn chinese() -> Vec<String> {
    titles(
        |it| it.chars().any(|c| c > '\u{4E00}'),
        |pieces| {
            let text = pieces.join("");
            let chars = text.chars().filter(|c| ('\u{4E00}'..='\u{9FFF}').contains(c));
            let title = chars.take(CHINESE_CHARACTERS).collect::<String>();
            if title.chars().count() == CHINESE_CHARACTERS { title } else { String::new() }
        },
    )
}
