//! What a batch leads to, as one plain value: the records to write and the offsets to commit.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;

use super::batch::Record;
use super::judge::{Judge, Outcome, ScreeningTime, Shadowed};
use crate::domain::{
    Channel, CheckCode, DeadLetter, DeadLetterReason, Decision, HoldRoute, NoticeKind,
    PlatformNotice, Source, Verdict,
};
use crate::screening::notice_of_outcome;
use crate::wire::{
    ContentType, Encoding, decode_record, encode_dead_letter, encode_decision, encode_message,
};

/// The next offset to read of each partition.
pub type NextOffsets = BTreeMap<i32, i64>;

/// The topics that a plan writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputTopic {
    Decisions,
    DeadLetters,
    PlatformNotices,
}

/// One record to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output<'a> {
    pub topic: OutputTopic,
    pub key: Option<&'a [u8]>,
    pub payload: &'a [u8],
}

/// Decisions, dead letters and next offsets of one batch. Forgotten when its transaction aborts.
#[derive(Debug, Default)]
pub struct Plan {
    /// Keys and payloads, one after the other: one allocation serves all batches.
    bytes: Vec<u8>,
    outputs: Vec<Slot>,
    next_offsets: NextOffsets,
    tally: Tally,
}

/// Where an output's key and payload stand in the bytes.
#[derive(Debug)]
struct Slot {
    topic: OutputTopic,
    key: Option<Range<usize>>,
    payload: Range<usize>,
}

/// What a plan or a transaction carries, counted for telemetry.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    pub records: usize,
    pub unknown_fields: u64,
    pub decisions: BTreeMap<(VerdictLabel, ChannelLabel), u64>,
    pub findings: BTreeMap<&'static str, u64>,
    /// Held parcels by what each is held for.
    pub hold_reasons: BTreeMap<&'static str, u64>,
    /// Findings by the rule, campaign or alert that led to them.
    pub rule_hits: BTreeMap<String, u64>,
    /// Findings by the rule or campaign that could not be judged.
    pub rule_errors: BTreeMap<String, u64>,
    pub dead_letters: BTreeMap<&'static str, u64>,
    pub decode_failures: BTreeMap<(&'static str, &'static str), u64>,
    pub notices: BTreeMap<&'static str, u64>,
    pub shadow: ShadowTally,
    /// Timestamps of decided records in runs of equal ones, for the latency.
    pub decided: Vec<DecidedRun>,
}

/// What the shadow says of decided parcels, counted; nothing where there is none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ShadowTally {
    pub decisions: BTreeMap<ShadowLabels, u64>,
    /// Parcels of which one of the two holds and the other releases, by what the one that holds them does so for.
    pub disagreements: BTreeMap<&'static str, u64>,
    /// Parcels that could not be screened under it.
    pub failures: u64,
}

/// Decisions of one verdict for records of one timestamp, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecidedRun {
    pub verdict: Verdict,
    pub timestamp: Timestamp,
    pub count: usize,
}

/// The labels `verdict` and `hold_route`.
pub type VerdictLabel = (&'static str, &'static str);
/// The label `channel`.
pub type ChannelLabel = &'static str;

/// The labels `live` and `shadow`.
pub type ShadowLabels = (&'static str, &'static str);

/// What is the same for all records of a batch.
#[derive(Clone, Copy)]
pub struct Planner<'a> {
    pub judge: Judge<'a>,
    pub topic: &'a str,
    pub encoding: Encoding,
    pub now: Timestamp,
}

impl Planner<'_> {
    fn source(&self, record: &Record<'_>) -> Source {
        let (partition, offset) = (record.partition, record.offset);
        Source { topic: self.topic.to_owned(), partition, offset }
    }
}

