//! What finding marks costs: per title beside a word-boundary scan of the same titles, and how it grows with the
//! register; how long the index takes to build and how much memory it holds.
#![expect(clippy::expect_used, reason = "a measurement ends where it fails")]

use std::hint::black_box;
use std::time::Instant;

use aho_corasick::{AhoCorasick, MatchKind};
use criterion::{Criterion, Throughput};
use jiff::Timestamp;
use parcelgate::register::{Register, Scratch};
use parcelgate::sample::{Generator, register};
use parcelgate::text::fold;

/// As the daemon has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const TITLES: usize = 1_000;
const ENGLISH_TOKENS: usize = 12;
const CHINESE_CHARACTERS: usize = 27;

/// Titles of one length, made of the sample's.
fn titles(is_kind: fn(&str) -> bool, cut: fn(&[String]) -> String) -> Vec<String> {
    let mut generator = Generator::new(1);
    let mut pieces = Vec::new();
    let mut titles = Vec::new();
    while titles.len() < TITLES {
        let declaration = generator.declaration(Timestamp::UNIX_EPOCH);
        let descriptions = declaration.lines.into_iter().map(|line| line.description);
        pieces.extend(descriptions.filter(|it| is_kind(it)));
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

/// Exact marks at word boundaries, as a plain program would look for them.
struct Scan(AhoCorasick);

impl Scan {
    fn new(names: &[String]) -> Self {
        let names = names.iter().map(|name| name.to_lowercase());
        let scan = AhoCorasick::builder().match_kind(MatchKind::Standard).build(names);
        Self(scan.expect("names fit"))
    }

    fn count(&self, title: &str) -> usize {
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

fn finding(criterion: &mut Criterion) {
    let at = "2026-08-01T00:00:00Z".parse::<Timestamp>().expect("a time");
    let sets = [("English", english()), ("Chinese", chinese())];
    let mut scratch = Scratch::default();
    let mut found = Vec::new();
    for count in [18_000, 128_000] {
        let recordals = register(1, count).collect::<Vec<_>>();
        let names = recordals
            .iter()
            .flat_map(|it| std::iter::once(it.right_name.clone()).chain(it.aliases.clone()))
            .collect::<Vec<_>>();
        let marks = names.iter().collect::<std::collections::HashSet<_>>().len();
        let copy = recordals.clone();
        let began = Instant::now();
        let register = Register::build(copy);
        let built = began.elapsed();
        println!(
            "{count} recordals, {} names, {marks} different: {} forms, built in {built:?}, index of {} kB",
            names.len(),
            register.form_count(),
            register.index_bytes() / 1_000,
        );
        let scan = Scan::new(&names);
        let mut group = criterion.benchmark_group(format!("{count} recordals, 1,000 titles"));
        group.throughput(Throughput::Elements(TITLES as u64));
        for (name, titles) in &sets {
            group.bench_function(format!("{name}: word-boundary scan"), |bencher| {
                bencher.iter(|| {
                    titles.iter().map(|title| scan.count(black_box(title))).sum::<usize>()
                });
            });
            group.bench_function(format!("{name}: find"), |bencher| {
                bencher.iter(|| {
                    for title in titles {
                        found.clear();
                        let _ = register.find(black_box(title), at, &mut scratch, &mut found);
                        black_box(&found);
                    }
                });
            });
            group.bench_function(format!("{name}: fold alone"), |bencher| {
                bencher.iter(|| {
                    titles.iter().map(|title| fold(black_box(title)).units().len()).sum::<usize>()
                });
            });
        }
        group.finish();
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    finding(&mut criterion);
    criterion.final_summary();
}
