//! How the daemon fares, for those who work beside it: the figures of the status page.
//!
//! Figures come from the metrics, so that this page, dashboards and alerts say the same. The last hour is kept here, since
//! the page has to serve where no Prometheus does.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::Condition;
use crate::domain::{CheckCode, Versions};
use crate::screening::{Language, check_name};
use crate::telemetry::catalogue::{
    self, Definition, LATENCY_OBJECTIVE_SECONDS, LATENCY_OBJECTIVE_SHARE,
};
use crate::telemetry::{Series, Snapshot};

/// The time between two points of the line.
const POINT_INTERVAL: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_hours(1);
/// An hour of them, and the one that the first difference is taken to.
const POINTS_MAX: usize = 361;
/// A feed that met an error within this time has trouble.
const TROUBLE_SECONDS: u64 = 60;

/// What the daemon knows of itself beside its metrics.
#[derive(Debug)]
pub struct Situation {
    pub hub: String,
    pub alive: bool,
    pub stopping: bool,
    pub checks: Vec<Condition>,
    /// Where declarations come from.
    pub topic: String,
    /// `None` until the feeds were read.
    pub versions: Option<Versions>,
    /// The version of the policy that is tried, where one is.
    pub shadow: Option<String>,
    pub feeds: Vec<FeedSituation>,
    pub workers: Vec<WorkerSituation>,
}

/// Where a feed comes from.
#[derive(Debug)]
pub struct FeedSituation {
    pub feed: &'static str,
    pub source: FeedOrigin,
}

/// A kind of source, and the topic's name.
#[derive(Debug)]
pub enum FeedOrigin {
    None,
    File,
    Topic(String),
}

/// How a worker fares.
#[derive(Debug)]
pub struct WorkerSituation {
    pub task: &'static str,
    pub topic: String,
    pub state: WorkerState,
    pub partitions: Vec<i32>,
}

/// What a worker is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerState {
    /// Asks brokers for its producer.
    Connecting,
    /// Waits for its place in the group.
    Joining,
    Working,
    /// Its loop does not come round.
    Stuck,
}

/// The body of `/status.json`. Times are UTC; shares are between 0 and 1; `null` where nothing is known.
#[derive(Debug, Serialize)]
pub struct Status {
    /// When these figures were taken. They are taken every second: older ones are those of a daemon that does not come to it.
    as_of: Second,
    hub: String,
    version: &'static str,
    started_at: Second,
    state: State,
    checks: Vec<Condition>,
    /// Where declarations come from.
    topic: String,
    rate: Rate,
    hour: Hour,
    lag: Lag,
    versions: Vec<Version>,
    /// `null` where no policy is tried.
    shadow: Option<ShadowStatus>,
    feeds: Vec<FeedStatus>,
    workers: Vec<WorkerStatus>,
    partitions: Vec<PartitionStatus>,
}

/// What the daemon is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// A condition of readiness does not hold; `checks` says which.
    Waiting,
    Screening,
    Stopping,
    /// A processing loop does not come round.
    Stuck,
}

/// Parcels decided per second.
#[derive(Debug, Serialize)]
struct Rate {
    /// Over the last 10 to 20 seconds.
    now: Option<f64>,
    interval_seconds: u64,
    /// One for each interval of the last hour, oldest first; fewer where the daemon has not run so long.
    points: Vec<f64>,
}

/// The last hour, or the time since the start where that is shorter.
#[derive(Debug, Serialize)]
struct Hour {
    decided: u64,
    held: u64,
    held_share: Option<f64>,
    dead_letters: u64,
    /// What parcels were held for, most first.
    reasons: Vec<Reason>,
    latency: Latency,
}

/// Held parcels, each counted under its weightiest finding.
#[derive(Debug, Serialize)]
struct Reason {
    check: &'static str,
    en: &'static str,
    zh: &'static str,
    held: u64,
}

