//! Texts that nobody writes, by the thousand: folding and finding must take whatever comes. `make fuzz` goes on longer.

use std::time::{Duration, Instant};

use fastrand::Rng;
use jiff::civil::{Date, date};
use parcelgate::domain::{ALIASES_MAX, Recordal, RecordalStatus, RightKind};
use parcelgate::register::{Candidate, Register, Scratch};
use parcelgate::text::{UNITS_MAX, fold};
use parcelgate::wire::{Encoding, Limits, decode_message, encode_message};

/// How long each target runs.
fn time() -> Duration {
    let seconds = std::env::var("PARCELGATE_FUZZ_SECONDS").ok().and_then(|it| it.parse().ok());
    Duration::from_secs(seconds.unwrap_or(2))
}

/// Runs a target on mutated texts until the time is up. The seed that it prints repeats the run.
fn run(mut target: impl FnMut(&str)) {
    let seed = std::env::var("PARCELGATE_FUZZ_SEED").ok().and_then(|it| it.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("PARCELGATE_FUZZ_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let ends = Instant::now() + time();
    while Instant::now() < ends {
        let text = text(&mut rng);
        target(&text);
    }
}

const PIECES: &[&str] = &[
    "nike",
    "Nike Air",
    "N.I.K.E",
    "n1ke",
    "小米",
    "耐克",
    "for ",
    "适用于",
    "\u{200b}",
    "\u{301}",
    "\u{fe0f}",
    " ",
    "-",
    "@",
    "$",
    "!",
    "*",
    "xiao",
    "&#78;",
    "&amp;",
    "１",
    "Ⓝ",
    "𝓷",
    "ﬃ",
    "ß",
    "İ",
    "ı",
    "愛",
    "香奈兒",
    "1:1",
    "rn",
    "vv",
    "\u{202e}",
    "\0",
];

fn text(rng: &mut Rng) -> String {
    let mut text = String::new();
    for _ in 0..rng.usize(0..24) {
        let piece = match rng.u8(..8) {
            0 => rng.char(..).to_string(),
            1 => rng.char('\u{4e00}'..'\u{9fff}').to_string(),
            2 => rng.alphanumeric().to_string().repeat(rng.usize(1..60)),
            _ => rng.choice(PIECES).unwrap().to_string(),
        };
        text.push_str(&piece);
    }
    if rng.u8(..50) == 0 { text.repeat(rng.usize(1..400)) } else { text }
}

fn mark(recordal_no: &str, right_name: &str, aliases: &[&str]) -> Recordal {
    Recordal {
        recordal_no: recordal_no.to_owned(),
        right_kind: RightKind::Trademark,
        right_name: right_name.to_owned(),
        aliases: aliases.iter().map(|it| (*it).to_owned()).collect(),
        status: RecordalStatus::Live,
        ..Recordal::default()
    }
}

/// Marks of every kind, odd ones among them.
fn register() -> Register {
    let many = (0..10_000).map(|number| format!("alias{number}")).collect::<Vec<_>>();
    let many = many.iter().map(String::as_str).collect::<Vec<_>>();
    Register::build(vec![
        mark("T1", "Nike", &["耐克", "Nike Air"]),
        mark("T1", "Nike", &["duplicate number"]),
        mark("T2", "小米", &["Xiaomi"]),
        mark("T3", "", &["", " ", "!!", "-"]),
        mark("T4", "x", &["一"]),
        mark("T5", "香奈儿", &["CHANEL"]),
        mark("T6", &"long ".repeat(1_000), &[]),
        mark("T7", "many", &many),
        mark("T8", "\u{301}\u{200b}", &["a\u{200b}b"]),
    ])
}

const DAY: Date = date(1970, 1, 1);

fn find(register: &Register, scratch: &mut Scratch, text: &str) {
    let mut found = Vec::<Candidate>::new();
    let _ = register.find(text, DAY, scratch, &mut found);
    let length = u32::try_from(text.chars().count()).unwrap();
    for candidate in found {
        let recordal = register.recordal(candidate.recordal).unwrap();
        assert!(candidate.span.start < candidate.span.end && candidate.span.end <= length);
        assert!(candidate.units.end <= scratch.text().units().len());
        assert!(candidate.techniques.iter().next().is_some(), "{text:?}: {}", recordal.recordal_no);
    }
}

#[test]
fn fuzz_folding() {
    run(|text| {
        let folded = fold(text);
        let length = u32::try_from(text.chars().count()).unwrap();
        assert!(folded.units().iter().all(|unit| unit.start < unit.end && unit.end <= length));
        assert!(folded.units().len() <= UNITS_MAX);
        let again = folded.units().iter().map(|unit| unit.read).collect::<String>();
        let twice = fold(&again).units().iter().map(|unit| unit.read).collect::<String>();
        assert_eq!(again, twice);
    });
}

#[test]
fn fuzz_find() {
    let register = register();
    let mut scratch = Scratch::default();
    run(|text| find(&register, &mut scratch, text));
}

#[test]
fn texts_made_to_cost_time_are_searched() {
    let register = register();
    let mut scratch = Scratch::default();
    for unit in [
        "a",
        "\u{200b}",
        "\u{301}",
        "n i k e ",
        "n.",
        "耐",
        "小米",
        "nike ",
        "n1k3",
        "@$",
        "rnvv",
        "适用于 ",
        "n*ke ",
        "*",
        "小*",
        "xiao米",
        "xiao mi ",
    ] {
        find(&register, &mut scratch, &unit.repeat(64 * 1024 / unit.len()));
    }
}

#[test]
fn odd_registers_are_indexed() {
    let register = register();
    assert_eq!(register.len(), 9);
    // Of two with one number the last stands, and both are searched for.
    assert_eq!(register.by_number("T1").unwrap().aliases, ["duplicate number"]);
    let mut found = Vec::new();
    let mut scratch = Scratch::default();
    let _ = register.find("alias9999 !! - ", DAY, &mut scratch, &mut found);
    assert_eq!(found.len(), 1);
}

#[test]
fn a_recordal_has_a_limit_of_aliases() {
    let with = |count: usize| Recordal {
        aliases: (0..count).map(|number| format!("alias{number}")).collect(),
        ..mark("T1", "Nike", &[])
    };
    let limits = Limits { record_bytes_max: usize::MAX, text_bytes_max: 100 };
    let decoded = |count| {
        let mut bytes = Vec::new();
        encode_message(with(count), Encoding::Json, &mut bytes);
        decode_message::<Recordal>(&bytes, Encoding::Json, &limits).map_err(|it| it.to_string())
    };
    assert_eq!(decoded(ALIASES_MAX), Ok(with(ALIASES_MAX)));
    assert_eq!(decoded(ALIASES_MAX + 1), Err("aliases is not a list of at most 65536".to_owned()));
    // Nor does anything break where nobody asked for the limit.
    let register = Register::build(vec![with(ALIASES_MAX + 10)]);
    let mut found = Vec::new();
    let _ = register.find("alias65535", DAY, &mut Scratch::default(), &mut found);
    assert_eq!(found.len(), 1);
}
