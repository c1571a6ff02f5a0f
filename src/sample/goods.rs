//! What is in the parcels: lines with titles, weights and values that belong together.

use fastrand::Rng;

use super::vocabulary::{self, Goods, Group};
use super::{percent, pick};
use crate::domain::{Line, Money};

/// An ISO 4217 code, and thousandths of a unit for a US dollar.
pub(super) type Currency = (&'static str, i64);

/// The lines of a parcel.
pub(super) fn lines(rng: &mut Rng, origin_country: &str, currency: Currency) -> Vec<Line> {
    let count = match rng.u32(..100) {
        0..72 => 1,
        72..87 => 2,
        87..95 => 3,
        95..98 => 4,
        _ => rng.u32(5..=9),
    };
    (1..=count)
        .map(|line_no| {
            let goods = pick(rng, vocabulary::GOODS);
            let mut line = line(rng, goods, origin_country, currency);
            line.line_no = line_no;
            if percent(rng, 30) {
                write_own_brand(rng, &mut line);
            }
            line
        })
        .collect()
}

/// A line of certain goods, without a brand.
pub(super) fn line(rng: &mut Rng, goods: Goods, origin_country: &str, currency: Currency) -> Line {
    let quantity = match rng.u32(..20) {
        0..11 => 1,
        11..17 => rng.u32(2..=5),
        17..19 => rng.u32(6..=12),
        _ => rng.u32(13..=50),
    };
    let pieces = i64::from(quantity);
    Line {
        line_no: 1,
        description: title(rng, goods),
        brand: pick(rng, vocabulary::NO_BRANDS).to_owned(),
        model: if percent(rng, 35) { model(rng) } else { String::new() },
        hs_code: goods.hs_code.to_owned(),
        origin_country: origin_country.to_owned(),
        quantity,
        unit: pick(rng, vocabulary::UNITS).to_owned(),
        net_weight_grams: goods.grams * pieces * rng.i64(90..=115) / 100,
        value: Some(money(goods.cents * pieces * rng.i64(60..=150) / 100, currency)),
    }
}

/// Names the seller's own brand, at times in the title too.
fn write_own_brand(rng: &mut Rng, line: &mut Line) {
    let brand = pick(rng, vocabulary::OWN_BRANDS);
    brand.clone_into(&mut line.brand);
    if percent(rng, 30) {
        line.description = format!("{brand} {}", line.description);
    }
}

/// An amount of hundredths of a US dollar in a currency.
pub(super) fn money(cents: i64, (currency, per_thousand): Currency) -> Money {
    let cents = (cents * per_thousand / 1_000).max(1);
    Money { currency: currency.to_owned(), amount: format!("{}.{:02}", cents / 100, cents % 100) }
}

/// A title in English, Chinese or both: the goods among some attributes.
fn title(rng: &mut Rng, goods: Goods) -> String {
    let own = rng.usize(1..=3);
    let mut words = rng.choose_multiple(vocabulary::attributes(goods.group), own);
    let general = rng.usize(..=1);
    words.extend(rng.choose_multiple(vocabulary::GENERAL, general));
    if goods.group != Group::Food && percent(rng, 50) {
        words.extend(rng.choice(vocabulary::COLOURS));
    }
    rng.shuffle(&mut words);
    let goods_words = (goods.english, goods.chinese);
    words.insert(rng.usize(..=words.len()), &goods_words);
    let (chinese_share, separator) = match rng.u32(..100) {
        0..40 => (0, " "),
        40..52 => (0, ", "),
        52..72 => (100, ""),
        72..85 => (100, " "),
        _ => (50, " "),
    };
    words
        .iter()
        .map(|(english, chinese)| if percent(rng, chinese_share) { *chinese } else { *english })
        .collect::<Vec<_>>()
        .join(separator)
}

fn model(rng: &mut Rng) -> String {
    let letters = pick(rng, &["QK", "XD", "TV", "HZ", "KR", "WJ", "GF", "YB"]);
    format!("{letters}-{}", rng.u32(100..9_999))
}
