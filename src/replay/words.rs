//! How a difference is told, in the officer's language.

use super::{Difference, Recorded, Summary};
use crate::domain::Verdict;
use crate::screening::Language;
use crate::text::visible;

/// One line for a difference.
#[must_use]
pub fn line(difference: &Difference, language: Language) -> String {
    let english = language == Language::English;
    match difference {
        Difference::Otherwise { recorded, now } => {
            let (place, was) = place(recorded, language);
            let now = told(*now, language);
            if english {
                format!("{place}: {was} recorded, {now} when screened again")
            } else {
                format!("{place}：记录为{was}，重新判定为{now}")
            }
        }
        Difference::Missing { source, declaration_id, now } => {
            let now = told(*now, language);
            let id = visible(declaration_id);
            if english {
                format!("{source} declaration {id}: no decision recorded, {now} when screened")
            } else {
                format!("{source} 申报单 {id}：没有记录决定，判定为{now}")
            }
        }
        Difference::Unfounded(recorded) => {
            let (place, was) = place(recorded, language);
            if english {
                format!("{place}: {was} recorded, and no declaration for it")
            } else {
                format!("{place}：记录为{was}，但没有对应的申报")
            }
        }
        Difference::Unverified { recorded, versions } => {
            let (place, was) = place(recorded, language);
            let (policy, register) = (&versions.policy, &versions.register);
            let signals = &versions.signals;
            if english {
                format!(
                    "{place}: {was} recorded under policy {policy}, register {register}, signals {signals}, which are not at hand"
                )
            } else {
                format!(
                    "{place}：记录为{was}，所依据的策略 {policy}、备案库 {register}、情报 {signals} 不在手边"
                )
            }
        }
    }
}

fn place(recorded: &Recorded, language: Language) -> (String, String) {
    let Recorded { source, declaration_id, summary } = recorded;
    let id = visible(declaration_id);
    let place = match language {
        Language::English => format!("{source} declaration {id}"),
        Language::Chinese => format!("{source} 申报单 {id}"),
    };
    (place, told(*summary, language))
}

fn told(Summary { verdict, score }: Summary, language: Language) -> String {
    let says = match (verdict, language) {
        (Verdict::Hold(_), Language::English) => "HOLD",
        (Verdict::Release, Language::English) => "RELEASE",
        (Verdict::Hold(_), Language::Chinese) => "布控",
        (Verdict::Release, Language::Chinese) => "放行",
    };
    format!("{says} {score}")
}
