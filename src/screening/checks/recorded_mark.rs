//! A recorded mark stands in the declared text.
//!
//! Each recordal is named once, where it counts most. Of the marks that the consignor may not use only the strongest
//! counts, so that several doubtful ones do not add up to a certain one. Of those that it may use each place counts
//! once, to be taken off again. A holder who records one mark several times, for other classes of goods, often lists a user in one recordal
//! only: in one place, an authorisation covers the same holder's other recordals, which then count nothing.
//!
//! The order in which the register lists its recordals decides nothing.

use std::cmp::{Ordering, Reverse};
use std::ops::Range;

use arrayvec::ArrayVec;
use jiff::civil::Date;

use super::super::context::Context;
use super::super::goods::{Goods, is_complete, relation};
use super::super::notes::{Ground, MarkNote, Note, Uncounted};
use super::super::sightings::{Sighted, Sightings};
use super::super::{Points, Subject};
use crate::domain::{
    CheckCode, Declaration, Field, Finding, Line, Recordal, Technique, TechniqueSet, day_of,
};
use crate::register::{Candidate, EDITED, Rarity, Search};
use crate::text::FoldedText;

/// Hits of one declaration after which no further field is searched. It is held by then, and work stays bounded.
const HITS_MAX: usize = 1_024;

/// Most recordals that one decision names.
const FINDINGS_MAX: usize = 64;

/// A recordal found in one place.
struct Hit<'a> {
    recordal: &'a Recordal,
    standing: Standing,
    points: i32,
    /// What the points are made of.
    grounds: Vec<(Ground, i32)>,
    line: &'a Line,
    field: Field,
    declared: &'a str,
    span: Range<u32>,
    techniques: TechniqueSet,
}

/// What the consignor is to the recordal of a hit, in the order in which hits are given points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Unauthorised,
    Authorised,
    /// Authorised under another recordal of the same holder, found in the same place.
    Covered,
}

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let mut hits = Vec::new();
    let mut sightings = subject.facts.sightings.borrow_mut();
    let day = day_of(subject.history.as_of);
    for (number, place) in searched_texts(subject.declaration).enumerate() {
        let Place { line, field, .. } = place;
        let search = hits_in(subject, number, place, day, &mut sightings, &mut hits);
        let too_many_hits = hits.len() > HITS_MAX;
        if search == Search::Truncated || too_many_hits {
            findings.push(too_many(subject, line, field));
        }
        if too_many_hits {
            break;
        }
    }
    if hits.is_empty() {
        return;
    }
    cover(&mut hits);
    for (hit, points) in count_each_place_once(name_each_recordal_once(hits)) {
        findings.push(finding(subject, &hit, points));
    }
}

/// The texts in which marks are looked for, line by line.
fn searched_texts(declaration: &Declaration) -> impl Iterator<Item = Place<'_>> {
    declaration.lines.iter().flat_map(|line| {
        [
            Place { line, field: Field::Brand, declared: &line.brand },
            Place { line, field: Field::Description, declared: &line.description },
            Place { line, field: Field::Model, declared: &line.model },
        ]
        .into_iter()
        .filter(|place| !place.declared.is_empty())
    })
}

fn hits_in<'a>(
    subject: &Subject<'a>,
    number: usize,
    place: Place<'a>,
    day: Date,
    sightings: &mut Sightings,
    hits: &mut Vec<Hit<'a>>,
) -> Search {
    let register = &subject.reference.register;
    let sighted = sightings.of(number, place.declared, register, day);
    let Sighted { folded, candidates, marks, search, .. } = sighted;
    let mut context = Context::new(folded, marks);
    hits.extend(candidates.iter().filter_map(|it| Hit::new(subject, place, &mut context, it)));
    *search
}

/// Where candidates were looked for.
#[derive(Clone, Copy)]
struct Place<'a> {
    line: &'a Line,
    field: Field,
    declared: &'a str,
}

