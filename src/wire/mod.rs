//! Bytes to domain values and back: protobuf and its canonical JSON form. The only user of prost.
//!
//! Decoding is total: any bytes give a value or a named [`Rejection`], within limits checked before memory is taken.

mod content_type;
mod convert;
mod json;
mod protobuf;
mod salvage;
mod timestamp;
pub mod v1;

use jiff::Timestamp;
use prost::Message as _;

pub use content_type::{ContentType, Encoding};
pub use convert::{Message, Stamped, UnreadableField};
pub use salvage::Ids;

use crate::domain::{
    DECLARATION_ID_CHARS_MAX, DeadLetter, DeadLetterReason, Decision, Declaration,
    ITEM_ID_CHARS_MAX, LINES_MAX, Source,
};

/// Limits of what is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest payload, in bytes.
    pub record_bytes_max: usize,
    /// Longest text field, in bytes of UTF-8.
    pub text_bytes_max: usize,
}

/// A decoded declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    pub declaration: Declaration,
    /// Fields that the schema does not know, ignored.
    pub unknown_fields: u32,
}

/// Why a payload is no declaration that can be screened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    pub reason: DeadLetterReason,
    /// What exactly and where; never a declared value.
    pub detail: String,
    /// As the header said, or as the first byte told.
    pub content_type: String,
    /// The ids, where both can still be read.
    pub ids: Option<Ids>,
}

/// A payload that one of the decoders refused.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    reason: DeadLetterReason,
    detail: String,
}

impl Refusal {
    fn limit(detail: String) -> Self {
        Self { reason: DeadLetterReason::LimitExceeded, detail }
    }
}

/// A reference message that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Field(#[from] UnreadableField),
}

impl From<Refusal> for DecodeError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.detail)
    }
}

/// Decodes a declaration. `content_type` is the record's header, where it has one.
///
/// # Errors
/// A [`Rejection`] for a payload that cannot be decoded, lacks an id or lines, or exceeds a limit.
pub fn decode_declaration(
    payload: &[u8],
    content_type: Option<&[u8]>,
    limits: &Limits,
) -> Result<Decoded, Box<Rejection>> {
    let detected = ContentType::detect(content_type, payload);
    decode_as(detected, payload, limits).map_err(|refusal| {
        Box::new(Rejection {
            reason: refusal.reason,
            detail: refusal.detail,
            content_type: content_type::label(content_type, detected),
            ids: salvage::ids(payload),
        })
    })
}

fn decode_as(
    content_type: ContentType,
    payload: &[u8],
    limits: &Limits,
) -> Result<Decoded, Refusal> {
    check_size(payload, limits)?;
    let mut unknown_fields = 0;
    let message: v1::Declaration = match content_type {
        ContentType::Json => {
            let guard = json::Guard::new(limits.text_bytes_max, LINES_MAX);
            let message = json::decode(payload, &guard)?;
            unknown_fields = guard.unknown_fields();
            message
        }
        ContentType::Protobuf => {
            unknown_fields += protobuf::check_declaration(payload, limits)?;
            protobuf::decode(payload)?
        }
        ContentType::Xml | ContentType::Other => return Err(unsupported()),
    };
    let declaration = complete(convert::declaration(message))?;
    Ok(Decoded { declaration, unknown_fields })
}

/// Lets through what is neither empty nor too large.
fn check_size(payload: &[u8], limits: &Limits) -> Result<(), Refusal> {
    if payload.is_empty() {
        return Err(Refusal {
            reason: DeadLetterReason::Empty,
            detail: "the record has no payload".to_owned(),
        });
    }
    if payload.len() <= limits.record_bytes_max {
        return Ok(());
    }
    let (bytes, most) = (payload.len(), limits.record_bytes_max);
    Err(Refusal {
        reason: DeadLetterReason::RecordTooLarge,
        detail: format!("{bytes} bytes, more than the limit of {most}"),
    })
}

