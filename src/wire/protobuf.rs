//! The binary form. Before prost takes memory, one pass over the bytes checks counts and lengths.

use prost::bytes::Buf;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::{Limits, Refusal};
use crate::domain::{DeadLetterReason, LINES_MAX};

/// What the pass knows of a message: its highest field number, and which fields hold messages.
struct Shape {
    field_number_max: u32,
    /// The field of a declaration's lines.
    repeated: Option<u32>,
    messages: &'static [(u32, &'static Shape)],
}

const MONEY: Shape = Shape { field_number_max: 2, repeated: None, messages: &[] };
const PARTY: Shape = Shape { field_number_max: 5, repeated: None, messages: &[] };
const TIMESTAMP: Shape = Shape { field_number_max: 2, repeated: None, messages: &[] };
const PLATFORM_ORDER: Shape =
    Shape { field_number_max: 5, repeated: None, messages: &[(5, &MONEY)] };
const LINE: Shape = Shape { field_number_max: 10, repeated: None, messages: &[(10, &MONEY)] };
const LINES_FIELD: u32 = 13;
const DECLARATION: Shape = Shape {
    field_number_max: 15,
    repeated: Some(LINES_FIELD),
    messages: &[
        (6, &TIMESTAMP),
        (9, &PARTY),
        (10, &PARTY),
        (12, &PLATFORM_ORDER),
        (LINES_FIELD, &LINE),
    ],
};

pub(super) fn decode<W: prost::Message + Default>(payload: &[u8]) -> Result<W, Refusal> {
    // prost names the message and field and quotes no value.
    W::decode(payload).map_err(|error| malformed(&error))
}

fn malformed(error: &prost::DecodeError) -> Refusal {
    Refusal { reason: DeadLetterReason::MalformedProtobuf, detail: error.to_string() }
}

/// Checks a declaration's lines and lengths of text, and counts the fields that the schema does not know.
pub(super) fn check_declaration(payload: &[u8], limits: &Limits) -> Result<u32, Refusal> {
    let mut unknown_fields = 0;
    check(payload, &DECLARATION, limits, &mut unknown_fields)?;
    Ok(unknown_fields)
}

fn check(
    mut payload: &[u8],
    shape: &Shape,
    limits: &Limits,
    unknown_fields: &mut u32,
) -> Result<(), Refusal> {
    let mut repeated = 0;
    while payload.has_remaining() {
        let (number, wire_type) = decode_key(&mut payload).map_err(|error| malformed(&error))?;
        let known = number <= shape.field_number_max;
        if !known {
            *unknown_fields = unknown_fields.saturating_add(1);
        }
        if wire_type != WireType::LengthDelimited || !known {
            skip_field(wire_type, number, &mut payload, DecodeContext::default())
                .map_err(|error| malformed(&error))?;
            continue;
        }
        let content = take_delimited(&mut payload)?;
        let message = shape.messages.iter().find(|(field, _)| *field == number);
        match message {
            Some((_, inner)) => {
                repeated += usize::from(shape.repeated == Some(number));
                if repeated > LINES_MAX {
                    return Err(Refusal::limit(format!("more than {LINES_MAX} lines")));
                }
                check(content, inner, limits, unknown_fields)?;
            }
            None if content.len() > limits.text_bytes_max => {
                return Err(Refusal::limit(format!(
                    "field {number} has {} bytes, more than the limit of {}",
                    content.len(),
                    limits.text_bytes_max
                )));
            }
            None => {}
        }
    }
    Ok(())
}

fn take_delimited<'a>(payload: &mut &'a [u8]) -> Result<&'a [u8], Refusal> {
    let length = decode_varint(payload).map_err(|error| malformed(&error))?;
    let split = usize::try_from(length).ok().and_then(|length| payload.split_at_checked(length));
    let Some((content, rest)) = split else {
        return Err(Refusal {
            reason: DeadLetterReason::MalformedProtobuf,
            detail: "a field ends after the record".to_owned(),
        });
    };
    *payload = rest;
    Ok(content)
}