/// Everything that speaks for a candidate and against it, each with its points; what counts nothing is left out. `None`
/// where it adds up to too little to be told.
fn grounds(
    points: &Points,
    place: Place<'_>,
    context: &mut Context<'_>,
    candidate: &Candidate,
    recordal: &Recordal,
) -> Option<Vec<(Ground, i32)>> {
    let worth = &points.recorded_mark;
    let own = own_grounds(points, place, context.text(), candidate, recordal);
    let are_own = is_complete(&place.line.hs_code)
        && relation(recordal, &place.line.hs_code) == Goods::Listed;
    let sum = |grounds: &[(Ground, i32)]| grounds.iter().map(|(_, points)| points).sum::<i32>();
    let least = worth.least.max(1);
    // Most candidates are words that happen to be marks: what stands around them is not looked at.
    if sum(&own) + worth.coded.max(0) + worth.referential.max(0) < least {
        return None;
    }
    let around = [
        // No one makes shoes for another's shoes.
        (
            Ground::Referential,
            !are_own && context.is_referred_to(&candidate.units),
            worth.referential,
        ),
        (Ground::Coded, context.is_coded(), worth.coded),
    ];
    let applying = around.into_iter().filter(|(_, applies, points)| *applies && *points != 0);
    let mut all = own.to_vec();
    all.extend(applying.map(|(ground, _, points)| (ground, points)));
    (sum(&all) >= least).then_some(all)
}

/// Most grounds that the candidate itself can give.
const OWN_GROUNDS_MAX: usize = 10 + Technique::ALL.len();

/// What speaks for a candidate and against it in itself and its place.
fn own_grounds(
    points: &Points,
    place: Place<'_>,
    text: &FoldedText,
    candidate: &Candidate,
    recordal: &Recordal,
) -> ArrayVec<(Ground, i32), OWN_GROUNDS_MAX> {
    let techniques = points.technique;
    let points = &points.recorded_mark;
    let is_whole = candidate.units.len() == text.units().len();
    let is_first = place.field == Field::Description && candidate.units.start == 0 && !is_whole;
    let is_disguised = !candidate.techniques.is_within(AS_RECORDED);
    let is_run_together =
        candidate.techniques.contains(Technique::Joined) && !candidate.techniques.overlaps(EDITED);
    let on_purpose = candidate.techniques.overlaps(ON_PURPOSE) || is_run_together;
    let is_short = candidate.letters <= if candidate.is_han { 2 } else { 4 };
    let is_invented = candidate.rarity == Rarity::COINED
        && !candidate.is_name
        && candidate.letters >= if candidate.is_han { 3 } else { 6 };
    let goods = relation(recordal, &place.line.hs_code);
    let applies = |does: bool, points: i32| if does { points } else { 0 };
    let known = Rarity::COINED.0 - candidate.rarity.0;
    let grounds = [
        (
            Ground::Field(place.field),
            match place.field {
                Field::Brand => points.brand,
                Field::Model => points.model,
                _ => points.description,
            },
        ),
        (Ground::WholeField, applies(is_whole, points.whole_field)),
        (Ground::FirstWord, applies(is_first, points.first_word)),
        (
            Ground::Goods(goods),
            match goods {
                Goods::Listed => points.goods_listed,
                Goods::SameClass => points.goods_class,
                Goods::Unrelated if is_invented && on_purpose => points.goods_unrelated_on_purpose,
                Goods::Unrelated => points.goods_unrelated,
                Goods::Unknown => points.goods_unknown,
            },
        ),
        (Ground::Ordinary, points.ordinary * i32::from(known) / i32::from(Rarity::COINED.0)),
        (Ground::OnPurpose, applies(known > 0 && on_purpose, points.ordinary_on_purpose)),
        (Ground::Name, applies(candidate.is_name, points.name)),
        (Ground::Short, applies(!candidate.is_han && candidate.letters <= 3, points.short)),
        (Ground::ShortDisguised, applies(is_short && is_disguised, points.short_disguised)),
        (Ground::Strain, points.strain * candidate.strain.clamp(0, STRAIN_MAX)),
    ];
    let techniques = Technique::ALL.into_iter().zip(techniques);
    let written = techniques
        .filter(|(it, _)| candidate.techniques.contains(*it))
        .map(|(it, points)| (Ground::Writing(it), points));
    grounds.into_iter().chain(written).filter(|(_, points)| *points != 0).collect()
}

/// Ways of writing that disguise nothing.
const AS_RECORDED: TechniqueSet =
    TechniqueSet::of(&[Technique::Exact, Technique::Case, Technique::Alias]);