fn unsupported() -> Refusal {
    Refusal {
        reason: DeadLetterReason::UnsupportedContentType,
        detail: "only application/json and application/x-protobuf are read".to_owned(),
    }
}

/// Lets through what can be screened: both ids, 1 to 99 lines.
fn complete(declaration: Declaration) -> Result<Declaration, Refusal> {
    let missing = |reason, detail: &str| Err(Refusal { reason, detail: detail.to_owned() });
    if declaration.declaration_id.is_empty() {
        return missing(
            DeadLetterReason::MissingDeclarationId,
            "declaration_id is missing or empty",
        );
    }
    if declaration.item_id.is_empty() {
        return missing(DeadLetterReason::MissingItemId, "item_id is missing or empty");
    }
    for (field, text, chars_max) in [
        ("declaration_id", &declaration.declaration_id, DECLARATION_ID_CHARS_MAX),
        ("item_id", &declaration.item_id, ITEM_ID_CHARS_MAX),
    ] {
        if text.len() > chars_max && text.chars().nth(chars_max).is_some() {
            return Err(Refusal::limit(format!("{field} has more than {chars_max} characters")));
        }
    }
    match declaration.lines.len() {
        0 => missing(DeadLetterReason::NoLines, "the declaration has no lines"),
        1..=LINES_MAX => Ok(declaration),
        count => Err(Refusal::limit(format!("{count} lines, more than the limit of {LINES_MAX}"))),
    }
}

/// Appends a decision, as it goes out, to a buffer.
pub fn encode_decision(
    decision: Decision,
    source: &Source,
    decided_at: Timestamp,
    encoding: Encoding,
    buffer: &mut Vec<u8>,
) {
    encode(&convert::decision(decision, source, decided_at), encoding, buffer);
}

/// Appends a dead letter, as it goes out, to a buffer.
pub fn encode_dead_letter(letter: DeadLetter, encoding: Encoding, buffer: &mut Vec<u8>) {
    encode(&convert::dead_letter(letter), encoding, buffer);
}

/// Appends a message to a buffer.
pub fn encode_message<M: Message>(message: M, encoding: Encoding, buffer: &mut Vec<u8>) {
    encode(&message.into_wire(), encoding, buffer);
}

fn encode<W: prost::Message + serde::Serialize>(
    wire: &W,
    encoding: Encoding,
    buffer: &mut Vec<u8>,
) {
    match encoding {
        Encoding::Protobuf => wire.encode_raw(buffer),
        Encoding::Json => json::encode(wire, buffer),
    }
}

/// Decodes one message of reference data, or one that this program wrote.
///
/// # Errors
/// What cannot be decoded, or which field cannot be read.
pub fn decode_message<M: Message>(
    payload: &[u8],
    encoding: Encoding,
    limits: &Limits,
) -> Result<M, DecodeError> {
    let wire = match encoding {
        Encoding::Json => {
            json::decode(payload, &json::Guard::new(limits.text_bytes_max, usize::MAX))?
        }
        Encoding::Protobuf => protobuf::decode(payload)?,
    };
    Ok(M::from_wire(wire)?)
}

/// Decodes one record of a reference topic. `content_type` is the record's header, where it has one.
///
/// # Errors
/// What cannot be decoded or is too large, or which field cannot be read.
pub fn decode_record<M: Message>(
    payload: &[u8],
    content_type: Option<&[u8]>,
    limits: &Limits,
) -> Result<M, DecodeError> {
    check_size(payload, limits)?;
    let encoding = match ContentType::detect(content_type, payload) {
        ContentType::Json => Encoding::Json,
        ContentType::Protobuf => Encoding::Protobuf,
        ContentType::Xml | ContentType::Other => return Err(unsupported().into()),
    };
    decode_message(payload, encoding, limits)
}

/// The deterministic binary form that content hashes are made over.
#[must_use]
pub fn canonical_bytes<M: Message>(message: M) -> Vec<u8> {
    message.into_wire().encode_to_vec()
}