impl Plan {
    /// Forgets what it holds and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.outputs.clear();
        self.next_offsets.clear();
        self.tally = Tally::default();
    }

    /// Adds a record's outcome. Each record adds exactly one decision, one dead letter, or one of both.
    pub fn add(&mut self, planner: &Planner<'_>, record: &Record<'_>) {
        let source = planner.source(record);
        let time = ScreeningTime::Received(record.timestamp.unwrap_or(planner.now));
        let outcome = planner.judge.judge(record.payload, record.content_type, &source, time);
        match outcome {
            Outcome::Decided { decision, shadowed, notice, unknown_fields } => {
                self.tally.unknown_fields += u64::from(unknown_fields);
                self.tally.shadow.add(&decision, shadowed);
                self.decision(planner, decision, &source, record);
                if let Some(notice) = notice {
                    let occurred_at = Some(planner.now);
                    self.notice(planner, PlatformNotice { occurred_at, ..*notice }, &source);
                }
            }
            Outcome::SetAside { dead_letter } => self.dead_letter(planner, *dead_letter, record),
            Outcome::HeldUnreadable { decision, shadowed, dead_letter } => {
                self.tally.shadow.add(&decision, shadowed);
                self.decision(planner, decision, &source, record);
                self.dead_letter(planner, *dead_letter, record);
            }
        }
        self.done(record);
    }

    fn decision(
        &mut self,
        planner: &Planner<'_>,
        decision: Decision,
        source: &Source,
        record: &Record<'_>,
    ) {
        self.tally.decision(&decision, record.timestamp);
        let key = self.append(|bytes| bytes.extend_from_slice(decision.item_id.as_bytes()));
        let payload = self.append(|bytes| {
            encode_decision(decision, source, planner.now, planner.encoding, bytes);
        });
        self.outputs.push(Slot { topic: OutputTopic::Decisions, key: Some(key), payload });
    }

    fn dead_letter(&mut self, planner: &Planner<'_>, letter: DeadLetter, record: &Record<'_>) {
        self.tally.dead_letter(letter.reason, record);
        let key = record.key.map(|key| self.append(|bytes| bytes.extend_from_slice(key)));
        let payload = self.append(|bytes| encode_dead_letter(letter, planner.encoding, bytes));
        self.outputs.push(Slot { topic: OutputTopic::DeadLetters, key, payload });
    }

    /// Adds what an inspection's outcome leads to: a notice, where the parcel's platform is one that is told. Outcomes that
    /// cannot be read lead to nothing; the feed counts and tells them.
    pub fn add_outcome(&mut self, planner: &Planner<'_>, record: &Record<'_>) {
        let source = planner.source(record);
        let Judge { reference, notices, limits, .. } = planner.judge;
        let outcome = decode_record(record.payload, record.content_type, limits).ok();
        let notice = outcome.and_then(|it| notice_of_outcome(&it, reference.language));
        if let Some(notice) = notice.filter(|notice| notices.are_for(notice)) {
            self.notice(planner, notice, &source);
        }
        self.done(record);
    }

    fn notice(&mut self, planner: &Planner<'_>, notice: PlatformNotice, source: &Source) {
        *self.tally.notices.entry(kind_label(notice.kind)).or_default() += 1;
        let notice = PlatformNotice { notice_id: source.to_string(), ..notice };
        let key = self.append(|bytes| bytes.extend_from_slice(notice.platform.as_bytes()));
        let payload = self.append(|bytes| encode_message(notice, planner.encoding, bytes));
        self.outputs.push(Slot { topic: OutputTopic::PlatformNotices, key: Some(key), payload });
    }

    fn done(&mut self, record: &Record<'_>) {
        self.tally.records += 1;
        self.next_offsets.insert(record.partition, record.offset + 1);
    }

    fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
        let start = self.bytes.len();
        write(&mut self.bytes);
        start..self.bytes.len()
    }

    /// The records to write, in the order of the records they came from.
    pub fn outputs(&self) -> impl Iterator<Item = Output<'_>> {
        self.outputs.iter().map(|slot| Output {
            topic: slot.topic,
            key: slot.key.clone().and_then(|key| self.bytes.get(key)),
            payload: self.bytes.get(slot.payload.clone()).unwrap_or_default(),
        })
    }

    /// The offsets to commit.
    #[must_use]
    pub fn next_offsets(&self) -> &NextOffsets {
        &self.next_offsets
    }

    /// What it carries, counted.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Bytes of keys and payloads to write.
    #[must_use]
    pub fn output_bytes(&self) -> usize {
        self.bytes.len()
    }
}

impl Tally {
    fn decision(&mut self, decision: &Decision, timestamp: Option<Timestamp>) {
        let labels = (verdict_label(decision.verdict), channel_label(decision.channel));
        *self.decisions.entry(labels).or_default() += 1;
        if let Some(check) = decision.held_for() {
            *self.hold_reasons.entry(check.code()).or_default() += 1;
        }
        for finding in &decision.findings {
            *self.findings.entry(finding.check.code()).or_default() += 1;
            if finding.is_unjudged() {
                add_rule(&mut self.rule_errors, &finding.rule_id, 1);
            } else if !finding.rule_id.is_empty() {
                add_rule(&mut self.rule_hits, &finding.rule_id, 1);
            }
        }
        let Some(timestamp) = timestamp else { return };
        match self.decided.last_mut() {
            Some(run) if run.timestamp == timestamp && run.verdict == decision.verdict => {
                run.count += 1;
            }
            _ => {
                let verdict = decision.verdict;
                self.decided.push(DecidedRun { verdict, timestamp, count: 1 });
            }
        }
    }

