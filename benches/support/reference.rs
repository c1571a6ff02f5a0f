//! What declarations are screened under where nothing else is measured.

use parcelgate::config::load_policy;
use parcelgate::feeds::{Assembly, BadLines, FeedSource, Foundation, Sources};
use parcelgate::screening::{Language, PartyKey, Reference};

/// The shipped policy and the sample's register.
pub fn reference() -> Reference {
    let foundation = Foundation {
        policy: load_policy(None, "").expect("the shipped policy is valid").into(),
        shadow: None,
        language: Language::English,
        party_key: PartyKey::random(),
    };
    let register = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sample/recordals.ndjson");
    let sources = Sources { register: FeedSource::File(register.into()), ..Sources::default() };
    let assembly = Assembly::open(sources, foundation, &mut BadLines::default());
    assembly.expect("the sample register is good").reference()
}
