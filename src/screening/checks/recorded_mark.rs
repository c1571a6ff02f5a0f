//! A recorded mark stands in the declared text.
//!
//! Each recordal is named once, where it counts most. Each place counts once: where several recordals carry the
//! mark, or marks overlap, one of them has the points. That is one that the consignor may not use, if there is such a
//! one. A holder who records one mark several times, for other classes of goods, often lists a user in one recordal
//! only: in one place, an authorisation covers the same holder's other recordals.

use std::cmp::Reverse;
use std::ops::Range;

use super::super::Subject;
use super::super::notes::{MarkNote, Note};
use crate::domain::{CheckCode, Declaration, Field, Finding, Line, Recordal, TechniqueSet};
use crate::register::{Candidate, RecordalId, Search};
use crate::text::fold;

/// Hits of one declaration after which no further field is searched. It is held by then, and work stays bounded.
const HITS_MAX: usize = 1_024;

/// Most recordals that one decision names.
const FINDINGS_MAX: usize = 64;

/// A recordal found in one place.
struct Hit<'a> {
    recordal_id: RecordalId,
    recordal: &'a Recordal,
    authorised: bool,
    points: i32,
    line: &'a Line,
    field: Field,
    declared: &'a str,
    span: Range<u32>,
    techniques: TechniqueSet,
}

/// What the consignor is to the holder of a hit's recordal, in the order in which places are given points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Unauthorised,
    Authorised,
    /// Authorised under another recordal of the same holder, found in the same place.
    Covered,
}

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let mut hits = Vec::new();
    for (line, field, declared) in searched_texts(subject.declaration) {
        let search = hits_in(subject, line, field, declared, &mut hits);
        let too_many_hits = hits.len() > HITS_MAX;
        if search == Search::Truncated || too_many_hits {
            findings.push(too_many(subject, line, field));
        }
        if too_many_hits {
            break;
        }
    }
    for (hit, points) in count_each_place_once(name_each_recordal_once(hits)) {
        findings.push(finding(subject, &hit, points));
    }
}

/// The texts in which marks are looked for, line by line.
fn searched_texts(declaration: &Declaration) -> impl Iterator<Item = (&Line, Field, &str)> {
    declaration.lines.iter().flat_map(|line| {
        [
            (line, Field::Brand, line.brand.as_str()),
            (line, Field::Description, line.description.as_str()),
            (line, Field::Model, line.model.as_str()),
        ]
    })
}

fn hits_in<'a>(
    subject: &Subject<'a>,
    line: &'a Line,
    field: Field,
    declared: &'a str,
    hits: &mut Vec<Hit<'a>>,
) -> Search {
    let mut candidates = Vec::new();
    let register = &subject.reference.register;
    let search = register.find(declared, &fold(declared), subject.history.as_of, &mut candidates);
    let found = candidates.into_iter();
    hits.extend(found.filter_map(|it| Hit::new(subject, line, field, declared, it)));
    search
}

fn name_each_recordal_once(mut hits: Vec<Hit<'_>>) -> Vec<Hit<'_>> {
    hits.sort_by_key(|hit| {
        (hit.recordal_id, Reverse(hit.points), hit.line.line_no, hit.span.start)
    });
    hits.dedup_by_key(|hit| hit.recordal_id);
    hits
}

/// Pairs each hit with its points; a place that has counted gives none again.
fn count_each_place_once(hits: Vec<Hit<'_>>) -> Vec<(Hit<'_>, i32)> {
    let standings = hits.iter().map(|hit| hit.standing(&hits)).collect::<Vec<_>>();
    let mut ranked = standings.into_iter().zip(hits).collect::<Vec<_>>();
    ranked.sort_by_key(|(standing, hit)| {
        (*standing, Reverse(hit.points), Reverse(hit.span.len()), hit.recordal_id)
    });
    ranked.truncate(FINDINGS_MAX);
    let mut counted = Vec::<(Hit<'_>, i32)>::with_capacity(ranked.len());
    for (_, hit) in ranked {
        let taken = counted.iter().any(|(before, _)| before.overlaps(&hit));
        let points = if taken { 0 } else { hit.points };
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
        counted_elsewhere: points == 0 && hit.points != 0,
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
        line: &'a Line,
        field: Field,
        declared: &'a str,
        candidate: Candidate,
    ) -> Option<Self> {
        let recordal = subject.reference.register.recordal(candidate.recordal)?;
        let consignor = subject.declaration.consignor.as_ref();
        let points = &subject.reference.policy.points.recorded_mark;
        Some(Self {
            recordal_id: candidate.recordal,
            recordal,
            authorised: consignor.is_some_and(|party| recordal.authorises(&party.party_id)),
            points: match field {
                Field::Brand => points.brand,
                Field::Model => points.model,
                _ => points.description,
            },
            line,
            field,
            declared,
            span: candidate.span,
            techniques: candidate.techniques,
        })
    }

    fn standing(&self, hits: &[Self]) -> Standing {
        if self.authorised {
            return Standing::Authorised;
        }
        let covers = |hit: &Self| {
            hit.authorised && hit.overlaps(self) && hit.recordal.holder == self.recordal.holder
        };
        if hits.iter().any(covers) { Standing::Covered } else { Standing::Unauthorised }
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
    use jiff::civil::date;

    use super::*;
    use crate::domain::{RecordalStatus, RightKind};
    use crate::history::History;
    use crate::screening::screen;
    use crate::screening::test_support::{authorising, declaration, mark, reference};

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
        expect(&declaration("Nike, Adidas"), apart, &[("T2", 60), ("T1", 60)]);
    }

    #[test]
    fn the_points_of_a_place_go_to_whoever_has_not_allowed_it() {
        // Another holder's mark of the same name: the consignor has no leave of theirs.
        let other = vec![authorising(mark("T1", "Nike", "A")), mark("T2", "Nike", "B")];
        expect(&declaration("Nike"), other, &[("T2", 60), ("T1", 0)]);
        // The same holder's other recordal is covered.
        let same = vec![mark("T1", "Nike", "A"), authorising(mark("T2", "Nike", "A"))];
        expect(&declaration("Nike"), same, &[("T2", 60), ("T1", 0)]);
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
