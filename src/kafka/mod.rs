//! Kafka: the only user of rdkafka. Knows how records travel, nothing of what they say.

mod admin;
mod broker;
mod certificates;
mod client;
mod fault;
mod group;
mod mock;
mod native;
mod settings;
mod statistics;

pub use admin::{Access, AdminError, Cluster, Resource, Right, TopicFacts};
pub use broker::{DataTopics, KafkaBroker};
pub use certificates::Certificates;
pub use client::{Span, TopicError, TopicReader, TopicRecord, TopicWriter};
pub use group::GroupWatch;
pub use mock::InProcessBroker;
pub use settings::{MemberId, OauthBearer, Secret, SecurityProtocol, Settings, StartFrom};

/// The version of the librdkafka that is linked in.
#[must_use]
pub fn librdkafka_version() -> String {
    rdkafka::util::get_rdkafka_version().1
}
