//! The metrics as they stood at one moment, to be read by name and label.
//!
//! What is shown elsewhere is read from here, so that nothing is counted twice and all places say the same.

use super::catalogue::Definition;

/// The recorder's metrics in Prometheus text form.
#[derive(Debug)]
pub struct Snapshot {
    text: String,
}

/// One series.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// As they are written, without the braces.
    labels: &'a str,
    pub value: f64,
}

impl Snapshot {
    /// Takes metrics in Prometheus text form.
    pub(crate) fn new(text: String) -> Self {
        Self { text }
    }

    /// The series of a counter or a gauge.
    pub fn series<'a>(&'a self, definition: &Definition) -> impl Iterator<Item = Series<'a>> {
        self.named(definition.name, "")
    }

    /// The buckets of a histogram; the label `le` is the limit. A bucket holds what those below it hold.
    pub fn buckets<'a>(&'a self, definition: &Definition) -> impl Iterator<Item = Series<'a>> {
        self.named(definition.name, "_bucket")
    }

    fn named<'a>(&'a self, name: &'static str, suffix: &str) -> impl Iterator<Item = Series<'a>> {
        self.text.lines().filter_map(move |line| {
            let rest = line.strip_prefix(name)?.strip_prefix(suffix)?;
            let (labels, value) = match rest.strip_prefix('{') {
                Some(labelled) => labelled.rsplit_once("} ")?,
                None => ("", rest.strip_prefix(' ')?),
            };
            Some(Series { labels, value: value.parse().ok()? })
        })
    }
}

impl<'a> Series<'a> {
    /// The value of a label that needs no escaping, as codes, numbers and names of topics do not.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.labels;
        loop {
            let (label, after) = rest.split_once("=\"")?;
            let (value, following) = after.split_once('"')?;
            if label.trim_start_matches(',') == name {
                return Some(value);
            }
            rest = following;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{CONSUMER_LAG, DECISIONS, END_TO_END_LATENCY, LAST_COMMIT};
    use super::*;

    const TEXT: &str = "# HELP parcelgate_decisions_total Decisions\n\
        # TYPE parcelgate_decisions_total counter\n\
        parcelgate_decisions_total{verdict=\"hold\",channel=\"post\"} 3\n\
        parcelgate_decisions_total{verdict=\"release\",channel=\"post\"} 40\n\
        parcelgate_consumer_lag_records{topic=\"a\",partition=\"1\"} 7\n\
        parcelgate_consumer_lag_seconds{topic=\"a\",partition=\"1\"} 0.5\n\
        parcelgate_last_commit_timestamp_seconds 1.75e9\n\
        parcelgate_e2e_latency_seconds_bucket{verdict=\"hold\",le=\"0.25\"} 2\n\
        parcelgate_e2e_latency_seconds_bucket{verdict=\"hold\",le=\"+Inf\"} 3\n\
        parcelgate_e2e_latency_seconds_sum{verdict=\"hold\"} 0.4\n";

    #[test]
    fn series_are_read_by_name_and_label() {
        let snapshot = Snapshot::new(TEXT.to_owned());
        let read = |definition, label: &str| {
            let series = snapshot.series(definition);
            series.map(|it| (it.label(label), it.value)).collect::<Vec<_>>()
        };
        assert_eq!(read(&DECISIONS, "verdict"), [(Some("hold"), 3.0), (Some("release"), 40.0)]);
        assert_eq!(read(&DECISIONS, "channel"), [(Some("post"), 3.0), (Some("post"), 40.0)]);
        assert_eq!(read(&DECISIONS, "other"), [(None, 3.0), (None, 40.0)]);
        assert_eq!(read(&CONSUMER_LAG, "partition"), [(Some("1"), 7.0)]);
        assert_eq!(read(&LAST_COMMIT, "verdict"), [(None, 1.75e9)]);
        let buckets = snapshot.buckets(&END_TO_END_LATENCY);
        let limits = buckets.map(|it| (it.label("le"), it.value)).collect::<Vec<_>>();
        assert_eq!(limits, [(Some("0.25"), 2.0), (Some("+Inf"), 3.0)]);
    }
}
