//! Customs alerts: every field that is set must match a parcel.

use hashbrown::HashMap;
use jiff::civil::Date;

use super::parties::{Fingerprint, Fingerprints, PartyKey};
use crate::domain::{Channel, CustomsAlert, Declaration, Direction, Finding};
use crate::text::fold;

/// Alerts, each under the one of its fields that fewest parcels have.
#[derive(Debug, Default)]
pub(in crate::screening) struct Alerts {
    all: Vec<Alert>,
    by_party: HashMap<Fingerprint, Vec<u32>>,
    by_recordal: HashMap<String, Vec<u32>>,
    by_destination: HashMap<String, Vec<u32>>,
    others: Vec<u32>,
}

/// An alert without what could be read of a person.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "the words of the message")]
pub(in crate::screening) struct Alert {
    pub(in crate::screening) alert_id: String,
    pub(in crate::screening) source: String,
    pub(in crate::screening) recordal_no: String,
    pub(in crate::screening) points: i32,
    party: Fingerprints,
    /// As compared.
    mark: String,
    direction: Direction,
    channel: Channel,
    hs_codes: Vec<String>,
    origin_countries: Vec<String>,
    destination_countries: Vec<String>,
    valid_from: Option<Date>,
    valid_until: Option<Date>,
}

/// What is asked of the alerts.
pub(in crate::screening) struct Asked<'a> {
    pub(in crate::screening) declaration: &'a Declaration,
    pub(in crate::screening) consignor: &'a Fingerprints,
    pub(in crate::screening) consignee: &'a Fingerprints,
    /// Marks found so far.
    pub(in crate::screening) findings: &'a [Finding],
    pub(in crate::screening) day: Date,
}

impl Alerts {
    /// An alert that names nothing but a channel or a direction, or a party too short to be known again, fits no parcel.
    pub(super) fn build(key: &PartyKey, alerts: &[CustomsAlert]) -> Self {
        let mut alerts = alerts.iter().filter_map(|it| Alert::new(key, it)).collect::<Vec<_>>();
        alerts.sort_by(|a, b| a.alert_id.cmp(&b.alert_id));
        let mut index = Self::default();
        for (number, alert) in (0..).zip(&alerts) {
            let Fingerprints { id, name, address } = alert.party;
            if let Some(party) = id.or(address).or(name) {
                index.by_party.entry(party).or_default().push(number);
            } else if !alert.recordal_no.is_empty() {
                index.by_recordal.entry_ref(&alert.recordal_no).or_default().push(number);
            } else if !alert.destination_countries.is_empty() {
                for country in &alert.destination_countries {
                    index.by_destination.entry_ref(country).or_default().push(number);
                }
            } else {
                index.others.push(number);
            }
        }
        index.all = alerts;
        index
    }

    pub(super) fn knows_parties(&self) -> bool {
        !self.by_party.is_empty()
    }

    /// The alerts that a parcel matches, by id, each once.
    pub(in crate::screening) fn matching(&self, asked: &Asked<'_>) -> Vec<&Alert> {
        let mut numbers = self.others.clone();
        let mut add = |more: Option<&Vec<u32>>| numbers.extend(more.into_iter().flatten());
        for party in [asked.consignor, asked.consignee] {
            for fingerprint in [party.id, party.address, party.name].into_iter().flatten() {
                add(self.by_party.get(&fingerprint));
            }
        }
        for finding in asked.findings.iter().filter(|it| !it.recordal_no.is_empty()) {
            add(self.by_recordal.get(&finding.recordal_no));
        }
        add(self.by_destination.get(&asked.declaration.destination_country));
        numbers.sort_unstable();
        numbers.dedup();
        let alerts = numbers.into_iter().filter_map(|number| self.all.get(number as usize));
        alerts.filter(|alert| alert.matches(asked)).collect()
    }
}