/// From a record's timestamp to the commit of its decision.
#[derive(Debug, Serialize)]
struct Latency {
    objective_seconds: f64,
    objective_share: f64,
    /// The share that was decided within `objective_seconds`.
    within_share: Option<f64>,
    /// 99 of 100 were decided within so many seconds: the limit of the bucket that they fill, so never too low. `null`
    /// beyond the last limit too.
    p99_seconds: Option<f64>,
}

/// What waits in the partitions that this daemon holds.
#[derive(Debug, Serialize)]
struct Lag {
    records: u64,
    /// The age of the oldest.
    seconds: f64,
}

/// Something that decisions are made by.
#[derive(Debug, Clone, Serialize)]
struct Version {
    name: &'static str,
    /// A content hash, or the program's number.
    #[serde(rename = "version")]
    hash: String,
    /// Since when this process screens by it.
    since: Second,
}

/// A policy that is tried beside the one in force: the last hour, or the time since both are what they are where that is
/// shorter.
#[derive(Debug, Serialize)]
struct ShadowStatus {
    version: String,
    /// Since when this process has tried it beside the policy in force.
    since: Second,
    /// Parcels that both decided.
    compared: u64,
    /// Released, and held by it.
    would_hold: u64,
    /// Held, and released by it.
    would_release: u64,
    /// Decided under the policy in force alone, since screening under it failed.
    failed: u64,
}

/// A kind of reference data.
#[derive(Debug, Serialize)]
struct FeedStatus {
    feed: &'static str,
    state: FeedState,
    topic: Option<String>,
    messages: u64,
    /// Records of its topic that were refused since the start.
    rejected: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum FeedState {
    /// Not asked for.
    Off,
    /// Read from a file, and read again with a reload.
    File,
    /// Its topic is followed.
    Followed,
    /// Its topic gave errors within the last minute; parcels go on under what is known.
    Troubled,
}

#[derive(Debug, Serialize)]
struct WorkerStatus {
    worker: usize,
    task: &'static str,
    state: WorkerState,
    partitions: Vec<i32>,
}

#[derive(Debug, Serialize)]
struct PartitionStatus {
    topic: String,
    partition: i32,
    worker: usize,
    lag_records: u64,
    lag_seconds: f64,
    /// Records that a transaction of somebody upstream keeps back.
    kept_back_records: u64,
}

/// A time without its fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Second(Timestamp);

impl Serialize for Second {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.0}", self.0))
    }
}

/// Keeps what a status needs of the past.
#[derive(Debug)]
pub struct Board {
    started_at: Timestamp,
    /// Oldest first.
    points: VecDeque<Counts>,
    versions: Vec<Version>,
    trial: Option<Trial>,
    /// As they were at the last call.
    shadow: ShadowCounts,
    troubles: BTreeMap<String, Trouble>,
}

/// A policy that is tried.
#[derive(Debug)]
struct Trial {
    version: String,
    /// The version of the policy in force.
    live: String,
    since: Second,
    at: Instant,
    /// What others that were tried before it had come to.
    before: ShadowCounts,
}

/// The errors of a feed's topic: how many, and when the last one came.
#[derive(Debug, Default)]
struct Trouble {
    count: u64,
    last: Option<Instant>,
}

/// Counts since the start.
#[derive(Debug)]
struct Counts {
    at: Instant,
    decided: u64,
    held: u64,
    dead_letters: u64,
    shadow: ShadowCounts,
    reasons: [u64; CheckCode::ALL.len()],
    /// Decisions by the bucket of their latency, each with its limit, ascending.
    latency: Vec<(f64, u64)>,
}

/// What the policy that is tried said beside the one in force.
#[derive(Debug, Clone, Copy, Default)]
struct ShadowCounts {
    compared: u64,
    would_hold: u64,
    would_release: u64,
    failed: u64,
}