    fn dead_letter(&mut self, reason: DeadLetterReason, record: &Record<'_>) {
        *self.dead_letters.entry(reason.code()).or_default() += 1;
        if reason != DeadLetterReason::ScreeningFailed {
            let format = format_label(ContentType::detect(record.content_type, record.payload));
            *self.decode_failures.entry((format, reason.code())).or_default() += 1;
        }
    }

    /// Adds another tally.
    pub fn absorb(&mut self, other: &Self) {
        self.records += other.records;
        self.unknown_fields += other.unknown_fields;
        add_counts(&mut self.decisions, &other.decisions);
        add_counts(&mut self.findings, &other.findings);
        add_counts(&mut self.hold_reasons, &other.hold_reasons);
        for (into, from) in
            [(&mut self.rule_hits, &other.rule_hits), (&mut self.rule_errors, &other.rule_errors)]
        {
            for (rule, count) in from {
                add_rule(into, rule, *count);
            }
        }
        add_counts(&mut self.dead_letters, &other.dead_letters);
        add_counts(&mut self.decode_failures, &other.decode_failures);
        add_counts(&mut self.notices, &other.notices);
        self.shadow.absorb(&other.shadow);
        self.decided.extend_from_slice(&other.decided);
    }
}

impl ShadowTally {
    fn add(&mut self, live: &Decision, shadowed: Option<Shadowed>) {
        match shadowed {
            None => {}
            Some(Shadowed::Failed) => self.failures += 1,
            Some(Shadowed::Decided { verdict, held_for }) => {
                let (live_label, _) = verdict_label(live.verdict);
                let (shadow_label, _) = verdict_label(verdict);
                *self.decisions.entry((live_label, shadow_label)).or_default() += 1;
                // One of the two released the parcel, and so held it for nothing.
                let held_for = live.held_for().or(held_for);
                if let Some(check) = held_for.filter(|_| live_label != shadow_label) {
                    *self.disagreements.entry(check.code()).or_default() += 1;
                }
            }
        }
    }

    fn absorb(&mut self, other: &Self) {
        add_counts(&mut self.decisions, &other.decisions);
        add_counts(&mut self.disagreements, &other.disagreements);
        self.failures += other.failures;
    }
}

/// An id is copied where it comes first, and only there.
fn add_rule(into: &mut BTreeMap<String, u64>, rule: &str, count: u64) {
    match into.get_mut(rule) {
        Some(sum) => *sum += count,
        None => _ = into.insert(rule.to_owned(), count),
    }
}

fn add_counts<K: Ord + Copy>(into: &mut BTreeMap<K, u64>, from: &BTreeMap<K, u64>) {
    for (key, count) in from {
        *into.entry(*key).or_default() += count;
    }
}

fn verdict_label(verdict: Verdict) -> VerdictLabel {
    match verdict {
        Verdict::Hold(HoldRoute::IntellectualProperty) => ("hold", "intellectual_property"),
        Verdict::Hold(HoldRoute::Inspection) => ("hold", "inspection"),
        Verdict::Release => ("release", "none"),
    }
}

fn channel_label(channel: Channel) -> ChannelLabel {
    match channel {
        Channel::Unspecified => "unspecified",
        Channel::Post => "post",
        Channel::Express => "express",
    }
}

fn kind_label(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Unspecified => "unspecified",
        NoticeKind::Held => "held",
        NoticeKind::Seized => "seized",
    }
}

fn format_label(content_type: ContentType) -> &'static str {
    match content_type {
        ContentType::Json => "json",
        ContentType::Protobuf => "protobuf",
        ContentType::Xml => "xml",
        ContentType::Other => "other",
    }
}

