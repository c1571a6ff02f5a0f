//! Made-up parcels and a small register that fits them: what `generate` and `demo` show.
//!
//! The same seed gives the same parcels. Knows nothing of screening, Kafka, clocks or files.

mod goods;
mod ids;
mod marks;
mod parties;
mod register;
mod vocabulary;

use fastrand::Rng;
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::domain::{Category, Channel, Declaration, Direction, PlatformOrder, Recordal};
use crate::wire::{self, Encoding, Limits};
use goods::Currency;
use marks::Mark;
use parties::Trader;
pub use register::register;

/// A register of well-known marks, one recordal a line. What it says of them is invented; see the folder's README.
pub const RECORDALS: &str = include_str!("recordals.ndjson");

const LIMITS: Limits = Limits { record_bytes_max: 1 << 16, text_bytes_max: 1 << 12 };

const EXPORTERS: usize = 300;
const IMPORTERS: usize = 60;

/// The recordals of [`RECORDALS`].
#[must_use]
pub fn recordals() -> Vec<Recordal> {
    RECORDALS
        .lines()
        .filter_map(|line| wire::decode_message(line.as_bytes(), Encoding::Json, &LIMITS).ok())
        .collect()
}

/// Makes up parcel declarations, one after the other: about 3 in 100 carry a mark of the sample
/// register, 2 in 100 have a faulty field, the others are in order.
#[derive(Debug, Clone)]
pub struct Generator {
    rng: Rng,
    /// Declarations made.
    count: u64,
    /// Where the serial numbers of this seed begin.
    first_serial: u64,
    exporters: Vec<Trader>,
    importers: Vec<Trader>,
    marks: Vec<Mark>,
}

impl Generator {
    /// A generator whose parcels depend on the seed and the times asked for, and on nothing else.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        Self {
            count: 0,
            first_serial: rng.u64(..ids::SERIALS),
            exporters: (0..EXPORTERS).map(|_| parties::exporter(&mut rng)).collect(),
            importers: (0..IMPORTERS).map(|_| parties::importer(&mut rng)).collect(),
            marks: recordals().into_iter().map(Mark::new).collect(),
            rng,
        }
    }

    /// The next declaration, made at the given time. Ids do not come twice in 100 million declarations.
    pub fn declaration(&mut self, declared_at: Timestamp) -> Declaration {
        self.count += 1;
        let mut declaration = self.ordinary(declared_at);
        match self.rng.u32(..1_000) {
            0..30 => {
                if let Some(mark) = self.rng.choice(&self.marks) {
                    mark.put_on(&mut self.rng, &mut declaration);
                }
            }
            30..50 => spoil(&mut self.rng, &mut declaration),
            _ => {}
        }
        declaration
    }

    fn ordinary(&mut self, declared_at: Timestamp) -> Declaration {
        let rng = &mut self.rng;
        let serial = ids::serial(self.first_serial, self.count);
        let direction = if percent(rng, 89) { Direction::Export } else { Direction::Import };
        let channel = if percent(rng, 58) { Channel::Post } else { Channel::Express };
        let traders =
            if direction == Direction::Export { &self.exporters } else { &self.importers };
        let trader = parties::regular(rng, traders);
        let consignee = parties::consignee(rng, direction);
        let category = category(rng);
        let currency = weighted(rng, vocabulary::CURRENCIES);
        let origin_country = trader.party.country.clone();
        let lines = goods::lines(rng, &origin_country, currency);
        let net = lines.iter().map(|line| line.net_weight_grams).sum::<i64>();
        let customs_district =
            format!("{}{}", weighted(rng, vocabulary::HUBS), pick(rng, vocabulary::OFFICES));
        Declaration {
            declaration_id: declaration_id(direction, &customs_district, declared_at, self.count),
            item_id: match channel {
                Channel::Express => ids::waybill(rng, serial),
                _ => ids::s10(rng, serial, &origin_country),
            },
            channel,
            direction,
            customs_district,
            declared_at: Some(declared_at),
            destination_country: consignee.country.clone(),
            platform_order: platform_order(rng, category, &trader, currency),
            consignor: Some(trader.party),
            consignee: Some(consignee),
            category,
            gross_weight_grams: net + net * rng.i64(4..=25) / 100 + rng.i64(10..=80),
            lines,
            supervision_mode: supervision_mode(rng, channel, direction).to_owned(),
            origin_country,
        }
    }
}

