//! The ids of a payload that was refused: read as far as it can be read, whatever comes after.

use std::cell::RefCell;
use std::fmt;

use prost::bytes::Buf;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

use super::ContentType;
use crate::domain::{DECLARATION_ID_CHARS_MAX, ITEM_ID_CHARS_MAX};

/// The ids of a declaration that cannot be screened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids {
    pub declaration_id: String,
    pub item_id: String,
}

impl Ids {
    fn is_valid(&self) -> bool {
        valid(&self.declaration_id, DECLARATION_ID_CHARS_MAX)
            && valid(&self.item_id, ITEM_ID_CHARS_MAX)
    }
}

fn valid(id: &str, chars_max: usize) -> bool {
    !id.is_empty() && id.chars().nth(chars_max).is_none()
}

/// Both ids, where both can be read. Time linear in the payload; no memory but for the ids.
pub(super) fn ids(payload: &[u8]) -> Option<Ids> {
    let ids = match ContentType::from_first_byte(payload.trim_ascii_start()) {
        ContentType::Json => from_json(payload),
        ContentType::Protobuf => from_protobuf(payload),
        ContentType::Xml | ContentType::Other => Ids::default(),
    };
    ids.is_valid().then_some(ids)
}

fn from_json(payload: &[u8]) -> Ids {
    let ids = RefCell::new(Ids::default());
    // An error ends the reading; what was read before it stands.
    let _ = serde_json::Deserializer::from_slice(payload).deserialize_map(TopLevel(&ids));
    ids.into_inner()
}

/// Reads the two ids of the outermost object and skips everything else.
struct TopLevel<'a>(&'a RefCell<Ids>);

impl<'de> Visitor<'de> for TopLevel<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match &*key {
                "declarationId" | "declaration_id" => {
                    self.0.borrow_mut().declaration_id = map.next_value()?;
                }
                "itemId" | "item_id" => self.0.borrow_mut().item_id = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

fn from_protobuf(mut payload: &[u8]) -> Ids {
    const DECLARATION_ID: u32 = 1;
    const ITEM_ID: u32 = 2;
    let mut ids = Ids::default();
    while payload.has_remaining() {
        let Ok((number, wire_type)) = decode_key(&mut payload) else { break };
        let id = match number {
            DECLARATION_ID => &mut ids.declaration_id,
            ITEM_ID => &mut ids.item_id,
            _ => {
                let context = DecodeContext::default();
                if skip_field(wire_type, number, &mut payload, context).is_err() {
                    break;
                }
                continue;
            }
        };
        let Some(text) = take_text(wire_type, &mut payload) else { break };
        text.clone_into(id);
    }
    ids
}

fn take_text<'a>(wire_type: WireType, payload: &mut &'a [u8]) -> Option<&'a str> {
    if wire_type != WireType::LengthDelimited {
        return None;
    }
    let length = usize::try_from(decode_varint(payload).ok()?).ok()?;
    let (text, rest) = payload.split_at_checked(length)?;
    *payload = rest;
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message as _;

    use super::super::v1;
    use super::*;

    fn expected() -> Ids {
        Ids { declaration_id: "D1".to_owned(), item_id: "I1".to_owned() }
    }

    #[test]
    fn reads_json_as_far_as_it_goes() {
        for (json, readable) in [
            (&br#"{"declarationId":"D1","itemId":"I1","lines":[{"#[..], true),
            (br#"{"lines":[[[[1]]],{"itemId":"no"}],"item_id":"I1","declaration_id":"D1"}"#, true),
            (b"{\"x\":\"\xff\xfe\",\"declarationId\":\"D1\",\"itemId\":\"I1\"}", true),
            (br#"{"declarationId":"D1","lines":[{"itemId":"I1"}]}"#, false),
            (br#"{"declarationId":"D1","itemId":7}"#, false),
            (br#"{"declarationId":"D1","itemId":""}"#, false),
            (br#"["D1","I1"]"#, false),
        ] {
            let ids = ids(json);
            assert_eq!(ids, readable.then(expected), "{}", String::from_utf8_lossy(json));
        }
    }

    #[test]
    fn reads_protobuf_as_far_as_it_goes() {
        let mut payload = v1::Declaration {
            declaration_id: "D1".to_owned(),
            item_id: "I1".to_owned(),
            ..v1::Declaration::default()
        }
        .encode_to_vec();
        payload.extend([0x6a, 0x7f, 1]); // a line that ends after the record
        assert_eq!(ids(&payload), Some(expected()));
    }

    #[test]
    fn an_id_over_its_limit_is_not_an_id() {
        let long = "x".repeat(DECLARATION_ID_CHARS_MAX + 1);
        let json = format!(r#"{{"declarationId":"{long}","itemId":"I1""#);
        assert_eq!(ids(json.as_bytes()), None);
    }

    proptest! {
        #[test]
        fn never_panics(payload in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = ids(&payload);
        }
    }
}
