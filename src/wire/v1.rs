//! The messages of package `parcelgate.v1` as prost and pbjson generate them from `proto/`.
#![expect(clippy::pedantic, clippy::all, reason = "generated code")]

pub use super::timestamp::Timestamp;

include!(concat!(env!("OUT_DIR"), "/parcelgate.v1.rs"));
include!(concat!(env!("OUT_DIR"), "/parcelgate.v1.serde.rs"));

/// The compiled schema, a `google.protobuf.FileDescriptorSet`: what other implementations need to read the messages.
pub const DESCRIPTORS: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/parcelgate.v1.descriptors.bin"));