/// Every value of the label `check`, so that counters exist before the first finding.
pub fn check_labels() -> impl Iterator<Item = &'static str> {
    CheckCode::ALL.into_iter().map(CheckCode::code)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pipeline::Notices;
    use crate::pipeline::judge::{Screen, ScreenBoth, Shadow};
    use crate::pipeline::test_support::{declaration_json, limits, no_notices, reference};
    use crate::screening::{
        Candidate, Conditional, Conditions, Reference, Rule, screen, screen_both,
    };
    use crate::wire::{Limits, Stamped, decode_message};

    fn planner<'a>(reference: &'a Reference, limits: &'a Limits) -> Planner<'a> {
        Planner {
            judge: Judge {
                reference,
                shadow: None,
                limits,
                dead_letter_payload: false,
                notices: no_notices(),
                screen,
            },
            topic: "in",
            encoding: Encoding::Json,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    fn record(offset: i64, payload: &[u8]) -> Record<'_> {
        let timestamp = Some(Timestamp::UNIX_EPOCH);
        Record { partition: 3, offset, timestamp, key: Some(b"k"), payload, content_type: None }
    }

    fn plan_of(payloads: &[&[u8]]) -> Plan {
        let (reference, limits) = (reference(), limits());
        let planner = planner(&reference, &limits);
        let mut plan = Plan::default();
        for (offset, payload) in (0..).zip(payloads) {
            plan.add(&planner, &record(offset, payload));
        }
        plan
    }

    fn decisions(plan: &Plan) -> Vec<Stamped> {
        plan.outputs()
            .filter(|output| output.topic == OutputTopic::Decisions)
            .map(|output| decode_message(output.payload, Encoding::Json, &limits()).unwrap())
            .collect()
    }

    fn letters(plan: &Plan) -> Vec<DeadLetter> {
        plan.outputs()
            .filter(|output| output.topic == OutputTopic::DeadLetters)
            .map(|output| decode_message(output.payload, Encoding::Json, &limits()).unwrap())
            .collect()
    }

    #[test]
    fn a_parcel_becomes_a_decision_keyed_by_its_item() {
        let json = declaration_json("D1", "Nike shoes");
        let plan = plan_of(&[&json]);
        let output = plan.outputs().next().unwrap();
        assert_eq!((output.topic, output.key), (OutputTopic::Decisions, Some(&b"item-D1"[..])));
        let decided = &decisions(&plan)[0];
        assert_eq!(decided.source.to_string(), "in/3/0");
        assert_eq!(decided.decision.verdict, Verdict::Hold(HoldRoute::IntellectualProperty));
        assert_eq!(plan.next_offsets(), &NextOffsets::from([(3, 1)]));
    }

    #[test]
    fn rules_that_are_met_and_rules_that_cannot_be_judged_are_counted_apart() {
        let mut reference = reference();
        let rule = |id: &str, value_from: Option<i64>| {
            let mut conditions = Conditions::default();
            conditions.value_from = value_from.map(Into::into);
            let (id, note) = (id.to_owned(), String::new());
            (conditions, Rule { id, note, points: 1, holds: false })
        };
        let rules = Conditional::new(vec![rule("any", None), rule("dear", Some(1))]);
        reference.policy_mut().rules = rules;
        let limits = limits();
        let planner = planner(&reference, &limits);
        let mut plan = Plan::default();
        // Declares no value.
        plan.add(&planner, &record(0, &declaration_json("D1", "shoes")));
        let mut tally = Tally::default();
        (0..2).for_each(|_| tally.absorb(plan.tally()));
        assert_eq!(tally.rule_hits, BTreeMap::from([("any".to_owned(), 2)]));
        assert_eq!(tally.rule_errors, BTreeMap::from([("dear".to_owned(), 2)]));
    }

    #[test]
    fn what_cannot_be_read_is_set_aside_and_held_where_it_says_whose_it_is() {
        let plan = plan_of(&[b"", b"{", br#"{"declarationId":"D2","itemId":"I2"}"#]);
        let reasons = letters(&plan).iter().map(|letter| letter.reason).collect::<Vec<_>>();
        assert_eq!(
            reasons,
            [DeadLetterReason::Empty, DeadLetterReason::MalformedJson, DeadLetterReason::NoLines]
        );
        let held = decisions(&plan);
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].decision.verdict, Verdict::Hold(HoldRoute::Inspection));
        assert_eq!(held[0].decision.findings[0].check, CheckCode::InvalidDeclaration);
        assert_eq!(plan.next_offsets(), &NextOffsets::from([(3, 3)]));
    }

    #[test]
    fn a_panic_in_screening_is_a_dead_letter_and_a_hold() {
        let (reference, limits) = (reference(), limits());
        let mut planner = planner(&reference, &limits);
        planner.judge.screen = |_, _, _| panic!("a fault of the program");
        let mut plan = Plan::default();
        plan.add(&planner, &record(7, &declaration_json("D3", "shoes")));
        assert_eq!(letters(&plan)[0].reason, DeadLetterReason::ScreeningFailed);
        assert_eq!(decisions(&plan)[0].decision.verdict, Verdict::Hold(HoldRoute::Inspection));
        assert_eq!(plan.next_offsets(), &NextOffsets::from([(3, 8)]));
    }

    fn tried_on() -> [Vec<u8>; 4] {
        [
            declaration_json("D1", "Nike shoes"),
            declaration_json("D2", "shoes"),
            // Held unread.
            br#"{"declarationId":"D3","itemId":"I3"}"#.to_vec(),
            // Nobody knows whose it is.
            b"{".to_vec(),
        ]
    }

    /// What becomes of these payloads where this is tried beside [`reference`].
    fn plan_beside(
        candidate: impl Fn(&Reference) -> Reference,
        screen: Screen,
        both: ScreenBoth,
    ) -> Plan {
        let (reference, limits) = (reference(), limits());
        let mut planner = planner(&reference, &limits);
        planner.judge.screen = screen;
        let candidate = Candidate::beside(&reference, candidate(&reference));
        planner.judge.shadow = Some(Shadow { candidate: &candidate, screen_both: both });
        let mut plan = Plan::default();
        for (offset, payload) in (0..).zip(&tried_on()) {
            plan.add(&planner, &record(offset, payload));
        }
        plan
    }

    fn with_threshold(hold_threshold: i32) -> impl Fn(&Reference) -> Reference {
        move |reference| {
            let mut candidate = reference.clone();
            candidate.policy_mut().hold_threshold = hold_threshold;
            candidate
        }
    }

    #[test]
    fn what_is_tried_is_counted_beside_what_is_in_force_and_changes_nothing() {
        let (hold, release) = ("hold", "release");
        let decided = |counts: &[((&'static str, &'static str), u64)]| {
            counts.iter().copied().collect::<BTreeMap<_, _>>()
        };
        for (hold_threshold, decisions, disagreements) in [
            (60, decided(&[((hold, hold), 2), ((release, release), 1)]), None),
            (
                1_000,
                decided(&[((hold, hold), 1), ((hold, release), 1), ((release, release), 1)]),
                Some(("recorded_mark", 1)),
            ),
            (1, decided(&[((hold, hold), 2), ((release, hold), 1)]), Some(("data_quality", 1))),
        ] {
            let plan = plan_beside(with_threshold(hold_threshold), screen, screen_both);
            let expected = ShadowTally {
                decisions,
                disagreements: disagreements.into_iter().collect(),
                failures: 0,
            };
            assert_eq!(plan.tally().shadow, expected, "{hold_threshold}");
            let alone = plan_of(&tried_on().each_ref().map(Vec::as_slice));
            assert!(plan.outputs().eq(alone.outputs()), "{hold_threshold}");
            assert_eq!(alone.tally().shadow, ShadowTally::default());
            let mut twice = ShadowTally::default();
            (0..2).for_each(|_| twice.absorb(&plan.tally().shadow));
            assert_eq!(twice.decisions.values().sum::<u64>(), 6);
        }
    }

    #[test]
    fn a_panic_in_what_is_tried_is_counted_and_costs_no_parcel() {
        let failing: ScreenBoth = |_, _, _, _| panic!("a fault of the program");
        let plan = plan_beside(Reference::clone, screen, failing);
        let counted = &plan.tally().shadow;
        assert_eq!((counted.failures, counted.decisions.values().sum::<u64>()), (2, 1));
        let verdicts = decisions(&plan).iter().map(|it| it.decision.verdict).collect::<Vec<_>>();
        let mark = Verdict::Hold(HoldRoute::IntellectualProperty);
        let unread = Verdict::Hold(HoldRoute::Inspection);
        assert_eq!(verdicts, [mark, Verdict::Release, unread]);
        assert_eq!(letters(&plan).len(), 2);

        // What is in force fails too: as it would without a shadow.
        let plan =
            plan_beside(Reference::clone, |_, _, _| panic!("a fault of the program"), failing);
        assert_eq!(letters(&plan)[0].reason, DeadLetterReason::ScreeningFailed);
        assert_eq!((decisions(&plan).len(), letters(&plan).len()), (3, 4));
        assert_eq!(plan.tally().shadow.decisions, BTreeMap::from([(("hold", "hold"), 3)]));
    }

    #[test]
    fn a_payload_goes_into_its_dead_letter_only_where_asked_for() {
        let (reference, limits) = (reference(), limits());
        for (asked, expected) in [(false, None), (true, Some(b"{?".to_vec()))] {
            let mut planner = planner(&reference, &limits);
            planner.judge.dead_letter_payload = asked;
            let mut plan = Plan::default();
            plan.add(&planner, &record(0, b"{?"));
            assert_eq!(letters(&plan)[0].payload, expected);
        }
    }

    fn notices(plan: &Plan) -> Vec<PlatformNotice> {
        plan.outputs()
            .filter(|output| output.topic == OutputTopic::PlatformNotices)
            .map(|output| {
                let notice: PlatformNotice =
                    decode_message(output.payload, Encoding::Json, &limits()).unwrap();
                assert_eq!(output.key, Some(notice.platform.as_bytes()));
                notice
            })
            .collect()
    }

    #[test]
    fn a_platform_that_asked_is_told_of_its_holds_and_no_other() {
        let ordered = |id: &str, platform: &str| {
            let json = declaration_json(id, "Nike shoes");
            let order =
                format!("{{\"platformOrder\":{{\"platform\":\"{platform}\",\"sellerId\":\"S\"}},");
            [order.as_bytes(), &json[1..]].concat()
        };
        let (reference, limits) = (reference(), limits());
        for (platforms, expected) in
            [(&["P"][..], &["in/3/0"][..]), (&["*"], &["in/3/0", "in/3/1"]), (&[], &[])]
        {
            let told = Notices::to(platforms.iter().map(|&it| it.to_owned()));
            let mut planner = planner(&reference, &limits);
            planner.judge.notices = &told;
            let mut plan = Plan::default();
            for (offset, platform) in (0..).zip(["P", "Q"]) {
                plan.add(&planner, &record(offset, &ordered("D", platform)));
            }
            let ids = notices(&plan).into_iter().map(|it| it.notice_id).collect::<Vec<_>>();
            assert_eq!(ids, expected, "{platforms:?}");
            assert_eq!(decisions(&plan).len(), 2);
        }
    }

    #[test]
    fn a_seizure_is_told_and_every_outcome_is_done_with() {
        let (reference, limits) = (reference(), limits());
        let told = Notices::to(["P".to_owned()]);
        let mut planner = planner(&reference, &limits);
        planner.judge.notices = &told;
        let outcome = |kind: &str, platform: &str| {
            format!(
                "{{\"declarationId\":\"D\",\"kind\":\"OUTCOME_KIND_{kind}\",\"platform\":\"{platform}\",\
                 \"pieces\":3,\"recordalNo\":\"T1\"}}"
            )
        };
        let outcomes = [
            outcome("SEIZED", "P"),
            outcome("CLEARED", "P"),
            outcome("SEIZED", "Q"),
            "{".to_owned(),
        ];
        let mut plan = Plan::default();
        for (offset, payload) in (0..).zip(&outcomes) {
            plan.add_outcome(&planner, &record(offset, payload.as_bytes()));
        }
        let notices = notices(&plan);
        assert_eq!(notices.len(), 1);
        assert_eq!((notices[0].kind, &*notices[0].notice_id), (NoticeKind::Seized, "in/3/0"));
        assert_eq!(plan.outputs().count(), 1);
        assert_eq!(plan.next_offsets(), &NextOffsets::from([(3, 4)]));
    }

    proptest! {
        /// Whatever comes, each record has exactly one outcome and the offset moves past it.
        #[test]
        fn nothing_is_dropped(payloads in prop::collection::vec(any_payload(), 0..20)) {
            let borrowed = payloads.iter().map(Vec::as_slice).collect::<Vec<_>>();
            let plan = plan_of(&borrowed);
            let held_unreadable = decisions(&plan)
                .iter()
                .filter(|it| it.decision.findings.iter().any(|f| f.check == CheckCode::InvalidDeclaration))
                .count();
            let outcomes = decisions(&plan).len() + letters(&plan).len() - held_unreadable;
            prop_assert_eq!(outcomes, payloads.len());
            prop_assert_eq!(plan.tally().records, payloads.len());
            let next = plan.next_offsets().get(&3).copied().unwrap_or(0);
            prop_assert_eq!(next, i64::try_from(payloads.len()).unwrap());
        }
    }

    fn any_payload() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "[a-z0-9]{0,70}".prop_map(|id| declaration_json(&id, "Nike 小米")),
            ("[a-z0-9]{1,9}", 0..200_usize).prop_map(|(id, cut)| {
                let mut json = declaration_json(&id, "cut short");
                json.truncate(cut);
                json
            }),
        ]
    }
}
