//! Measures how well marks are found and honest parcels left alone, on a labelled folder.
//!
//!     quality FOLDER            recall at fixed budgets of false holds, by technique and class
//!     quality FOLDER --fit      points that do better on the half of the folder that is for fitting, as TOML
//!     quality FOLDER --misses   what is missed and what is wrongly held, for reading
//!     quality FOLDER --ablate   what each guard saves and what it costs
//!
//! The folder has `declarations.ndjson`, `labels.ndjson` and `recordals.ndjson` (here or in its parent).

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use support::{Half, Labelled, Outcome, report};

fn main() -> ExitCode {
    let mut folder = None;
    let mut task = Task::Report;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--fit" => task = Task::Fit,
            "--misses" => task = Task::Misses,
            "--ablate" => task = Task::Ablate,
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let Some(folder) = folder else {
        eprintln!("quality: name the labelled folder, as in `make quality DATA=FOLDER`");
        return ExitCode::from(64);
    };
    match run(&folder, task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("quality: {problem}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Clone, Copy)]
enum Task {
    Report,
    Fit,
    Misses,
    Ablate,
}

fn run(folder: &Path, task: Task) -> Result<(), String> {
    let mut set = Labelled::read(folder)?;
    match task {
        Task::Report => report_halves(&set),
        Task::Fit => support::fit(&mut set),
        Task::Misses => support::misses(&set, &set.screen()),
        Task::Ablate => support::ablate(&mut set),
    }
    Ok(())
}

fn report_halves(set: &Labelled) {
    let outcomes = set.screen();
    for (name, half) in
        [("all", None), ("fitted on", Some(Half::Fitted)), ("held back", Some(Half::HeldBack))]
    {
        println!("\n== {name}");
        report(set, &chosen(set, &outcomes, half));
    }
}

fn chosen<'a>(
    set: &Labelled,
    outcomes: &'a [Outcome],
    half: Option<Half>,
) -> BTreeMap<usize, &'a Outcome> {
    let all = outcomes.iter().enumerate();
    all.filter(|(index, _)| half.is_none_or(|half| set.half(*index) == half)).collect()
}
