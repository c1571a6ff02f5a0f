//! Records that could not be screened.

use super::Source;

/// A record set aside, with why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    pub source: Source,
    pub reason: DeadLetterReason,
    /// What exactly was wrong and where; never a declared value.
    pub detail: String,
    /// As the record's header said, or as its first byte told.
    pub content_type: String,
    /// Lower-case hexadecimal.
    pub payload_sha256: String,
    /// Only where the configuration asks for it.
    pub payload: Option<Vec<u8>>,
}

/// Why a record could not be screened. The set is closed: these are message codes and metric labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeadLetterReason {
    /// The record has no payload.
    Empty,
    /// The record is larger than the configured limit.
    RecordTooLarge,
    /// The `content-type` names an encoding that is not read.
    UnsupportedContentType,
    /// The payload is no JSON of the schema.
    MalformedJson,
    /// The payload is no protobuf of the schema.
    MalformedProtobuf,
    /// Too many lines, too long a text, or another limit of the message.
    LimitExceeded,
    MissingDeclarationId,
    MissingItemId,
    NoLines,
    /// Screening the declaration panicked: a fault of the program.
    ScreeningFailed,
}

impl DeadLetterReason {
    /// Every reason, in the order of the enum.
    pub const ALL: [Self; 10] = [
        Self::Empty,
        Self::RecordTooLarge,
        Self::UnsupportedContentType,
        Self::MalformedJson,
        Self::MalformedProtobuf,
        Self::LimitExceeded,
        Self::MissingDeclarationId,
        Self::MissingItemId,
        Self::NoLines,
        Self::ScreeningFailed,
    ];

    /// The code used in messages, logs and metrics.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::RecordTooLarge => "record_too_large",
            Self::UnsupportedContentType => "unsupported_content_type",
            Self::MalformedJson => "malformed_json",
            Self::MalformedProtobuf => "malformed_protobuf",
            Self::LimitExceeded => "limit_exceeded",
            Self::MissingDeclarationId => "missing_declaration_id",
            Self::MissingItemId => "missing_item_id",
            Self::NoLines => "no_lines",
            Self::ScreeningFailed => "screening_failed",
        }
    }
}
