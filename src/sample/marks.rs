//! Puts marks of the sample register on goods, written as sellers write them who hide nothing.

use fastrand::Rng;

use super::vocabulary::{GOODS, Goods};
use super::{goods, parties, percent, weighted};
use crate::domain::{Declaration, Direction, Line, Recordal};

/// A recorded mark and the goods it is usually found on.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    recordal: Recordal,
    goods: Vec<Goods>,
}

impl Mark {
    pub(super) fn new(recordal: Recordal) -> Self {
        let is_recorded_for = |goods: &Goods| {
            recordal.hs_codes.iter().any(|prefix| goods.hs_code.starts_with(prefix.as_str()))
        };
        let goods = GOODS.iter().filter(|goods| is_recorded_for(goods)).copied().collect();
        Self { recordal, goods }
    }

    /// Puts the mark on the first line; now and then it is an authorised user who does.
    pub(super) fn put_on(&self, rng: &mut Rng, declaration: &mut Declaration) {
        self.replace_first_line(rng, declaration);
        if let Some(line) = declaration.lines.first_mut() {
            self.write_on(rng, line);
        }
        if let Some(user) = rng.choice(&self.recordal.authorised_users)
            && declaration.direction == Direction::Export
            && percent(rng, 27)
        {
            declaration.consignor = Some(parties::authorised_user(rng, &user.party_id, &user.name));
        }
    }

    /// Replaces the first line by one of goods that the mark is recorded for.
    fn replace_first_line(&self, rng: &mut Rng, declaration: &mut Declaration) {
        let Some(goods) = rng.choice(&self.goods) else { return };
        let currency = weighted(rng, super::vocabulary::CURRENCIES);
        let Some(line) = declaration.lines.first_mut() else { return };
        let new = goods::line(rng, *goods, &declaration.origin_country, currency);
        declaration.gross_weight_grams += new.net_weight_grams - line.net_weight_grams;
        *line = new;
    }

    fn write_on(&self, rng: &mut Rng, line: &mut Line) {
        let name = &self.recordal.right_name;
        let written = match rng.u32(..10) {
            0..6 => name.clone(),
            6..8 => in_other_case(name),
            _ => in_full_width(name),
        };
        let place = rng.u32(..10);
        if place >= 4 {
            line.description = format!("{written} {}", line.description);
        }
        line.brand = if (4..8).contains(&place) { String::new() } else { written };
    }
}

fn in_other_case(text: &str) -> String {
    let upper = text.to_uppercase();
    if upper == text { text.to_lowercase() } else { upper }
}

fn in_full_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            ' ' => '\u{3000}',
            '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
            _ => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::recordals;
    use super::*;

    #[test]
    fn there_are_goods_for_every_mark() {
        for recordal in recordals() {
            let mark = Mark::new(recordal);
            assert!(!mark.goods.is_empty(), "{:?}", mark.recordal);
        }
    }

    #[test]
    fn marks_are_written_in_other_ways() {
        assert_eq!(in_other_case("NIKE"), "nike");
        assert_eq!(in_other_case("Nike"), "NIKE");
        assert_eq!(in_full_width("DR. Martens"), "ＤＲ．\u{3000}Ｍａｒｔｅｎｓ");
        assert_eq!(in_full_width("波司登"), "波司登");
    }
}
