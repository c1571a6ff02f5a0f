//! Parties as keyed hashes: enough to know one again, nothing to read.
//!
//! Names and addresses are folded first, so that case, spaces, punctuation, full width, traditional characters and forms
//! of companies make no other party.

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use super::super::keyed_hash::keyed_hash;
use crate::domain::Party;
use crate::text::FoldedText;

/// The key under which parties are hashed.
#[derive(Clone, Copy)]
pub struct PartyKey([u8; 16]);

impl PartyKey {
    #[cfg(test)]
    pub(crate) fn new(key: [u8; 16]) -> Self {
        Self(key)
    }

    /// Fewest bytes of a secret that is worth the name.
    pub const SECRET_LEAST: usize = 16;

    /// The key that a secret stands for.
    #[must_use]
    pub fn from_secret(secret: &str) -> Self {
        Self(keyed_hash(&[0; 16], secret.as_bytes()).to_be_bytes())
    }

    /// A key of this run of the program only.
    #[must_use]
    pub fn random() -> Self {
        let half = || RandomState::new().build_hasher().finish();
        Self((u128::from(half()) << 64 | u128::from(half())).to_ne_bytes())
    }

    /// Everything by which a party may be known again.
    pub(in crate::screening) fn fingerprints(&self, party: &Party) -> Fingerprints {
        Fingerprints {
            id: self.id(&party.party_id),
            name: self.name(&party.name),
            address: self.address(&party.address),
        }
    }

    pub(super) fn id(&self, id: &str) -> Option<Fingerprint> {
        (!id.is_empty()).then(|| self.hash(b"id", id.as_bytes()))
    }

    /// `None` for names that are too short to tell anybody.
    pub(super) fn name(&self, name: &str) -> Option<Fingerprint> {
        let letters = normalised(name, is_company_form);
        let name = COMPANY_ENDINGS
            .iter()
            .fold(letters.as_str(), |name, ending| name.strip_suffix(ending).unwrap_or(name));
        says_enough(name, NAME_LEAST).then(|| self.hash(b"name", name.as_bytes()))
    }

    /// `None` for addresses that are too short to be a place.
    pub(super) fn address(&self, address: &str) -> Option<Fingerprint> {
        let letters = normalised(address, |_| false);
        says_enough(&letters, ADDRESS_LEAST).then(|| self.hash(b"address", letters.as_bytes()))
    }

    fn hash(&self, kind: &[u8], text: &[u8]) -> Fingerprint {
        Fingerprint(keyed_hash(&self.0, &[kind, &[0], text].concat()))
    }
}

impl Default for PartyKey {
    fn default() -> Self {
        Self::random()
    }
}

impl fmt::Debug for PartyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartyKey(secret)")
    }
}

/// One thing by which a party may be known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::screening) struct Fingerprint(u128);

/// Everything by which a party may be known again.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::screening) struct Fingerprints {
    pub(in crate::screening) id: Option<Fingerprint>,
    pub(in crate::screening) name: Option<Fingerprint>,
    pub(in crate::screening) address: Option<Fingerprint>,
}

/// Characters of a name and of an address; a Chinese one says as much as three letters.
const NAME_LEAST: usize = 6;
const ADDRESS_LEAST: usize = 12;

fn says_enough(text: &str, least: usize) -> bool {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 3 }).sum::<usize>() >= least
}

/// Words that say what kind of company somebody is, and nothing of who.
fn is_company_form(word: &str) -> bool {
    let forms = ["co", "ltd", "limited", "inc", "llc", "company", "corp", "corporation", "gmbh"];
    forms.contains(&word)
}

/// The same in Chinese, outer ones first.
const COMPANY_ENDINGS: [&str; 5] = ["公司", "有限", "责任", "有限", "股份"];

thread_local! {
    static FOLDED: Cell<FoldedText> = Cell::default();
}

/// Letters and digits as compared, without the words that are to be skipped.
fn normalised(text: &str, skip: fn(&str) -> bool) -> String {
    let mut folded = FOLDED.take();
    folded.refold(text);
    let mut letters = String::with_capacity(text.len());
    for token in folded.tokens() {
        let start = letters.len();
        let units = folded.units().get(token.clone()).unwrap_or_default();
        letters.extend(units.iter().map(|unit| unit.read));
        if letters.get(start..).is_some_and(skip) {
            letters.truncate(start);
        }
    }
    FOLDED.set(folded);
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_makes_no_other_party_and_letters_do() {
        let key = PartyKey::new([7; 16]);
        let same_names = [
            ("Foshan Lantushiji Garment Co., Ltd.", "FOSHAN LANTUSHIJI GARMENT"),
            ("泉州佳美贸易有限公司", "泉州佳美贸易"),
            ("廣州新源股份有限公司", "广州新源有限责任公司"),
            ("Ｐｅｄｒｏ　Ｈｏｒｖａｔ", "Pedro-Horvat"),
        ];
        for (a, b) in same_names {
            assert!(key.name(a).is_some(), "{a}");
            assert_eq!(key.name(a), key.name(b), "{a} {b}");
        }
        assert_ne!(key.name("Pedro Horvat"), key.name("Pedro Horvath"));
        assert_eq!(
            key.address("佛山市顺德区建设路699号4栋"),
            key.address("佛山市順德區建設路 699 號, 4 棟")
        );
        assert_ne!(key.address("5 Rue Victor Hugo, Lyon"), key.address("6 Rue Victor Hugo, Lyon"));
    }

    #[test]
    fn what_says_too_little_is_nobody() {
        let key = PartyKey::new([7; 16]);
        for name in ["", "Li", "Co., Ltd.", "公司", "王"] {
            assert_eq!(key.name(name), None, "{name}");
        }
        assert_eq!((key.id(""), key.address("Lyon")), (None, None));
    }

    #[test]
    fn another_key_or_kind_gives_another_hash() {
        let (key, other) = (PartyKey::new([7; 16]), PartyKey::new([8; 16]));
        assert_ne!(key.name("Pedro Horvat"), other.name("Pedro Horvat"));
        assert_ne!(key.id("pedrohorvatlyon"), key.name("pedrohorvatlyon"));
        assert_eq!(format!("{key:?}"), "PartyKey(secret)");
    }
}
