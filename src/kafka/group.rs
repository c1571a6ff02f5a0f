//! A group as its coordinator sees it: partitions that nobody has, and how they come to somebody.
//!
//! A cooperative hand-over takes two rounds. In the first a member is told to give partitions up; once it has, it asks for
//! the second, in which they go to another. Where its process dies in between and comes back under its name, brokers give
//! it what the first round left it, and the group is settled: nobody asks for the second. Kafka 4.3 leaves it at that until
//! some member joins or leaves, and what is written to these partitions waits as long. So every instance looks at its
//! group, and where partitions stay with nobody it has one more member join and leave.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use metrics::Gauge;
use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::error::KafkaResult;

use super::{AdminError, Cluster, Settings};
use crate::telemetry::catalogue;
use crate::telemetry::events::PartitionsUnassigned;

/// Longest that a visit may last: the others join again when they next tell that they live.
const VISIT_MAX: Duration = Duration::from_secs(30);

/// Watches over the partitions of a topic that a group shares.
pub struct GroupWatch {
    settings: Settings,
    topic: String,
    /// Made anew after an error, so that it has the certificates of the day.
    cluster: Option<Cluster>,
    /// What nobody had at the last look. A hand-over leaves partitions with nobody for a moment.
    suspected: Vec<i32>,
    gauge: Gauge,
}

impl GroupWatch {
    /// Watches over the group that the settings name.
    #[must_use]
    pub fn of(settings: &Settings, topic: &str) -> Self {
        let (settings, topic) = (settings.clone(), topic.to_owned());
        let gauge = catalogue::UNASSIGNED_PARTITIONS.gauge([&*topic]);
        gauge.set(0.0);
        Self { settings, topic, cluster: None, suspected: Vec::new(), gauge }
    }

    /// Has partitions handed out that nobody had at this look and the last. Brokers that do not answer are for those to tell
    /// who read and write.
    pub fn look(&mut self) {
        let Ok(unassigned) = self.unassigned() else {
            self.cluster = None;
            self.suspected.clear();
            return;
        };
        let unassigned = unassigned.unwrap_or_default();
        self.gauge.set(f64::from(u32::try_from(unassigned.len()).unwrap_or(u32::MAX)));
        if unassigned.is_empty() || unassigned != self.suspected {
            self.suspected = unassigned;
            return;
        }
        self.suspected.clear();
        PartitionsUnassigned { topic: &self.topic, partitions: &unassigned }.emit();
        // What fails shows at the next looks, and is told and tried again.
        let _ = self.visit();
    }

    fn unassigned(&mut self) -> Result<Option<Vec<i32>>, AdminError> {
        let cluster = match self.cluster.take() {
            Some(cluster) => cluster,
            None => Cluster::new(&self.settings)?,
        };
        let unassigned = cluster.unassigned(&self.settings.group_id, &self.topic)?;
        self.cluster = Some(cluster);
        Ok(unassigned)
    }

    /// Joins the group and leaves it: either has its partitions handed out.
    fn visit(&self) -> KafkaResult<()> {
        const WAIT: Duration = Duration::from_millis(100);
        let visitor: BaseConsumer<Visit> =
            self.settings.visitor().create_with_context(Visit::default())?;
        visitor.subscribe(&[&self.topic])?;
        let began = Instant::now();
        while !visitor.context().is_member.load(Ordering::Relaxed) && began.elapsed() < VISIT_MAX {
            visitor.poll(WAIT).transpose()?;
        }
        Ok(())
    }
}

/// How a visit fares.
#[derive(Default)]
struct Visit {
    is_member: AtomicBool,
}

impl ClientContext for Visit {}

impl ConsumerContext for Visit {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if matches!(rebalance, Rebalance::Assign(_)) {
            self.is_member.store(true, Ordering::Relaxed);
        }
    }
}