impl Alert {
    fn new(key: &PartyKey, alert: &CustomsAlert) -> Option<Self> {
        let party = Fingerprints {
            id: key.id(&alert.party_id),
            name: key.name(&alert.party_name),
            address: key.address(&alert.address),
        };
        let is_known =
            |text: &str, fingerprint: Option<Fingerprint>| text.is_empty() || fingerprint.is_some();
        let names_something =
            [&alert.party_id, &alert.party_name, &alert.address, &alert.mark, &alert.recordal_no]
                .into_iter()
                .any(|text| !text.is_empty())
                || [&alert.hs_codes, &alert.origin_countries, &alert.destination_countries]
                    .into_iter()
                    .any(|list| !list.is_empty());
        let can_match = names_something
            && is_known(&alert.party_name, party.name)
            && is_known(&alert.address, party.address);
        can_match.then(|| Self {
            alert_id: alert.alert_id.clone(),
            source: alert.source.clone(),
            recordal_no: alert.recordal_no.clone(),
            points: alert.points,
            party,
            mark: letters(&alert.mark),
            direction: alert.direction,
            channel: alert.channel,
            hs_codes: alert.hs_codes.clone(),
            origin_countries: alert.origin_countries.clone(),
            destination_countries: alert.destination_countries.clone(),
            valid_from: alert.valid_from,
            valid_until: alert.valid_until,
        })
    }

    fn matches(&self, asked: &Asked<'_>) -> bool {
        let Asked { declaration, .. } = asked;
        let counts = self.valid_from.is_none_or(|first| first <= asked.day)
            && self.valid_until.is_none_or(|last| asked.day <= last);
        let among = |list: &[String], text: &String| list.is_empty() || list.contains(text);
        counts
            && (self.direction == Direction::Unspecified || self.direction == declaration.direction)
            && (self.channel == Channel::Unspecified || self.channel == declaration.channel)
            && among(&self.origin_countries, &declaration.origin_country)
            && among(&self.destination_countries, &declaration.destination_country)
            && (self.is_of(asked.consignor) || self.is_of(asked.consignee))
            && self.has_goods(declaration)
            && self.has_mark(asked.findings)
    }

    /// Whether all that the alert says of a party fits one.
    fn is_of(&self, party: &Fingerprints) -> bool {
        let fits = |wanted: Option<Fingerprint>, known: Option<Fingerprint>| {
            wanted.is_none() || wanted == known
        };
        fits(self.party.id, party.id)
            && fits(self.party.name, party.name)
            && fits(self.party.address, party.address)
    }

    /// A shorter declared code may mean what a longer prefix says.
    fn has_goods(&self, declaration: &Declaration) -> bool {
        let fits = |code: &str| {
            let prefixes = || self.hs_codes.iter().filter(|prefix| !prefix.is_empty());
            code.len() >= 2
                && prefixes().any(|it| code.starts_with(it.as_str()) || it.starts_with(code))
        };
        self.hs_codes.is_empty() || declaration.lines.iter().any(|line| fits(&line.hs_code))
    }

    /// The alert's own recordal was found, or a mark of its name.
    fn has_mark(&self, findings: &[Finding]) -> bool {
        let of_recordal = |it: &Finding| it.recordal_no == self.recordal_no;
        let of_mark = |it: &Finding| !it.mark.is_empty() && letters(&it.mark) == self.mark;
        (self.recordal_no.is_empty() || findings.iter().any(of_recordal))
            && (self.mark.is_empty()
                || !self.recordal_no.is_empty()
                || findings.iter().any(of_mark))
    }
}