impl Board {
    #[must_use]
    pub fn new(started_at: Timestamp) -> Self {
        Self {
            started_at,
            points: VecDeque::with_capacity(POINTS_MAX),
            versions: Vec::new(),
            trial: None,
            shadow: ShadowCounts::default(),
            troubles: BTreeMap::new(),
        }
    }

    /// The status now, by the calendar and by a clock that nobody sets. To be asked for about every second: what came
    /// between two calls is not seen.
    pub fn status(
        &mut self,
        situation: Situation,
        metrics: &Snapshot,
        now: Timestamp,
        at: Instant,
    ) -> Status {
        let counts = Counts::read(metrics, at);
        let state = situation.state();
        let Situation { hub, checks, topic, versions, shadow, feeds, workers, .. } = situation;
        let pair = versions.as_ref().map(|it| it.policy.clone()).zip(shadow);
        self.note_trial(pair, &counts, now);
        if let Some(versions) = versions {
            self.note_versions(versions, now);
        }
        let feeds = feeds.into_iter().map(|feed| self.feed(feed, metrics, at)).collect();
        let partitions = partitions(&workers, metrics);
        let status = Status {
            as_of: Second(now),
            hub,
            version: env!("CARGO_PKG_VERSION"),
            started_at: Second(self.started_at),
            state,
            checks,
            topic,
            rate: self.rate(&counts),
            hour: self.an_hour_before(at).unwrap_or(&counts).until(&counts),
            lag: Lag {
                records: partitions.iter().map(|it| it.lag_records).sum(),
                seconds: partitions.iter().map(|it| it.lag_seconds).fold(0.0, f64::max),
            },
            versions: self.versions.clone(),
            shadow: self.trial.as_ref().map(|trial| self.tried(trial, &counts)),
            feeds,
            workers: workers.into_iter().enumerate().map(WorkerStatus::new).collect(),
            partitions,
        };
        self.keep(counts);
        status
    }

    fn note_versions(&mut self, versions: Versions, now: Timestamp) {
        let Versions { engine, policy, register, signals } = versions;
        let fresh =
            [("engine", engine), ("policy", policy), ("register", register), ("signals", signals)];
        self.versions = fresh
            .into_iter()
            .map(|(name, hash)| {
                let is_known = |known: &&Version| (known.name, &known.hash) == (name, &hash);
                let known = self.versions.iter().find(is_known);
                let since = known.map_or(Second(now), |known| known.since);
                Version { name, hash, since }
            })
            .collect();
    }

    /// Notes the policy in force and the one that is tried, where one is.
    fn note_trial(&mut self, pair: Option<(String, String)>, counts: &Counts, now: Timestamp) {
        let before = std::mem::replace(&mut self.shadow, counts.shadow);
        let known = self.trial.take();
        self.trial = pair.map(|(live, version)| {
            known
                .filter(|known| (&known.live, &known.version) == (&live, &version))
                .unwrap_or(Trial { version, live, since: Second(now), at: counts.at, before })
        });
    }

    fn tried(&self, trial: &Trial, counts: &Counts) -> ShadowStatus {
        let point = self.an_hour_before(counts.at).filter(|point| point.at > trial.at);
        let before = point.map_or(&trial.before, |point| &point.shadow);
        let ShadowCounts { compared, would_hold, would_release, failed } = counts.shadow;
        ShadowStatus {
            version: trial.version.clone(),
            since: trial.since,
            compared: compared.saturating_sub(before.compared),
            would_hold: would_hold.saturating_sub(before.would_hold),
            would_release: would_release.saturating_sub(before.would_release),
            failed: failed.saturating_sub(before.failed),
        }
    }

