//! `parcelgate replay`: recorded decisions held against what screening again gives.

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::exit::{Exit, Failure};
use super::input::{LIMITS, ReferenceArgs};
use super::records::{MESSAGE_LIMITS, Recorded, Records, Rejects};
use crate::domain::{Decision, Source, Versions};
use crate::pipeline::Notices;
use crate::pipeline::judge::{Judge, Outcome, ScreeningTime};
use crate::replay::{Difference, Full, Ledger, Unmatched, line, summary};
use crate::screening::{Language, Reference, screen};
use crate::wire::{Stamped, decode_declaration, decode_record};

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    #[command(flatten)]
    reference: ReferenceArgs,
    /// The folder in which the daemon keeps policies and registers ([archive] dir)
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
    /// Declarations as recorded, one JSON message a line
    declarations: PathBuf,
    /// Decisions as recorded, one JSON message a line
    decisions: PathBuf,
}

pub(super) fn run(arguments: &ReplayArgs) -> Result<Exit, Failure> {
    let mut audit = Audit { arguments, references: vec![arguments.reference.open()?] };
    let (ledger, rejects) = recorded(&arguments.decisions)?;
    let is_at_hand = audit.match_versions(ledger.versions())?;
    let count = ledger.len();
    let (unmatched, rejected_declarations) = audit.screen(&ledger, &is_at_hand)?;
    let at_hand = is_at_hand.iter().map(Option::is_some).collect::<Vec<_>>();
    let differences = ledger.differences(unmatched, &at_hand);
    audit.tell(count, &differences)?;
    let told = [rejects.tell("decisions"), rejected_declarations.tell("declarations")];
    let all_agree = differences.is_empty() && told == [Exit::Ok, Exit::Ok];
    Ok(if all_agree { Exit::Ok } else { Exit::Rejected })
}

/// The recorded decisions of a file.
fn recorded(file: &Path) -> Result<(Ledger, Rejects), Failure> {
    let sums = Records::Lines(Some(file)).fold(Page::default, Page::add)?;
    let mut ledger = Ledger::default();
    let mut rejects = Rejects::default();
    for page in sums {
        let merged = page.is_full.map_or(Ok(()), Err).and_then(|()| ledger.merge(page.ledger));
        merged.map_err(|full| Failure::new(Exit::Usage, full))?;
        rejects.merge(page.rejects);
    }
    Ok((ledger, rejects))
}

/// What a core has recorded.
#[derive(Default)]
struct Page {
    ledger: Ledger,
    rejects: Rejects,
    is_full: Option<Full>,
}

impl Page {
    fn add(&mut self, record: Recorded<'_>) {
        match decode_record::<Stamped>(record.payload, record.content_type, &MESSAGE_LIMITS) {
            Ok(Stamped { decision, source, decided_at }) => {
                self.is_full =
                    self.ledger.record(decision, source, decided_at).err().or(self.is_full);
            }
            Err(error) => self.rejects.add(record.source, || error.to_string()),
        }
    }
}

/// What is screened again, and under what.
struct Audit<'a> {
    arguments: &'a ReplayArgs,
    references: Vec<Reference>,
}

/// What a core found.
#[derive(Default)]
struct Found {
    unmatched: Vec<Unmatched>,
    rejects: Rejects,
    /// What the last decision that came out the same was written in: the next one will be too.
    language: Language,
}