/// A mark's letters as compared.
fn letters(mark: &str) -> String {
    fold(mark).units().iter().map(|unit| unit.read).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::{CheckCode, Party};
    use crate::screening::test_support::declaration;

    const DAY: Date = date(2026, 8, 1);

    fn alert(set: impl FnOnce(&mut CustomsAlert)) -> CustomsAlert {
        let mut alert = CustomsAlert { alert_id: "A1".to_owned(), ..CustomsAlert::default() };
        set(&mut alert);
        alert
    }

    fn parcel() -> Declaration {
        let consignor = Party {
            party_id: "C1".to_owned(),
            name: "泉州佳美贸易有限公司".to_owned(),
            address: "佛山市顺德区建设路699号4栋".to_owned(),
            ..Party::default()
        };
        Declaration { consignor: Some(consignor), ..declaration("shoes") }
    }

    fn found(mark: &str, recordal_no: &str) -> Finding {
        Finding {
            mark: mark.to_owned(),
            recordal_no: recordal_no.to_owned(),
            ..Finding::new(CheckCode::RecordedMark, 60, String::new())
        }
    }

    fn matches(alert: &CustomsAlert, findings: &[Finding]) -> bool {
        let key = PartyKey::new([1; 16]);
        let declaration = parcel();
        let consignor = key.fingerprints(declaration.consignor.as_ref().unwrap());
        let asked = Asked {
            declaration: &declaration,
            consignor: &consignor,
            consignee: &Fingerprints::default(),
            findings,
            day: DAY,
        };
        !Alerts::build(&key, std::slice::from_ref(alert)).matching(&asked).is_empty()
    }

    #[test]
    fn every_field_that_is_set_must_match() {
        type Set = fn(&mut CustomsAlert);
        let cases: [(Set, bool); 22] = [
            // Nothing that says which parcels are meant.
            (|_| {}, false),
            (|it| it.direction = Direction::Export, false),
            (|it| it.party_id = "C1".to_owned(), true),
            (|it| it.party_id = "C2".to_owned(), false),
            (|it| it.party_name = "泉州佳美贸易".to_owned(), true),
            (|it| it.party_name = "泉州佳佳贸易".to_owned(), false),
            // Too short to tell anybody.
            (|it| it.party_name = "佳".to_owned(), false),
            (|it| it.address = "佛山市顺德区 建设路 699 号 4 栋".to_owned(), true),
            (
                |it| {
                    it.party_id = "C1".to_owned();
                    it.address = "佛山市顺德区建设路700号4栋".to_owned();
                },
                false,
            ),
            (|it| it.hs_codes = vec!["6403".to_owned()], true),
            (|it| it.hs_codes = vec!["64039900001".to_owned()], true),
            (|it| it.hs_codes = vec!["85".to_owned(), "64".to_owned()], true),
            (|it| it.hs_codes = vec!["85".to_owned()], false),
            (|it| it.destination_countries = vec!["US".to_owned(), "FR".to_owned()], true),
            (|it| it.destination_countries = vec!["US".to_owned()], false),
            (|it| it.origin_countries = vec!["CN".to_owned()], true),
            (|it| it.origin_countries = vec!["VN".to_owned()], false),
            (
                |it| {
                    it.party_id = "C1".to_owned();
                    it.direction = Direction::Import;
                },
                false,
            ),
            (
                |it| {
                    it.party_id = "C1".to_owned();
                    it.channel = Channel::Express;
                },
                false,
            ),
            (
                |it| {
                    it.party_id = "C1".to_owned();
                    it.valid_until = Some(DAY);
                    it.valid_from = Some(DAY);
                },
                true,
            ),
            (
                |it| {
                    it.party_id = "C1".to_owned();
                    it.valid_until = DAY.yesterday().ok();
                },
                false,
            ),
            (
                |it| {
                    it.party_id = "C1".to_owned();
                    it.valid_from = DAY.tomorrow().ok();
                },
                false,
            ),
        ];
        for (number, (set, expected)) in cases.into_iter().enumerate() {
            assert_eq!(matches(&alert(set), &[]), expected, "case {number}");
        }
    }

    #[test]
    fn a_mark_or_its_recordal_must_have_been_found() {
        let of_mark = alert(|it| it.mark = "FOOT SOLUTIONS".to_owned());
        assert!(!matches(&of_mark, &[]));
        assert!(matches(&of_mark, &[found("Foot Solutions", "T1")]));
        assert!(!matches(&of_mark, &[found("Foot", "T1")]));
        let of_recordal = alert(|it| {
            it.mark = "FOOT SOLUTIONS".to_owned();
            it.recordal_no = "T2".to_owned();
        });
        assert!(!matches(&of_recordal, &[found("Foot Solutions", "T1")]));
        assert!(matches(&of_recordal, &[found("另一种写法", "T2")]));
    }
}
