//! The canonical JSON mapping. pbjson knows the schema; the [`Guard`] stands between it and the parser.
//!
//! The guard checks lengths before anything is copied, counts unknown fields, reads `null` as a field's default and
//! whole numbers written with a fraction (`1.0`), as the mapping asks and pbjson leaves open.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::value::SeqDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor,
};
use serde::{Serialize, forward_to_deserialize_any};

use super::Refusal;
use crate::domain::DeadLetterReason;

/// Limits and counters of one decoding.
pub(super) struct Guard {
    text_bytes_max: usize,
    items_max: usize,
    unknown_fields: Cell<u32>,
    broken_limit: Cell<Option<&'static str>>,
}

impl Guard {
    pub(super) fn new(text_bytes_max: usize, items_max: usize) -> Self {
        Self {
            text_bytes_max,
            items_max,
            unknown_fields: Cell::new(0),
            broken_limit: Cell::new(None),
        }
    }

    pub(super) fn unknown_fields(&self) -> u32 {
        self.unknown_fields.get()
    }

    fn broken<E: serde::de::Error>(&self, limit: &'static str) -> E {
        self.broken_limit.set(Some(limit));
        E::custom(limit)
    }

    fn check_text<E: serde::de::Error>(&self, text: &str) -> Result<(), E> {
        if text.len() > self.text_bytes_max {
            return Err(self.broken("a text is too long"));
        }
        Ok(())
    }
}

pub(super) fn decode<W: DeserializeOwned>(payload: &[u8], guard: &Guard) -> Result<W, Refusal> {
    match simdutf8::basic::from_utf8(payload) {
        // Checked in one go, not string by string.
        Ok(text) => parse(serde_json::Deserializer::from_str(text), guard),
        // The parser finds the place.
        Err(_) => parse(serde_json::Deserializer::from_slice(payload), guard),
    }
}

fn parse<'de, R: serde_json::de::Read<'de>, W: DeserializeOwned>(
    mut parser: serde_json::Deserializer<R>,
    guard: &Guard,
) -> Result<W, Refusal> {
    let guarded = Guarded { inner: &mut parser, guard };
    W::deserialize(guarded)
        .and_then(|message| parser.end().map(|()| message))
        .map_err(|error| refusal(&error, guard))
}

/// Where and of what kind the error is. The parser's own words are not used: they quote what was declared.
fn refusal(error: &serde_json::Error, guard: &Guard) -> Refusal {
    let place = format!("at line {} column {}", error.line(), error.column());
    if let Some(limit) = guard.broken_limit.get() {
        return Refusal::limit(format!("{limit} {place}"));
    }
    let what = match error.classify() {
        serde_json::error::Category::Io | serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "not of the schema",
        serde_json::error::Category::Eof => "ends early",
    };
    Refusal { reason: DeadLetterReason::MalformedJson, detail: format!("{what} {place}") }
}

pub(super) fn encode<W: Serialize>(wire: &W, buffer: &mut Vec<u8>) {
    // Writing to memory cannot fail, and the generated code has no error of its own but for enum numbers
    // outside the schema, which the conversion from domain values cannot make.
    let written = serde_json::to_writer(&mut *buffer, wire);
    debug_assert!(written.is_ok(), "{written:?}");
}

/// A whole number, as a number or as a text. The generated code reads with it; see `build.rs`.
pub(super) struct Number<T>(pub(super) T);

impl<'de, T> Deserialize<'de> for Number<T>
where
    T: FromStr + TryFrom<i64> + TryFrom<u64>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor(PhantomData)).map(Self)
    }
}

struct NumberVisitor<T>(PhantomData<T>);

