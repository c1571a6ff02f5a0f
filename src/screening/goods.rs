//! Whether declared goods are those that a mark is recorded for.

use std::sync::LazyLock;

use crate::domain::Recordal;

/// `hs,nice_classes,note` a line: chapters, and headings that differ from their chapter.
const NICE_BY_HS: &str = include_str!("../../config/facts/nice-hs.csv");

/// How declared goods stand to a recordal's. A wrong code is itself an evasion, so this weighs and never decides alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Goods {
    /// Under one of the recordal's own HS prefixes.
    Listed,
    /// In one of its Nice classes.
    SameClass,
    Unrelated,
    /// The code is missing or none, or the recordal names no goods.
    Unknown,
}

/// How a line's HS code stands to a recordal.
pub(super) fn relation(recordal: &Recordal, hs_code: &str) -> Goods {
    if hs_code.len() < 4 || !hs_code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Goods::Unknown;
    }
    // A shorter code may mean what a longer prefix says.
    let listed = |prefix: &String| {
        !prefix.is_empty() && (hs_code.starts_with(prefix.as_str()) || prefix.starts_with(hs_code))
    };
    if recordal.hs_codes.iter().any(listed) {
        return Goods::Listed;
    }
    let classes = nice_classes(hs_code);
    if classes == 0 || recordal.nice_classes.is_empty() {
        return Goods::Unknown;
    }
    let shared = recordal.nice_classes.iter().any(|class| classes >> class & 1 == 1);
    if shared { Goods::SameClass } else { Goods::Unrelated }
}

/// Goods that are no parts and no accessories, which have other headings: sweets and drinks, medicines, perfume, cosmetics
/// and soap, luggage and handbags, clothes, shoes, hats, umbrellas, spectacles, watches. By the headings and subheadings of
/// the Harmonized System, 2022.
const COMPLETE: [(&str, &str); 15] = [
    ("0902", "0902"),
    ("1704", "1704"),
    ("1806", "1806"),
    ("1905", "1905"),
    ("2201", "2208"),
    ("3003", "3004"),
    ("3303", "3306"),
    ("3401", "3401"),
    ("420211", "420229"),
    ("6101", "6217"),
    ("6401", "6405"),
    ("6503", "6506"),
    ("6601", "6601"),
    ("9004", "9004"),
    ("9101", "9103"),
];

/// Whether goods of an HS code are used by themselves, so that they are not made for those of another.
pub(super) fn is_complete(hs_code: &str) -> bool {
    is_among(&COMPLETE, hs_code)
}

/// Goods in which counterfeits are seized most: footwear, watches, sunglasses, electrical goods, bags, clothes. The
/// chapters and headings are those that parcels' seizures are reported under (EUIPO and OECD, 2017 to 2021).
const HIGH_RISK: [(&str, &str); 6] = [
    ("6402", "6405"),
    ("9004", "9004"),
    ("8501", "8548"),
    ("9101", "9102"),
    ("4202", "4202"),
    ("6101", "6217"),
];

/// Whether goods of an HS code are often counterfeited.
pub(super) fn is_high_risk(hs_code: &str) -> bool {
    is_among(&HIGH_RISK, hs_code)
}

/// Whether a code is in one of some ranges, of headings or longer.
fn is_among(ranges: &[(&str, &str)], hs_code: &str) -> bool {
    ranges.iter().any(|(first, last)| {
        hs_code.get(..first.len()).is_some_and(|it| (*first..=*last).contains(&it))
    })
}

/// The Nice classes that goods of an HS code may be in, one bit each; 0 where the table has none.
fn nice_classes(hs_code: &str) -> u64 {
    let by_prefix = |digits: usize| {
        let number = hs_code.get(..digits)?.parse::<usize>().ok()?;
        let table = if digits == 4 { &TABLE.headings } else { &TABLE.chapters };
        table.get(number).copied().filter(|classes| *classes != 0)
    };
    by_prefix(4).or_else(|| by_prefix(2)).unwrap_or(0)
}

struct Table {
    chapters: Vec<u64>,
    headings: Vec<u64>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { chapters: vec![0; 100], headings: vec![0; 10_000] };
    for line in NICE_BY_HS.lines().skip(1) {
        let mut fields = line.split(',');
        let (Some(hs), Some(classes)) = (fields.next(), fields.next()) else { continue };
        let rows = if hs.len() == 4 { &mut table.headings } else { &mut table.chapters };
        let slot = hs.parse::<usize>().ok().and_then(|number| rows.get_mut(number));
        if let Some(slot) = slot {
            let numbers = classes.split(' ').filter_map(|class| class.parse::<u32>().ok());
            *slot = numbers.fold(0, |bits, class| bits | 1_u64.checked_shl(class).unwrap_or(0));
        }
    }
    table
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goods_are_listed_of_the_class_or_unrelated() {
        let shoes = Recordal {
            hs_codes: vec!["6404".to_owned()],
            nice_classes: vec![25],
            ..Recordal::default()
        };
        for (code, expected) in [
            ("6404110000", Goods::Listed),
            ("6109100000", Goods::SameClass),
            ("8517130000", Goods::Unrelated),
            ("64", Goods::Unknown),
            ("", Goods::Unknown),
            ("640x", Goods::Unknown),
            ("0000000000", Goods::Unknown),
        ] {
            assert_eq!(relation(&shoes, code), expected, "{code}");
        }
        assert_eq!(relation(&Recordal::default(), "6404110000"), Goods::Unknown);
    }

    #[test]
    fn parts_and_accessories_have_other_codes_than_goods_used_by_themselves() {
        // A handbag, shoes, a watch; a leather case for a telephone, insoles, a strap, a toy; codes too short to tell.
        for code in ["4202210000", "6404110000", "9102110000", "420229"] {
            assert!(is_complete(code), "{code}");
        }
        for code in ["4202310000", "6406909900", "9113900000", "9503008900", "4202", "64", ""] {
            assert!(!is_complete(code), "{code}");
        }
    }
}