    fn feed(&mut self, situation: FeedSituation, metrics: &Snapshot, at: Instant) -> FeedStatus {
        let FeedSituation { feed, source } = situation;
        let (state, topic) = match source {
            FeedOrigin::None => (FeedState::Off, None),
            FeedOrigin::File => (FeedState::File, None),
            FeedOrigin::Topic(topic) if self.is_troubled(&topic, metrics, at) => {
                (FeedState::Troubled, Some(topic))
            }
            FeedOrigin::Topic(topic) => (FeedState::Followed, Some(topic)),
        };
        let of_feed = |series: &Series<'_>| series.label("feed") == Some(feed);
        let messages = metrics.series(&catalogue::FEED_MESSAGES).filter(of_feed);
        let rejected = metrics
            .series(&catalogue::FEED_RECORDS)
            .filter(of_feed)
            .filter(|series| series.label("result") == Some("rejected"));
        FeedStatus { feed, state, topic, messages: total(messages), rejected: total(rejected) }
    }

    fn is_troubled(&mut self, topic: &str, metrics: &Snapshot, at: Instant) -> bool {
        let of_topic = metrics
            .series(&catalogue::FEED_TROUBLES)
            .filter(|series| series.label("topic") == Some(topic));
        let count = total(of_topic);
        let trouble = self.troubles.entry(topic.to_owned()).or_default();
        if count > trouble.count {
            *trouble = Trouble { count, last: Some(at) };
        }
        trouble.last.is_some_and(|last| (at - last).as_secs() < TROUBLE_SECONDS)
    }

    fn rate(&self, counts: &Counts) -> Rate {
        // The last point may have been taken a moment ago.
        let before = self.points.iter().rev().nth(1).or_else(|| self.points.back());
        let pairs = self.points.iter().zip(self.points.iter().skip(1));
        Rate {
            now: before.and_then(|before| before.rate_until(counts)),
            interval_seconds: POINT_INTERVAL.as_secs(),
            points: pairs.filter_map(|(from, to)| from.rate_until(to)).collect(),
        }
    }

    fn an_hour_before(&self, at: Instant) -> Option<&Counts> {
        self.points.iter().find(|point| at - point.at <= HOUR)
    }

    /// Keeps the counts where it is time for a point.
    fn keep(&mut self, counts: Counts) {
        let is_due = |last: &Counts| counts.at - last.at >= POINT_INTERVAL;
        if !self.points.back().is_none_or(is_due) {
            return;
        }
        if self.points.len() == POINTS_MAX {
            self.points.pop_front();
        }
        self.points.push_back(counts);
    }
}

impl Situation {
    fn state(&self) -> State {
        if self.stopping {
            State::Stopping
        } else if !self.alive {
            State::Stuck
        } else if self.checks.iter().all(|check| check.ok) {
            State::Screening
        } else {
            State::Waiting
        }
    }
}

impl Counts {
    fn read(metrics: &Snapshot, at: Instant) -> Self {
        let decisions = || metrics.series(&catalogue::DECISIONS);
        let held_for = metrics
            .series(&catalogue::HOLD_REASONS)
            .map(|series| (series.label("check"), whole(series.value)))
            .collect::<BTreeMap<_, _>>();
        let reasons = CheckCode::ALL
            .map(|check| held_for.get(&Some(check.code())).copied().unwrap_or_default());
        Self {
            at,
            decided: total(decisions()),
            held: total(decisions().filter(|series| series.label("verdict") == Some("hold"))),
            dead_letters: total(metrics.series(&catalogue::DEAD_LETTERS)),
            shadow: ShadowCounts::read(metrics),
            reasons,
            latency: latency(metrics),
        }
    }

    /// To a tenth of a parcel.
    fn rate_until(&self, later: &Self) -> Option<f64> {
        let seconds = (later.at - self.at).as_secs_f64();
        let decided = float(later.decided.saturating_sub(self.decided));
        (seconds > 0.0).then(|| (decided / seconds * 10.0).round() / 10.0)
    }

    fn until(&self, later: &Self) -> Hour {
        let decided = later.decided.saturating_sub(self.decided);
        let held = later.held.saturating_sub(self.held);
        Hour {
            decided,
            held,
            held_share: share(held, decided),
            dead_letters: later.dead_letters.saturating_sub(self.dead_letters),
            reasons: self.reasons_until(later),
            latency: self.latency_until(later),
        }
    }