impl Audit<'_> {
    /// For each set of versions the reference that has them, where one has. The program's own version is no hindrance: a
    /// newer one has to decide the same.
    fn match_versions(&mut self, sets: &[Versions]) -> Result<Vec<Option<usize>>, Failure> {
        sets.iter().map(|versions| self.reference_of(versions)).collect()
    }

    fn reference_of(&mut self, versions: &Versions) -> Result<Option<usize>, Failure> {
        let is_same = |reference: &Reference| {
            let ours = &reference.versions;
            (&ours.policy, &ours.register, &ours.signals)
                == (&versions.policy, &versions.register, &versions.signals)
        };
        if let Some(known) = self.references.iter().position(is_same) {
            return Ok(Some(known));
        }
        let Some(dir) = &self.arguments.archive else { return Ok(None) };
        let kept = self.arguments.reference.open_kept(dir, versions)?;
        Ok(kept.filter(is_same).map(|reference| {
            self.references.push(reference);
            self.references.len() - 1
        }))
    }

    /// Screens every declaration under what its decisions were made under.
    fn screen(
        &self,
        ledger: &Ledger,
        at_hand: &[Option<usize>],
    ) -> Result<(Vec<Unmatched>, Rejects), Failure> {
        let records = Records::Lines(Some(&self.arguments.declarations));
        let sums = records.fold(Found::default, |found, record| {
            self.screen_one(ledger, at_hand, record, found);
        })?;
        let mut all = Found::default();
        for found in sums {
            all.unmatched.extend(found.unmatched);
            all.rejects.merge(found.rejects);
        }
        Ok((all.unmatched, all.rejects))
    }

    fn screen_one(
        &self,
        ledger: &Ledger,
        at_hand: &[Option<usize>],
        record: Recorded<'_>,
        found: &mut Found,
    ) {
        let decoded = decode_declaration(record.payload, record.content_type, &LIMITS);
        let id = match &decoded {
            Ok(decoded) => Some(&decoded.declaration.declaration_id),
            Err(rejection) => rejection.ids.as_ref().map(|ids| &ids.declaration_id),
        };
        let Some(id) = id else {
            // Set aside: there is no decision on it.
            let rejection = decoded.err().map(|it| it.detail).unwrap_or_default();
            found.rejects.add(record.source, || rejection);
            return;
        };
        let mut decisions = ledger.decided(id).peekable();
        if decisions.peek().is_none() {
            let time = ScreeningTime::DeclaredOr(Timestamp::now());
            let now = self.judge(0, Language::default(), record, time);
            found.unmatched.extend(now.map(|now| unmatched(record.source, &now)));
            return;
        }
        let mut last = None;
        for (source, decided_at, set) in decisions {
            let Some(Some(reference)) = at_hand.get(set) else { return };
            let time = self.screening_time(source, decided_at);
            // In whatever language notes were recorded: versions do not say.
            for language in [found.language, found.language.other()] {
                let Some(mut now) = self.judge(*reference, language, record, time) else {
                    continue;
                };
                // Whatever program decided: it is the decision that counts.
                now.versions = recorded_versions(ledger, set);
                let told = unmatched(record.source, &now);
                if ledger.strike_off(now) {
                    found.language = language;
                    return;
                }
                last = Some(told);
            }
        }
        found.unmatched.extend(last);
    }

    fn judge(
        &self,
        reference: usize,
        language: Language,
        record: Recorded<'_>,
        time: ScreeningTime,
    ) -> Option<Decision> {
        let reference = Reference { language, ..self.references.get(reference)?.clone() };
        let judge = Judge {
            reference: &reference,
            limits: &LIMITS,
            shadow: None,
            dead_letter_payload: false,
            notices: &Notices::default(),
            screen,
        };
        match judge.judge(record.payload, record.content_type, record.source, time) {
            Outcome::Decided { decision, .. } | Outcome::HeldUnreadable { decision, .. } => {
                Some(decision)
            }
            Outcome::SetAside { .. } => None,
        }
    }

    /// As the decision was made: a declared time was believed where it could be true of the moment, but in a file always.
    fn screening_time(&self, source: &Source, decided_at: Timestamp) -> ScreeningTime {
        if source.topic == "file" {
            self.arguments.reference.screening_time(decided_at)
        } else {
            ScreeningTime::Received(decided_at)
        }
    }

    fn tell(&self, count: usize, differences: &[Difference]) -> Result<(), Failure> {
        let language = self.arguments.reference.language();
        let mut output = BufWriter::new(io::stdout().lock());
        let mut write = || {
            for difference in differences {
                writeln!(output, "{}", line(difference, language))?;
            }
            let unlike = differences.len();
            match language {
                Language::English => {
                    writeln!(output, "{count} decisions, {unlike} of which do not agree")
                }
                Language::Chinese => writeln!(output, "共 {count} 个决定，其中 {unlike} 个不一致"),
            }?;
            output.flush()
        };
        write().map_err(|error| Failure::output(&error))
    }
}

fn recorded_versions(ledger: &Ledger, set: usize) -> std::sync::Arc<Versions> {
    std::sync::Arc::new(ledger.versions().get(set).cloned().unwrap_or_default())
}

fn unmatched(source: &Source, now: &Decision) -> Unmatched {
    Unmatched::new(source, now.declaration_id.clone(), summary(now))
}