impl<T> Visitor<'_> for NumberVisitor<T>
where
    T: FromStr + TryFrom<i64> + TryFrom<u64>,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<T, E> {
        T::try_from(value).map_err(|_| E::custom("a number that is out of range"))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<T, E> {
        T::try_from(value).map_err(|_| E::custom("a number that is out of range"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<T, E> {
        value.parse().map_err(|_| E::custom("a text that is no number"))
    }
}

/// A deserializer whose values pass the guard.
struct Guarded<'g, D> {
    inner: D,
    guard: &'g Guard,
}

/// What `null` stands for where a value is expected.
#[derive(Clone, Copy)]
enum Null {
    Zero,
    False,
    EmptyText,
    EmptyList,
    /// Nothing: an element of a list, or a message that is not optional.
    Refused,
}

impl<'de, D: Deserializer<'de>> Guarded<'_, D> {
    fn expect<V: Visitor<'de>>(self, visitor: V, null: Null) -> Result<V::Value, D::Error> {
        let guard = self.guard;
        self.inner.deserialize_any(GuardedVisitor { visitor, guard, null })
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Guarded<'_, D> {
    type Error = D::Error;

    /// Numbers and enums come this way.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.expect(visitor, Null::Zero)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.expect(visitor, Null::False)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.expect(visitor, Null::EmptyText)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.expect(visitor, Null::EmptyText)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.expect(visitor, Null::EmptyList)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.expect(visitor, Null::Refused)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let guard = self.guard;
        self.inner.deserialize_option(GuardedVisitor { visitor, guard, null: Null::Refused })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    /// The value of a field that the schema does not know. The parser skips it without recursion or memory.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.guard.unknown_fields.set(self.guard.unknown_fields.get().saturating_add(1));
        self.inner.deserialize_ignored_any(visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf
        unit unit_struct tuple tuple_struct map enum identifier
    }
}

struct GuardedVisitor<'g, V> {
    visitor: V,
    guard: &'g Guard,
    null: Null,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for GuardedVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<V::Value, E> {
        self.visitor.visit_bool(value)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<V::Value, E> {
        self.visitor.visit_i64(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<V::Value, E> {
        self.visitor.visit_u64(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<V::Value, E> {
        match whole(value) {
            Some(whole) => self.visitor.visit_i64(whole),
            None => self.visitor.visit_f64(value),
        }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<V::Value, E> {
        self.guard.check_text(text)?;
        self.visitor.visit_str(text)
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<V::Value, E> {
        self.guard.check_text(text)?;
        self.visitor.visit_borrowed_str(text)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        match self.null {
            Null::Zero => self.visitor.visit_u64(0),
            Null::False => self.visitor.visit_bool(false),
            Null::EmptyText => self.visitor.visit_borrowed_str(""),
            Null::EmptyList => {
                self.visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<u32>()))
            }
            Null::Refused => self.visitor.visit_unit(),
        }
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Guarded { inner, guard: self.guard })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_seq(GuardedAccess { inner, guard: self.guard, items: 0 })
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(GuardedAccess { inner, guard: self.guard, items: 0 })
    }
}

/// The number as an integer, where it is one that a double holds exactly.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within 2^53")]
    (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
}

/// The elements of a list or the entries of an object.
struct GuardedAccess<'g, A> {
    inner: A,
    guard: &'g Guard,
    items: usize,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for GuardedAccess<'_, A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        let within_limit = self.items < self.guard.items_max;
        self.items += 1;
        let seed = GuardedSeed { seed, guard: self.guard, within_limit };
        self.inner.next_element_seed(seed)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for GuardedAccess<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.inner.next_key_seed(seed)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.inner.next_value_seed(GuardedSeed { seed, guard: self.guard, within_limit: true })
    }
}

struct GuardedSeed<'g, S> {
    seed: S,
    guard: &'g Guard,
    within_limit: bool,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for GuardedSeed<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        if !self.within_limit {
            return Err(self.guard.broken("a list has too many elements"));
        }
        self.seed.deserialize(Guarded { inner, guard: self.guard })
    }
}

#[cfg(test)]
mod tests {
    use super::super::v1::{Channel, Declaration};
    use super::*;

    fn decode_text(json: &str) -> (Result<Declaration, Refusal>, u32) {
        let guard = Guard::new(16, 3);
        let decoded = decode(json.as_bytes(), &guard);
        (decoded, guard.unknown_fields())
    }

    #[test]
    fn reads_what_the_mapping_allows() {
        let json = r#"{
            "declaration_id": "D1", "itemId": null, "channel": "CHANNEL_POST", "direction": null,
            "declaredAt": null, "consignor": null, "lines": [{"quantity": "2"}, {"quantity": 3.0}],
            "grossWeightGrams": "120", "categoryy": {"a": [1, {"b": 2}]}, "category": "CATEGORY_NEW"
        }"#;
        let (decoded, unknown_fields) = decode_text(json);
        let message = decoded.unwrap();
        assert_eq!(message.declaration_id, "D1");
        assert_eq!(message.item_id, "");
        assert_eq!(message.channel, i32::from(Channel::Post));
        assert_eq!(message.lines.iter().map(|line| line.quantity).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(message.gross_weight_grams, 120);
        assert_eq!(message.category, 0);
        assert_eq!(unknown_fields, 1);
    }

    #[test]
    fn null_is_an_empty_list_and_no_element() {
        assert_eq!(decode_text(r#"{"lines": null}"#).0.unwrap().lines, []);
        assert!(decode_text(r#"{"lines": [null]}"#).0.is_err());
    }

    #[test]
    fn refuses_by_kind_and_place_without_quoting() {
        for (json, reason, detail) in [
            ("{", DeadLetterReason::MalformedJson, "ends early at line 1 column 1"),
            ("{} x", DeadLetterReason::MalformedJson, "not JSON at line 1 column 4"),
            ("[]", DeadLetterReason::MalformedJson, "not of the schema at line 1 column 2"),
            (
                r#"{"itemId": 7}"#,
                DeadLetterReason::MalformedJson,
                "not of the schema at line 1 column 12",
            ),
            (
                r#"{"itemId": "12345678901234567"}"#,
                DeadLetterReason::LimitExceeded,
                "a text is too long at line 1 column 30",
            ),
            (
                r#"{"lines": [{},{},{},{}]}"#,
                DeadLetterReason::LimitExceeded,
                "a list has too many elements at line 1 column 20",
            ),
        ] {
            let refusal = decode_text(json).0.unwrap_err();
            assert_eq!(refusal, Refusal { reason, detail: detail.to_owned() }, "{json}");
        }
    }

    #[test]
    fn nesting_of_any_depth_is_skipped_or_refused_but_never_overflows() {
        let deep = "[".repeat(200_000);
        assert!(decode_text(&format!("{{\"x\": {deep}")).0.is_err());
        assert!(decode_text(&format!("{{\"channel\": {deep}")).0.is_err());
        let closed = format!("{{\"x\": {deep}{}}}", "]".repeat(200_000));
        assert_eq!(decode_text(&closed).1, 1);
    }
}