fn declaration_id(direction: Direction, district: &str, at: Timestamp, count: u64) -> String {
    let day = Offset::constant(8).to_datetime(at).date();
    let letter = if direction == Direction::Import { 'I' } else { 'E' };
    let (year, month, day) = (day.year(), day.month(), day.day());
    format!("{letter}{district}{year:04}{month:02}{day:02}{count:09}")
}

fn category(rng: &mut Rng) -> Category {
    match rng.u32(..100) {
        0..87 => Category::SaleOfGoods,
        87..93 => Category::Gift,
        93..96 => Category::CommercialSample,
        96..98 => Category::ReturnedGoods,
        _ => Category::Other,
    }
}

fn platform_order(
    rng: &mut Rng,
    category: Category,
    trader: &Trader,
    currency: Currency,
) -> Option<PlatformOrder> {
    (category == Category::SaleOfGoods && percent(rng, 86)).then(|| PlatformOrder {
        platform: trader.platform.to_owned(),
        seller_id: trader.seller_id.clone(),
        order_id: ids::digits(rng, 16),
        listing_id: ids::digits(rng, 13),
        listed_price: Some(goods::money(rng.i64(200..9_000), currency)),
    })
}

fn supervision_mode(rng: &mut Rng, channel: Channel, direction: Direction) -> &'static str {
    let modes = match (channel, direction) {
        (Channel::Express, Direction::Import) => vocabulary::EXPRESS_IMPORT_MODES,
        (Channel::Express, _) => vocabulary::EXPRESS_EXPORT_MODES,
        _ => vocabulary::POST_MODES,
    };
    weighted(rng, modes)
}

/// Makes one field faulty.
fn spoil(rng: &mut Rng, declaration: &mut Declaration) {
    let net = declaration.lines.iter().map(|line| line.net_weight_grams).sum::<i64>();
    match (rng.u32(..5), declaration.lines.last_mut()) {
        (0, _) if declaration.channel == Channel::Post => {
            declaration.item_id = ids::with_wrong_check_digit(&declaration.item_id);
        }
        (1, _) => "ZZ".clone_into(&mut declaration.destination_country),
        (2, Some(line)) => {
            if let Some(value) = &mut line.value {
                "0.00".clone_into(&mut value.amount);
            }
        }
        (3, Some(line)) => line.hs_code.clear(),
        _ => declaration.gross_weight_grams = net * 9 / 10,
    }
}

/// True this many times in a hundred.
fn percent(rng: &mut Rng, share: u32) -> bool {
    rng.u32(..100) < share
}

fn pick<T: Copy + Default>(rng: &mut Rng, items: &[T]) -> T {
    rng.choice(items).copied().unwrap_or_default()
}