    fn reasons_until(&self, later: &Self) -> Vec<Reason> {
        let counts = self.reasons.iter().zip(later.reasons);
        let mut reasons = CheckCode::ALL
            .into_iter()
            .zip(counts)
            .map(|(check, (before, after))| Reason {
                check: check.code(),
                en: check_name(check, Language::English),
                zh: check_name(check, Language::Chinese),
                held: after.saturating_sub(*before),
            })
            .filter(|reason| reason.held > 0)
            .collect::<Vec<_>>();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.held));
        reasons
    }

    fn latency_until(&self, later: &Self) -> Latency {
        let before = |limit: f64| {
            let bucket = self.latency.iter().find(|(known, _)| known.total_cmp(&limit).is_eq());
            bucket.map_or(0, |(_, count)| *count)
        };
        let since = later.latency.iter().map(|(limit, count)| (*limit, count - before(*limit)));
        let since = since.collect::<Vec<_>>();
        let all = since.last().map_or(0, |(_, count)| *count);
        let within = since.iter().find(|(limit, _)| *limit >= LATENCY_OBJECTIVE_SECONDS);
        let p99 = since.iter().find(|(_, count)| float(*count) >= 0.99 * float(all));
        Latency {
            objective_seconds: LATENCY_OBJECTIVE_SECONDS,
            objective_share: LATENCY_OBJECTIVE_SHARE,
            within_share: within.and_then(|(_, count)| share(*count, all)),
            p99_seconds: p99.map(|(limit, _)| *limit).filter(|limit| all > 0 && limit.is_finite()),
        }
    }
}

impl ShadowCounts {
    fn read(metrics: &Snapshot) -> Self {
        let mut counts =
            Self { failed: total(metrics.series(&catalogue::SHADOW_FAILURES)), ..Self::default() };
        for series in metrics.series(&catalogue::SHADOW_DECISIONS) {
            let count = whole(series.value);
            counts.compared += count;
            match (series.label("live"), series.label("shadow")) {
                (Some("release"), Some("hold")) => counts.would_hold += count,
                (Some("hold"), Some("release")) => counts.would_release += count,
                _ => {}
            }
        }
        counts
    }
}

/// Buckets of both verdicts together.
fn latency(metrics: &Snapshot) -> Vec<(f64, u64)> {
    let mut buckets = Vec::<(f64, u64)>::new();
    for series in metrics.buckets(&catalogue::END_TO_END_LATENCY) {
        let limit = series.label("le").and_then(|limit| match limit {
            "+Inf" => Some(f64::INFINITY),
            limit => limit.parse().ok(),
        });
        let Some(limit) = limit else { continue };
        let place = buckets.binary_search_by(|(known, _)| known.total_cmp(&limit));
        match place.map(|place| buckets.get_mut(place)) {
            Ok(Some((_, count))) => *count += whole(series.value),
            Ok(None) => {}
            Err(place) => buckets.insert(place, (limit, whole(series.value))),
        }
    }
    buckets
}

fn partitions(workers: &[WorkerSituation], metrics: &Snapshot) -> Vec<PartitionStatus> {
    let [lag, seconds, kept_back] =
        [&catalogue::CONSUMER_LAG, &catalogue::CONSUMER_LAG_SECONDS, &catalogue::LSO_GAP]
            .map(|definition| by_partition(metrics, definition));
    let status = |worker: usize, topic: &str, partition: i32| {
        let value = |of: &BTreeMap<_, f64>| of.get(&(topic, partition)).copied().unwrap_or(0.0);
        PartitionStatus {
            topic: topic.to_owned(),
            partition,
            worker,
            lag_records: whole(value(&lag)),
            lag_seconds: (value(&seconds) * 10.0).round() / 10.0,
            kept_back_records: whole(value(&kept_back)),
        }
    };
    let mut partitions = Vec::new();
    for (worker, WorkerSituation { topic, partitions: held, .. }) in workers.iter().enumerate() {
        partitions.extend(held.iter().map(|partition| status(worker, topic, *partition)));
    }
    partitions.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
    partitions
}