/// Ways in which nobody writes a word by chance.
const ON_PURPOSE: TechniqueSet = TechniqueSet::of(&[
    Technique::Homoglyph,
    Technique::ZeroWidth,
    Technique::Separator,
    Technique::Spelled,
    Technique::Leet,
]);

/// Bits of strain beyond which more says nothing new.
const STRAIN_MAX: i32 = 20;

/// Marks the hits that an authorisation under the same holder's other recordal covers, in the same place.
fn cover(hits: &mut [Hit<'_>]) {
    let covered = hits
        .iter()
        .map(|hit| hit.standing == Standing::Unauthorised && hits.iter().any(|it| it.covers(hit)))
        .collect::<Vec<_>>();
    for (hit, _) in hits.iter_mut().zip(covered).filter(|(_, covered)| *covered) {
        hit.standing = Standing::Covered;
    }
}

fn name_each_recordal_once(mut hits: Vec<Hit<'_>>) -> Vec<Hit<'_>> {
    hits.sort_by(|a, b| a.recordal.recordal_no.cmp(&b.recordal.recordal_no).then(a.rank(b)));
    hits.dedup_by_key(|hit| &hit.recordal.recordal_no);
    hits
}

/// Pairs each hit with its points.
fn count_each_place_once(mut hits: Vec<Hit<'_>>) -> Vec<(Hit<'_>, i32)> {
    hits.sort_by(Hit::rank);
    hits.truncate(FINDINGS_MAX);
    let mut counted = Vec::<(Hit<'_>, i32)>::with_capacity(hits.len());
    for hit in hits {
        let mut before = counted.iter().filter(|(_, points)| *points != 0);
        let counts = match hit.standing {
            Standing::Unauthorised => before.next().is_none(),
            Standing::Authorised => !before.any(|(before, _)| before.overlaps(&hit)),
            Standing::Covered => false,
        };
        let points = if counts { hit.points } else { 0 };
        counted.push((hit, points));
    }
    counted
}

fn finding(subject: &Subject<'_>, hit: &Hit<'_>, points: i32) -> Finding {
    let matched_text = hit.matched_text();
    let note = Note::RecordedMark(MarkNote {
        mark: &hit.recordal.right_name,
        holder: &hit.recordal.holder.name,
        recordal_no: &hit.recordal.recordal_no,
        field: hit.field,
        matched_text: &matched_text,
        techniques: hit.techniques,
        grounds: &hit.grounds,
        uncounted: match hit.standing {
            Standing::Covered => Some(Uncounted::Covered),
            _ if points != hit.points => Some(Uncounted::CountedElsewhere),
            _ => None,
        },
    })
    .text(subject.reference.language);
    Finding {
        line_no: hit.line.line_no,
        field: hit.field,
        start: hit.span.start,
        end: hit.span.end,
        matched_text,
        recordal_no: hit.recordal.recordal_no.clone(),
        mark: hit.recordal.right_name.clone(),
        techniques: hit.techniques,
        ..Finding::new(CheckCode::RecordedMark, points, note)
    }
}

fn too_many(subject: &Subject<'_>, line: &Line, field: Field) -> Finding {
    let points = subject.reference.policy.points.recorded_mark.too_many;
    let note = Note::TooManyMarks { field }.text(subject.reference.language);
    Finding { line_no: line.line_no, field, ..Finding::new(CheckCode::RecordedMark, points, note) }
}

impl<'a> Hit<'a> {
    fn new(
        subject: &Subject<'a>,
        place: Place<'a>,
        context: &mut Context<'_>,
        candidate: &Candidate,
    ) -> Option<Self> {
        let recordal = subject.reference.register.recordal(candidate.recordal)?;
        let consignor = subject.declaration.consignor.as_ref();
        let points = &subject.reference.policy.points;
        let grounds = grounds(points, place, context, candidate, recordal)?;
        Some(Self {
            recordal,
            standing: if consignor.is_some_and(|party| recordal.authorises(&party.party_id)) {
                Standing::Authorised
            } else {
                Standing::Unauthorised
            },
            points: grounds.iter().map(|(_, points)| points).sum(),
            grounds,
            line: place.line,
            field: place.field,
            declared: place.declared,
            span: candidate.span.clone(),
            techniques: candidate.techniques,
        })
    }

    fn covers(&self, other: &Self) -> bool {
        self.standing == Standing::Authorised
            && self.overlaps(other)
            && self.recordal.holder == other.recordal.holder
    }

    /// Hits that count come first, then longer ones, then by place; recordals of one place by their number.
    fn rank(&self, other: &Self) -> Ordering {
        let key = |hit: &Self| {
            let length = Reverse(hit.span.len());
            (hit.standing, Reverse(hit.points), length, hit.line.line_no, hit.span.start)
        };
        let number = |hit: &Self| hit.recordal.recordal_no.as_str();
        key(self).cmp(&key(other)).then_with(|| number(self).cmp(number(other)))
    }

    fn matched_text(&self) -> String {
        self.declared.chars().skip(self.span.start as usize).take(self.span.len()).collect()
    }

    fn overlaps(&self, other: &Self) -> bool {
        std::ptr::eq(self.line, other.line)
            && self.field == other.field
            && self.span.start < other.span.end
            && other.span.start < self.span.end
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{RecordalStatus, RightKind};
    use crate::history::History;
    use crate::screening::screen;
    use crate::screening::test_support::{authorising, declaration, mark, policy, reference};

    /// Points by recordal, most first.
    fn points(parcel: &Declaration, recordals: Vec<Recordal>) -> Vec<(String, i32)> {
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        screen(parcel, &reference(recordals), &history)
            .findings
            .into_iter()
            .filter(|finding| finding.check == CheckCode::RecordedMark)
            .map(|finding| (finding.recordal_no, finding.points))
            .collect()
    }

    fn expect(parcel: &Declaration, recordals: Vec<Recordal>, expected: &[(&str, i32)]) {
        let expected =
            expected.iter().map(|(no, points)| ((*no).to_owned(), *points)).collect::<Vec<_>>();
        assert_eq!(points(parcel, recordals), expected);
    }

    fn nike() -> Vec<Recordal> {
        vec![mark("T1", "Nike", "Nike Inc")]
    }

    #[test]
    fn the_field_says_what_a_mark_is_worth() {
        let mut parcel = declaration("plain shoes");
        expect(&parcel, nike(), &[]);
        parcel.lines[0].model = "Nike".to_owned();
        expect(&parcel, nike(), &[("T1", 50)]);
        parcel.lines[0].description = "Nike shoes".to_owned();
        expect(&parcel, nike(), &[("T1", 60)]);
        // Named once, where it counts most.
        parcel.lines[0].brand = "nike".to_owned();
        expect(&parcel, nike(), &[("T1", 80)]);
    }

    #[test]
    fn the_finding_points_at_the_declared_text() {
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        let decision = screen(&declaration("鞋 ＮＩＫＥ air"), &reference(nike()), &history);
        let found = &decision.findings[0];
        assert_eq!((found.line_no, found.field), (1, Field::Description));
        assert_eq!((found.start, found.end, found.matched_text.as_str()), (2, 6, "ＮＩＫＥ"));
        assert_eq!((found.recordal_no.as_str(), found.mark.as_str()), ("T1", "Nike"));
    }

    #[test]
    fn each_place_counts_once_and_each_recordal_is_named() {
        let both = || vec![mark("T1", "Nike", "A"), mark("T2", "Nike", "B")];
        expect(&declaration("Nike"), both(), &[("T1", 60), ("T2", 0)]);
        let nested = vec![mark("T1", "Air", "A"), mark("T2", "Nike Air", "B")];
        expect(&declaration("Nike Air"), nested, &[("T2", 60), ("T1", 0)]);
        let apart = vec![mark("T1", "Nike", "A"), mark("T2", "Adidas", "B")];
        // The strongest counts, not their sum.
        expect(&declaration("Nike, Adidas"), apart, &[("T2", 60), ("T1", 0)]);
    }

    #[test]
    fn the_points_of_a_place_go_to_whoever_has_not_allowed_it() {
        // Another holder's mark of the same name: the consignor has no leave of theirs.
        let other = vec![authorising(mark("T1", "Nike", "A")), mark("T2", "Nike", "B")];
        expect(&declaration("Nike"), other, &[("T2", 60), ("T1", 0)]);
        // The same holder's other recordal is covered.
        let same = || vec![mark("T1", "Nike Air", "A"), authorising(mark("T2", "Nike", "A"))];
        expect(&declaration("Nike Air"), same(), &[("T2", 60), ("T1", 0)]);
        // Also where the recordal that covers is named for another place, and not in places that it does not reach.
        let mut parcel = declaration("Nike Air");
        parcel.lines[0].brand = "Nike".to_owned();
        expect(&parcel, same(), &[("T2", 80), ("T1", 0)]);
        let with_air = [same(), vec![mark("T3", "Air", "A")]].concat();
        expect(&parcel, with_air, &[("T2", 80), ("T3", 60), ("T1", 0)]);
    }

    #[test]
    fn goods_are_made_for_a_mark_unless_they_are_used_by_themselves() {
        let recordals = || {
            vec![Recordal {
                hs_codes: ["6404", "6406"].map(str::to_owned).to_vec(),
                ..mark("T1", "Nike", "Nike Inc")
            }]
        };
        let mut reference = reference(recordals());
        let mut policy = policy();
        policy.points.recorded_mark.referential = -38;
        reference.policy = Arc::new(policy);
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        // Insoles and laces are made for shoes, and shoes for nobody's.
        for (hs_code, expected) in [("6406909900", 22), ("6404110000", 60), ("6402990000", 22)] {
            let mut parcel = declaration("for Nike");
            parcel.lines[0].hs_code = hs_code.to_owned();
            let decision = screen(&parcel, &reference, &history);
            assert_eq!(decision.findings[0].points, expected, "{hs_code}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_the_register_decides_nothing(
            words in prop::collection::vec("[a-c]{1,2}", 1..12),
            names in prop::collection::vec(("[a-c]{1,2}( [a-c]{1,2}){0,2}", 0..2_u8, any::<bool>()), 1..12),
        ) {
            let recordals = (0..).zip(names).map(|(number, (name, holder, is_authorised))| {
                let recordal = mark(&format!("T{number}"), &name, &holder.to_string());
                if is_authorised { authorising(recordal) } else { recordal }
            });
            let mut recordals = recordals.collect::<Vec<_>>();
            let mut parcel = declaration(&words.join(" "));
            parcel.lines[0].brand = words[0].clone();
            let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
            let decision = screen(&parcel, &reference(recordals.clone()), &history);
            recordals.reverse();
            prop_assert_eq!(screen(&parcel, &reference(recordals), &history), decision);
        }
    }

    #[test]
    fn recordals_that_are_not_in_force_are_not_found() {
        type Change = fn(&mut Recordal);
        let cases: [(Change, bool); 8] = [
            (|it| it.valid_until = Some(date(1970, 1, 1)), true),
            (|it| it.valid_until = Some(date(1969, 12, 31)), false),
            (|it| it.valid_from = Some(date(1970, 1, 1)), true),
            (|it| it.valid_from = Some(date(1970, 1, 2)), false),
            (|it| it.status = RecordalStatus::Expired, false),
            (|it| it.status = RecordalStatus::Revoked, false),
            // Titles of other rights are no marks.
            (|it| it.right_kind = RightKind::Patent, false),
            (|it| it.right_kind = RightKind::Copyright, false),
        ];
        for (number, (change, is_found)) in cases.into_iter().enumerate() {
            let mut recordal = mark("T1", "Nike", "A");
            change(&mut recordal);
            let found = !points(&declaration("Nike"), vec![recordal]).is_empty();
            assert_eq!(found, is_found, "case {number}");
        }
    }

    #[test]
    fn a_recordal_out_of_force_covers_and_hides_nothing() {
        let ended = Recordal {
            valid_until: Some(date(1969, 12, 31)),
            ..authorising(mark("T1", "Nike", "A"))
        };
        let parcel = declaration("Nike");
        expect(&parcel, vec![ended, mark("T2", "Nike", "A")], &[("T2", 60)]);
    }

    #[test]
    fn a_text_with_too_many_marks_is_for_the_eye() {
        let parcel = declaration(&"Nike ".repeat(300));
        let points = points(&parcel, nike());
        assert_eq!(points, [(String::new(), 70), ("T1".to_owned(), 60)]);
    }

    #[test]
    fn a_flood_over_many_lines_is_cut_off() {
        let mut parcel = declaration("");
        parcel.lines = vec![parcel.lines[0].clone(); 99];
        for line in &mut parcel.lines {
            line.description = "Nike ".repeat(200);
        }
        let points = points(&parcel, nike());
        assert_eq!(points.len(), 2, "one for the eye, one that names the mark");
    }
}