/// One of the items, each as often as its weight says.
fn weighted<T: Copy + Default>(rng: &mut Rng, items: &[(u32, T)]) -> T {
    let total = items.iter().map(|(weight, _)| weight).sum::<u32>();
    let mut left = rng.u32(..total.max(1));
    items
        .iter()
        .find(|(weight, _)| {
            let found = left < *weight;
            left = left.saturating_sub(*weight);
            found
        })
        .map(|(_, item)| *item)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::{S10Fault, Technique, check_s10, day_of, is_country_code};
    use crate::register::{Candidate, Register, Scratch, Search};

    const COUNT: usize = 10_000;

    fn at() -> Timestamp {
        "2026-09-01T04:00:00Z".parse().unwrap()
    }

    fn declarations(seed: u64, count: usize) -> Vec<Declaration> {
        let mut generator = Generator::new(seed);
        (0..count).map(|_| generator.declaration(at())).collect()
    }

    /// The recordals whose marks the register finds in a declaration.
    fn found<'a>(register: &'a Register, declaration: &Declaration) -> Vec<&'a Recordal> {
        let mut found = Vec::new();
        for line in &declaration.lines {
            for text in [&line.brand, &line.description, &line.model] {
                let search = register.find(text, day_of(at()), &mut Scratch::default(), &mut found);
                assert_eq!(search, Search::Complete);
            }
        }
        // What is only like a mark is for screening to weigh.
        let plain = |candidate: &&Candidate| {
            let ways = [Technique::Exact, Technique::Case, Technique::Alias, Technique::Width];
            candidate.techniques.iter().all(|it| ways.contains(&it))
        };
        let plain = found.iter().filter(plain);
        plain.filter_map(|candidate| register.recordal(candidate.recordal)).collect()
    }

    fn is_faulty(declaration: &Declaration) -> bool {
        let net = declaration.lines.iter().map(|line| line.net_weight_grams).sum::<i64>();
        declaration.channel == Channel::Post && check_s10(&declaration.item_id).is_err()
            || !is_country_code(&declaration.destination_country)
            || declaration.gross_weight_grams < net
            || declaration.lines.iter().any(|line| {
                line.hs_code.is_empty()
                    || line.value.as_ref().is_none_or(|value| value.amount == "0.00")
            })
    }

    fn assert_share(what: &str, part: usize, share: std::ops::Range<usize>) {
        let share_of_count = share.start * COUNT / 100..share.end * COUNT / 100;
        assert!(share_of_count.contains(&part), "{what}: {part} of {COUNT}, not {share:?} %");
    }

    #[test]
    fn the_same_seed_gives_the_same_parcels_and_another_seed_others() {
        assert_eq!(declarations(7, 500), declarations(7, 500));
        assert_ne!(declarations(7, 1), declarations(8, 1));
    }

    #[test]
    fn no_id_comes_twice() {
        let made = declarations(1, COUNT);
        let declaration_ids = made.iter().map(|it| &it.declaration_id).collect::<HashSet<_>>();
        let item_ids = made.iter().map(|it| &it.item_id).collect::<HashSet<_>>();
        assert_eq!((declaration_ids.len(), item_ids.len()), (COUNT, COUNT));
    }

    #[test]
    fn channels_directions_marks_and_faults_have_their_shares() {
        let register = Register::build(recordals());
        let made = declarations(2, COUNT);
        let count = |is: &dyn Fn(&Declaration) -> bool| made.iter().filter(|it| is(it)).count();
        assert_share("post", count(&|it| it.channel == Channel::Post), 55..61);
        assert_share("export", count(&|it| it.direction == Direction::Export), 87..91);
        assert_share("marked", count(&|it| !found(&register, it).is_empty()), 2..4);
        assert_share("faulty", count(&is_faulty), 1..3);
        let authorised = count(&|it| {
            let party = it.consignor.as_ref().unwrap();
            found(&register, it).iter().any(|recordal| recordal.authorises(&party.party_id))
        });
        assert!((10..60).contains(&authorised), "{authorised} by authorised users");
    }

    #[test]
    fn whoever_is_not_spoilt_is_in_order() {
        for declaration in declarations(3, COUNT) {
            if declaration.channel == Channel::Post {
                let fault = check_s10(&declaration.item_id).err();
                assert!(matches!(fault, None | Some(S10Fault::CheckDigit)), "{declaration:?}");
            }
            assert!(is_country_code(&declaration.origin_country), "{declaration:?}");
            assert!(declaration.gross_weight_grams > 0, "{declaration:?}");
            for line in &declaration.lines {
                assert!(!line.description.is_empty() && line.quantity > 0, "{line:?}");
                assert!(line.net_weight_grams > 0, "{line:?}");
                assert!(line.value.as_ref().unwrap().decimal().is_some(), "{line:?}");
                assert!(line.hs_code.is_empty() || line.hs_code.len() >= 6, "{line:?}");
            }
        }
    }

    #[test]
    fn every_sample_recordal_is_read_and_counts_for_years() {
        let recordals = recordals();
        assert_eq!(recordals.len(), RECORDALS.lines().count());
        for time in ["2026-01-01T00:00:00Z", "2045-12-31T00:00:00Z"] {
            let time = time.parse().unwrap();
            assert!(recordals.iter().all(|recordal| recordal.in_force(time)), "{time}");
        }
    }

    #[test]
    fn own_brands_and_words_are_no_marks() {
        let register = Register::build(recordals());
        let mut generator = Generator::new(4);
        generator.marks.clear();
        for _ in 0..COUNT {
            let declaration = generator.declaration(at());
            let marks = found(&register, &declaration);
            assert!(marks.is_empty(), "{marks:?} in {declaration:?}");
        }
    }
}
