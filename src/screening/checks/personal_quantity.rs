//! Few pieces by post, as persons send them for their own use (Measures on customs protection of intellectual property,
//! Art. 31). Counterfeits travel so too, so this lowers the rank of a hold and never undoes it.

use super::super::Subject;
use super::super::notes::Note;
use super::super::total;
use crate::domain::{Channel, CheckCode, Field, Finding};

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let policy = &subject.reference.policy;
    let worth = &policy.points.pattern;
    let lines = subject.declaration.lines.iter();
    let pieces = lines.fold(0_u32, |sum, line| sum.saturating_add(line.quantity));
    let is_personal = subject.declaration.channel == Channel::Post
        && pieces > 0
        && i64::from(pieces) <= i64::from(worth.personal_pieces_most);
    // What is above the threshold may be taken off; below it there is nothing to rank.
    let above = total(&*findings).saturating_sub(policy.hold_threshold);
    let points = worth.personal_quantity.max(above.saturating_neg());
    if is_personal && points < 0 {
        let note = subject.note(&Note::PersonalQuantity { pieces });
        let finding = Finding::new(CheckCode::PersonalQuantity, points, note);
        findings.push(Finding { field: Field::Quantity, ..finding });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Declaration, Verdict};
    use crate::history::History;
    use crate::screening::screen;
    use crate::screening::test_support::{declaration, mark, reference};

    /// A mark in the description is worth 60, in the brand 80; a parcel is held from 60 on.
    fn score(brand: &str, spoil: impl FnOnce(&mut Declaration)) -> (i32, bool) {
        let mut parcel = declaration("Nike shoes");
        parcel.lines[0].brand = brand.to_owned();
        parcel.lines[0].quantity = 1;
        spoil(&mut parcel);
        let reference = reference(vec![mark("T1", "Nike", "A")]);
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        let decision = screen(&parcel, &reference, &history);
        (decision.score, decision.verdict != Verdict::Release)
    }

    #[test]
    fn a_single_piece_lowers_the_rank_and_never_releases() {
        assert_eq!(score("Nike", |_| {}), (70, true));
        assert_eq!(score("Acme", |_| {}), (60, true));
        assert_eq!(score("Nike", |it| it.lines[0].quantity = 2), (80, true));
        assert_eq!(score("Nike", |it| it.lines[0].quantity = 0).0, 81, "a fault of the data");
        let express = |it: &mut Declaration| it.channel = Channel::Express;
        assert_eq!(score("Nike", express), (80, true));
        let plain = |it: &mut Declaration| it.lines[0].description = "shoes".to_owned();
        assert_eq!(score("Acme", plain), (0, false));
    }
}
