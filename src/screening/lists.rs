//! Regions and groups of goods, as the policy names them.

use std::collections::BTreeMap;

/// Lists by name: countries of regions, prefixes of groups of goods. They may overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// ISO 3166-1 alpha-2 codes.
    pub regions: BTreeMap<String, Vec<String>>,
    /// HS prefixes of 2 to 10 digits.
    pub goods_groups: BTreeMap<String, Vec<String>>,
}

impl Lists {
    /// The regions that a country is in.
    pub fn regions_of(&self, country: &str) -> impl Iterator<Item = &str> {
        named(&self.regions, move |member| member == country)
    }

    /// The groups that goods of an HS code are in.
    pub fn goods_groups_of(&self, hs_code: &str) -> impl Iterator<Item = &str> {
        named(&self.goods_groups, move |prefix| hs_code.starts_with(prefix))
    }
}

fn named(
    lists: &BTreeMap<String, Vec<String>>,
    is_one: impl Fn(&str) -> bool,
) -> impl Iterator<Item = &str> {
    let has_one = move |members: &[String]| members.iter().any(|member| is_one(member));
    lists.iter().filter(move |(_, members)| has_one(members)).map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_and_goods_may_be_in_several_lists() {
        let list = |name: &str, members: &[&str]| {
            (name.to_owned(), members.iter().map(|it| (*it).to_owned()).collect())
        };
        let lists = Lists {
            regions: [list("africa", &["EG", "KE"]), list("middle_east", &["EG"])].into(),
            goods_groups: [list("shoes", &["64"]), list("sportswear", &["6404", "6203"])].into(),
        };
        assert_eq!(lists.regions_of("EG").collect::<Vec<_>>(), ["africa", "middle_east"]);
        assert_eq!(lists.regions_of("FR").count(), 0);
        assert_eq!(lists.goods_groups_of("640411").collect::<Vec<_>>(), ["shoes", "sportswear"]);
        assert_eq!(lists.goods_groups_of("6403").collect::<Vec<_>>(), ["shoes"]);
        assert_eq!(lists.goods_groups_of("").count(), 0);
    }
}
