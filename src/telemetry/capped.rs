//! Counters whose label values come from data: only so many get a series of their own.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use metrics::Counter;

use super::catalogue::{self, Definition};

/// Label values that a metric has at most; Prometheus keeps a series for each for weeks.
const VALUES_MAX: usize = 500;

/// The value that the rest share.
pub(super) const OTHER: &str = "other";

/// Ids of rules, campaigns and alerts that led to findings.
pub static RULE_HITS: CappedCounter = CappedCounter::of(&catalogue::RULE_HITS);

/// Ids of rules and campaigns that could not be judged.
pub static RULE_ERRORS: CappedCounter = CappedCounter::of(&catalogue::RULE_ERRORS);

/// A counter with one label whose values nobody knows beforehand.
pub struct CappedCounter {
    definition: &'static Definition,
    counters: LazyLock<Mutex<HashMap<String, Counter>>>,
}

impl CappedCounter {
    const fn of(definition: &'static Definition) -> Self {
        Self { definition, counters: LazyLock::new(Mutex::default) }
    }

    /// Counts for a value, or for `other` where the process has seen as many values as it keeps apart.
    pub fn increment(&self, value: &str, count: u64) {
        let Ok(mut counters) = self.counters.lock() else { return };
        if let Some(counter) = counters.get(value) {
            counter.increment(count);
        } else if counters.len() < VALUES_MAX {
            let counter = self.definition.counter([value]);
            counter.increment(count);
            counters.insert(value.to_owned(), counter);
        } else {
            self.definition.counter([OTHER]).increment(count);
            catalogue::LABEL_OVERFLOW.counter([self.definition.name]).increment(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_the_limit_share_one_series() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            let hits = CappedCounter::of(&catalogue::RULE_HITS);
            for round in 1..=2 {
                for number in 0..VALUES_MAX + 3 {
                    hits.increment(&format!("rule-{number}"), round);
                }
            }
        });
        let text = recorder.handle().render();
        let series = text.lines().filter(|line| line.starts_with("parcelgate_rule_hits_total"));
        assert_eq!(series.count(), VALUES_MAX + 1);
        for line in [
            r#"parcelgate_rule_hits_total{rule_id="rule-499"} 3"#,
            r#"parcelgate_rule_hits_total{rule_id="other"} 9"#,
            r#"parcelgate_label_overflow_total{metric="parcelgate_rule_hits_total"} 9"#,
        ] {
            assert!(text.lines().any(|it| it == line), "{line} in {text}");
        }
    }
}
