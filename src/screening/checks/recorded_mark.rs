//! A recorded mark stands in the declared text.
//!
//! Each recordal is named once, where it counts most. Each place counts once: where several recordals carry the
//! mark, or marks overlap, one of them has the points, and it is one the consignor is not authorised to use if
//! there is such a one.

use std::cmp::Reverse;
use std::ops::Range;

use super::super::Subject;
use super::super::notes::Note;
use crate::domain::{CheckCode, Field, Finding, Line, Recordal, TechniqueSet};
use crate::register::{Candidate, RecordalId, Search};
use crate::text::fold;

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

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let mut hits = Vec::new();
    let mut candidates = Vec::new();
    for line in &subject.declaration.lines {
        for (field, declared) in [
            (Field::Brand, &line.brand),
            (Field::Description, &line.description),
            (Field::Model, &line.model),
        ] {
            candidates.clear();
            let search = subject.reference.register.find(
                declared,
                &fold(declared),
                subject.history.as_of,
                &mut candidates,
            );
            hits.extend(
                candidates
                    .drain(..)
                    .filter_map(|candidate| Hit::new(subject, line, field, declared, candidate)),
            );
            if search == Search::Truncated {
                findings.push(too_many(subject, line, field));
            }
        }
    }
    findings.extend(
        count_each_place_once(name_each_recordal_once(hits))
            .map(|(hit, points)| finding(subject, &hit, points)),
    );
}

fn name_each_recordal_once(mut hits: Vec<Hit<'_>>) -> Vec<Hit<'_>> {
    hits.sort_by_key(|hit| {
        (hit.recordal_id, Reverse(hit.points), hit.line.line_no, hit.span.start)
    });
    hits.dedup_by_key(|hit| hit.recordal_id);
    hits
}

/// Pairs each hit with its points; a place that has counted gives none again.
fn count_each_place_once(mut hits: Vec<Hit<'_>>) -> impl Iterator<Item = (Hit<'_>, i32)> {
    hits.sort_by_key(|hit| {
        (hit.authorised, Reverse(hit.points), Reverse(hit.span.len()), hit.recordal_id)
    });
    hits.truncate(FINDINGS_MAX);
    let points = hits
        .iter()
        .enumerate()
        .map(|(index, hit)| {
            let counted = hits.iter().take(index).any(|before| before.overlaps(hit));
            if counted { 0 } else { hit.points }
        })
        .collect::<Vec<_>>();
    hits.into_iter().zip(points)
}

fn finding(subject: &Subject<'_>, hit: &Hit<'_>, points: i32) -> Finding {
    let matched_text = hit.matched_text();
    let note = Note::RecordedMark {
        mark: &hit.recordal.right_name,
        holder: &hit.recordal.holder.name,
        recordal_no: &hit.recordal.recordal_no,
        field: hit.field,
        matched_text: &matched_text,
        techniques: hit.techniques,
        counted_elsewhere: points == 0 && hit.points != 0,
    }
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
