//! Consignors and consignees. Names, streets and telephone numbers say themselves that they are made up.

use fastrand::Rng;

use super::vocabulary::{self, Country};
use super::{ids, percent, pick, weighted};
use crate::domain::{Direction, Party};

/// Someone who sends parcels again and again.
#[derive(Debug, Clone, Default)]
pub(super) struct Trader {
    pub party: Party,
    pub platform: &'static str,
    pub seller_id: String,
}

/// A trader in China.
pub(super) fn exporter(rng: &mut Rng) -> Trader {
    let party = if percent(rng, 90) { chinese_company(rng) } else { chinese_person(rng) };
    trader(rng, party, vocabulary::EXPORT_PLATFORMS)
}

/// A trader abroad who sends to China.
pub(super) fn importer(rng: &mut Rng) -> Trader {
    let country = weighted(rng, vocabulary::ORIGINS);
    let name = format!("{} Example Export", pick(rng, vocabulary::FAMILY_NAMES));
    let party = foreign(rng, country, name);
    trader(rng, party, vocabulary::IMPORT_PLATFORMS)
}

fn trader(rng: &mut Rng, party: Party, platforms: &[(&'static str, &'static str)]) -> Trader {
    let (platform, prefix) = pick(rng, platforms);
    Trader { party, platform, seller_id: format!("{prefix}{}", ids::digits(rng, 9)) }
}

/// One of the traders; the first fifth send half of the parcels.
pub(super) fn regular(rng: &mut Rng, traders: &[Trader]) -> Trader {
    let busy = traders.get(..traders.len() / 5).unwrap_or_default();
    let pool = if percent(rng, 38) { busy } else { traders };
    rng.choice(pool).cloned().unwrap_or_default()
}

/// Whoever gets the parcel.
pub(super) fn consignee(rng: &mut Rng, direction: Direction) -> Party {
    match direction {
        Direction::Import if percent(rng, 60) => chinese_person(rng),
        Direction::Import => chinese_company(rng),
        _ => {
            let country = weighted(rng, vocabulary::DESTINATIONS);
            let given = pick(rng, vocabulary::GIVEN_NAMES);
            let name = format!("{given} {}", pick(rng, vocabulary::FAMILY_NAMES));
            foreign(rng, country, name)
        }
    }
}

/// A Chinese company with an id and name of the register.
pub(super) fn authorised_user(rng: &mut Rng, party_id: &str, name: &str) -> Party {
    Party { party_id: party_id.to_owned(), name: name.to_owned(), ..chinese_company(rng) }
}

fn chinese_company(rng: &mut Rng) -> Party {
    let (city, city_english, district, division) = pick(rng, vocabulary::CHINESE_CITIES);
    let (name, name_english) = pick(rng, vocabulary::COMPANY_NAMES);
    let (trade, trade_english) = pick(rng, vocabulary::COMPANY_TRADES);
    let name = if percent(rng, 55) {
        format!("{city}示例{name}{trade}有限公司")
    } else {
        format!("{city_english} Example {name_english} {trade_english} Co., Ltd.")
    };
    let party_id = ids::credit_code(rng, division);
    chinese(rng, party_id, name, city, district)
}

fn chinese_person(rng: &mut Rng) -> Party {
    let (city, _, district, _) = pick(rng, vocabulary::CHINESE_CITIES);
    let family = pick(rng, vocabulary::CHINESE_FAMILY_NAMES);
    let name = format!("{family}{}", pick(rng, vocabulary::CHINESE_GIVEN_NAMES));
    let party_id = format!("P{}", ids::digits(rng, 9));
    chinese(rng, party_id, name, city, district)
}

fn chinese(rng: &mut Rng, party_id: String, name: String, city: &str, district: &str) -> Party {
    let street = pick(rng, vocabulary::CHINESE_STREETS);
    let (number, building) = (rng.u32(1..900), rng.u32(1..30));
    Party {
        party_id,
        name,
        country: "CN".to_owned(),
        address: format!("{city}市{district}{street}{number}号{building}栋"),
        phone: format!("+86 000 0000 {:04}", rng.u32(..10_000)),
    }
}

fn foreign(rng: &mut Rng, (code, city, dialling_code): Country, name: String) -> Party {
    let street = pick(rng, vocabulary::STREETS);
    Party {
        party_id: format!("{code}{}", ids::digits(rng, 9)),
        name,
        country: code.to_owned(),
        address: format!("{} {street}, {city}", rng.u32(1..400)),
        phone: format!("+{dialling_code} 000 0000 {:02}", rng.u32(..100)),
    }
}