fn by_partition<'a>(
    metrics: &'a Snapshot,
    definition: &Definition,
) -> BTreeMap<(&'a str, i32), f64> {
    let place = |series: Series<'a>| {
        Some((series.label("topic")?, series.label("partition")?.parse().ok()?))
    };
    metrics.series(definition).filter_map(|series| Some((place(series)?, series.value))).collect()
}

impl WorkerStatus {
    fn new((worker, situation): (usize, WorkerSituation)) -> Self {
        let WorkerSituation { task, state, partitions, .. } = situation;
        Self { worker, task, state, partitions }
    }
}

fn total<'a>(series: impl Iterator<Item = Series<'a>>) -> u64 {
    series.map(|series| whole(series.value)).sum()
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| float(part) / float(of))
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts; what is below zero counts as none"
)]
fn whole(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn situation(feed: FeedOrigin) -> Situation {
        let versions =
            Versions { engine: "1".to_owned(), policy: "p".to_owned(), ..Versions::default() };
        Situation {
            hub: "Beijing".to_owned(),
            alive: true,
            stopping: false,
            checks: vec![Condition { check: "group", ok: true, reason: String::new() }],
            topic: "in".to_owned(),
            versions: Some(versions),
            shadow: None,
            feeds: vec![FeedSituation { feed: "register", source: feed }],
            workers: vec![WorkerSituation {
                task: "screen",
                topic: "in".to_owned(),
                state: WorkerState::Working,
                partitions: vec![2, 0],
            }],
        }
    }

    /// So many parcels held and released, of which so many were decided within the objective, and errors of the feed.
    fn metrics(held: u64, released: u64, within: u64, troubles: u64) -> Snapshot {
        let decided = held + released;
        Snapshot::new(format!(
            "parcelgate_decisions_total{{verdict=\"hold\",channel=\"post\"}} {held}\n\
             parcelgate_decisions_total{{verdict=\"release\",channel=\"post\"}} {released}\n\
             parcelgate_hold_reasons_total{{check=\"recorded_mark\"}} {held}\n\
             parcelgate_e2e_latency_seconds_bucket{{verdict=\"release\",le=\"0.25\"}} {within}\n\
             parcelgate_e2e_latency_seconds_bucket{{verdict=\"release\",le=\"0.5\"}} {decided}\n\
             parcelgate_e2e_latency_seconds_bucket{{verdict=\"release\",le=\"+Inf\"}} {decided}\n\
             parcelgate_consumer_lag_records{{topic=\"in\",partition=\"0\"}} 4\n\
             parcelgate_consumer_lag_records{{topic=\"in\",partition=\"1\"}} 9\n\
             parcelgate_consumer_lag_records{{topic=\"in\",partition=\"2\"}} 3\n\
             parcelgate_consumer_lag_seconds{{topic=\"in\",partition=\"2\"}} 1.25\n\
             parcelgate_feed_messages{{feed=\"register\"}} 12\n\
             parcelgate_feed_records_total{{feed=\"register\",result=\"rejected\"}} 2\n\
             parcelgate_feed_troubles_total{{topic=\"marks\"}} {troubles}\n"
        ))
    }

    /// What a board says at moments so many seconds after the first.
    struct Clock {
        board: Board,
        began: Instant,
    }

    impl Clock {
        fn new() -> Self {
            Self { board: Board::new(Timestamp::UNIX_EPOCH), began: Instant::now() }
        }

        fn at(&mut self, second: u32, situation: Situation, metrics: &Snapshot) -> Value {
            let now = Timestamp::from_second(i64::from(second)).unwrap();
            let at = self.began + Duration::from_secs(second.into());
            serde_json::to_value(self.board.status(situation, metrics, now, at)).unwrap()
        }
    }

    #[test]
    fn before_the_first_parcel_nothing_is_made_up() {
        let mut clock = Clock::new();
        let first = clock.at(0, situation(FeedOrigin::File), &metrics(0, 0, 0, 0));
        assert_eq!(first["state"], "screening");
        assert_eq!(first["as_of"], "1970-01-01T00:00:00Z");
        assert_eq!(first["rate"], json!({"now": null, "interval_seconds": 10, "points": []}));
        assert_eq!(first["hour"]["held_share"], Value::Null);
        assert_eq!(first["hour"]["latency"]["within_share"], Value::Null);
        assert_eq!(first["hour"]["latency"]["p99_seconds"], Value::Null);
        assert_eq!(first["hour"]["reasons"], json!([]));
    }

    #[test]
    fn figures_are_those_of_the_last_hour() {
        let mut clock = Clock::new();
        // A hundred parcels a second for two hours; in the second one half of them is held.
        let mut last = Value::Null;
        for second in (0..=7200_u32).step_by(5) {
            let decided = u64::from(second) * 100;
            let held = u64::from(second.saturating_sub(3600)) * 50;
            let metrics = metrics(held, decided - held, decided - held, 0);
            last = clock.at(second, situation(FeedOrigin::File), &metrics);
        }
        assert_eq!(last["rate"]["now"], 100.0);
        let points = last["rate"]["points"].as_array().unwrap();
        assert_eq!(points.len(), 360);
        assert!(points.iter().all(|point| point == 100.0), "{points:?}");
        let hour = &last["hour"];
        assert_eq!((&hour["decided"], &hour["held"]), (&json!(360_000), &json!(180_000)));
        assert_eq!(hour["held_share"], 0.5);
        assert_eq!(hour["latency"]["within_share"], 0.5);
        assert_eq!(hour["latency"]["p99_seconds"], 0.5);
        let reason = json!([{"check": "recorded_mark", "en": "Recorded mark", "zh": "备案商标", "held": 180_000}]);
        assert_eq!(hour["reasons"], reason);
    }

    #[test]
    fn what_waits_is_that_of_the_partitions_held() {
        let status = Clock::new().at(0, situation(FeedOrigin::None), &metrics(0, 0, 0, 0));
        assert_eq!(status["lag"], json!({"records": 7, "seconds": 1.3}));
        let held = status["partitions"].as_array().unwrap();
        let held = held.iter().map(|it| (&it["partition"], &it["lag_records"])).collect::<Vec<_>>();
        assert_eq!(held, [(&json!(0), &json!(4)), (&json!(2), &json!(3))]);
    }

    #[test]
    fn a_version_is_in_force_since_it_was_first_seen() {
        let mut clock = Clock::new();
        let metrics = metrics(0, 0, 0, 0);
        clock.at(0, situation(FeedOrigin::File), &metrics);
        let mut changed = situation(FeedOrigin::File);
        changed.versions.as_mut().unwrap().policy = "q".to_owned();
        clock.at(60, changed, &metrics);
        let mut later = situation(FeedOrigin::File);
        later.versions.as_mut().unwrap().policy = "q".to_owned();
        let versions = &clock.at(90, later, &metrics)["versions"];
        let since = |name: &str| {
            let versions = versions.as_array().unwrap();
            versions.iter().find(|it| it["name"] == name).unwrap()["since"].clone()
        };
        assert_eq!(since("engine"), "1970-01-01T00:00:00Z");
        assert_eq!(since("policy"), "1970-01-01T00:01:00Z");
    }

    /// So many parcels held and released by both, and by one of them alone.
    fn shadow_metrics([both, shadow_alone, live_alone, neither]: [u64; 4]) -> Snapshot {
        let series = |live: &str, shadow: &str, count: u64| {
            format!(
                "parcelgate_shadow_decisions_total{{live=\"{live}\",shadow=\"{shadow}\"}} {count}\n"
            )
        };
        Snapshot::new(
            series("hold", "hold", both)
                + &series("release", "hold", shadow_alone)
                + &series("hold", "release", live_alone)
                + &series("release", "release", neither)
                + "parcelgate_shadow_failures_total 2\n",
        )
    }

    #[test]
    fn a_policy_that_is_tried_is_compared_since_it_stands_beside_the_one_in_force() {
        let mut clock = Clock::new();
        let tried = |shadow: &str, live: &str| {
            let mut situation = situation(FeedOrigin::File);
            situation.versions.as_mut().unwrap().policy = live.to_owned();
            situation.shadow = Some(shadow.to_owned());
            situation
        };
        let expected = |version: &str, since: &str, [compared, hold, release, failed]: [u64; 4]| {
            json!({
                "version": version, "since": since, "compared": compared,
                "would_hold": hold, "would_release": release, "failed": failed,
            })
        };
        let (first, minute) = ("1970-01-01T00:00:00Z", "1970-01-01T00:01:00Z");
        let counts = shadow_metrics([4, 3, 2, 91]);
        let status = clock.at(0, situation(FeedOrigin::File), &metrics(0, 0, 0, 0));
        assert_eq!(status["shadow"], Value::Null);
        let status = clock.at(0, tried("s", "p"), &counts);
        assert_eq!(status["shadow"], expected("s", first, [100, 3, 2, 2]));
        let status = clock.at(30, tried("s", "p"), &shadow_metrics([5, 4, 4, 100]));
        assert_eq!(status["shadow"], expected("s", first, [113, 4, 4, 2]));

        // Another one begins anew, as does the same beside another policy in force.
        let status = clock.at(60, tried("t", "p"), &shadow_metrics([5, 5, 4, 100]));
        assert_eq!(status["shadow"], expected("t", minute, [1, 1, 0, 0]));
        let status = clock.at(70, tried("t", "q"), &shadow_metrics([5, 5, 4, 100]));
        assert_eq!(status["shadow"], expected("t", "1970-01-01T00:01:10Z", [0, 0, 0, 0]));

        // What is older than an hour is left out.
        clock.at(3690, tried("t", "q"), &shadow_metrics([9, 5, 4, 100]));
        let status = clock.at(7000, tried("t", "q"), &shadow_metrics([9, 6, 4, 100]));
        assert_eq!(status["shadow"], expected("t", "1970-01-01T00:01:10Z", [1, 1, 0, 0]));
        let status = clock.at(7001, situation(FeedOrigin::File), &counts);
        assert_eq!(status["shadow"], Value::Null);
    }

    #[test]
    fn a_feed_has_trouble_for_a_minute_after_an_error() {
        let mut clock = Clock::new();
        let feed = || situation(FeedOrigin::Topic("marks".to_owned()));
        for (second, troubles, state) in
            [(0, 0, "followed"), (1, 1, "troubled"), (60, 1, "troubled"), (61, 1, "followed")]
        {
            let status = clock.at(second, feed(), &metrics(0, 0, 0, troubles));
            let expected = json!([{
                "feed": "register", "state": state, "topic": "marks", "messages": 12, "rejected": 2,
            }]);
            assert_eq!(status["feeds"], expected, "{second}");
        }
    }

    #[test]
    fn the_worst_that_holds_is_the_state() {
        let state = |change: fn(&mut Situation)| {
            let mut situation = situation(FeedOrigin::File);
            change(&mut situation);
            situation.state()
        };
        assert_eq!(state(|_| {}), State::Screening);
        assert_eq!(state(|it| it.checks[0].ok = false), State::Waiting);
        assert_eq!(state(|it| (it.checks[0].ok, it.alive) = (false, false)), State::Stuck);
        assert_eq!(state(|it| (it.alive, it.stopping) = (false, true)), State::Stopping);
    }
}
