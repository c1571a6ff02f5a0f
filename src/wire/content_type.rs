//! Which encoding a record is in, and which one goes out.

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";
const XML: &str = "application/xml";

/// The encoding of a record that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentType {
    Json,
    Protobuf,
    Xml,
    /// The header names something else.
    Other,
}

/// The encoding of records that go out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    #[default]
    Json,
    Protobuf,
}

impl Encoding {
    /// The value of the `content-type` header.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => JSON,
            Self::Protobuf => PROTOBUF,
        }
    }
}

impl ContentType {
    /// The header decides; without it the first byte: `{` JSON, `<` XML, else protobuf.
    #[must_use]
    pub fn detect(header: Option<&[u8]>, payload: &[u8]) -> Self {
        match header {
            Some(header) => Self::from_header(header),
            None => Self::from_first_byte(payload),
        }
    }

    fn from_header(header: &[u8]) -> Self {
        let media_type = header.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
        [(JSON, Self::Json), (PROTOBUF, Self::Protobuf), (XML, Self::Xml)]
            .into_iter()
            .find(|(name, _)| media_type.eq_ignore_ascii_case(name.as_bytes()))
            .map_or(Self::Other, |(_, content_type)| content_type)
    }

    pub(super) fn from_first_byte(payload: &[u8]) -> Self {
        match payload.first() {
            Some(b'{') => Self::Json,
            Some(b'<') => Self::Xml,
            _ => Self::Protobuf,
        }
    }
}

/// What a dead letter says of the encoding: the known media type, never text from the record.
pub(super) fn label(header: Option<&[u8]>, content_type: ContentType) -> String {
    match content_type {
        ContentType::Json => JSON,
        ContentType::Protobuf => PROTOBUF,
        ContentType::Xml => XML,
        ContentType::Other if header.is_some() => "other",
        ContentType::Other => "",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_decides_then_the_first_byte() {
        use ContentType::{Json, Other, Protobuf, Xml};
        for (header, payload, expected) in [
            (Some("application/json"), "\n{}", Json),
            (Some("Application/JSON; charset=utf-8"), "", Json),
            (Some("application/x-protobuf"), "{}", Protobuf),
            (Some("application/xml"), "", Xml),
            (Some("text/plain"), "{}", Other),
            (Some(""), "{}", Other),
            (None, "{}", Json),
            (None, "<a/>", Xml),
            (None, "\n\u{1}", Protobuf),
            (None, "", Protobuf),
        ] {
            let detected = ContentType::detect(header.map(str::as_bytes), payload.as_bytes());
            assert_eq!(detected, expected, "{header:?} {payload:?}");
        }
    }
}
