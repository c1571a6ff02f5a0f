//! Measures how well marks are found and honest parcels left alone, on a labelled folder.
//!
//!     quality FOLDER            recall at fixed budgets of false holds, by technique and class
//!     quality FOLDER --fit      points that do better on the half of the folder that is for fitting, as TOML
//!     quality FOLDER --misses   what is missed and what is wrongly held, for reading
//!
//! The folder has `declarations.ndjson`, `labels.ndjson` and `recordals.ndjson` (here or in its parent).

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use support::{Half, Labelled, Outcome, report};

fn main() -> ExitCode {
    let mut folder = None;
    let (mut fit, mut misses) = (false, false);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--fit" => fit = true,
            "--misses" => misses = true,
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let Some(folder) = folder else {
        eprintln!("quality: name the labelled folder, as in `make quality DATA=FOLDER`");
        return ExitCode::from(64);
    };
    match run(&folder, fit, misses) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("quality: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path, fit: bool, misses: bool) -> Result<(), String> {
    let mut set = Labelled::read(folder)?;
    if fit {
        support::fit(&mut set);
        return Ok(());
    }
    let outcomes = set.screen();
    if misses {
        support::misses(&set, &outcomes);
        return Ok(());
    }
    for (name, half) in
        [("all", None), ("fitted on", Some(Half::Fitted)), ("held back", Some(Half::HeldBack))]
    {
        println!("\n== {name}");
        report(&set, &chosen(&set, &outcomes, half));
    }
    Ok(())
}

fn chosen<'a>(
    set: &Labelled,
    outcomes: &'a [Outcome],
    half: Option<Half>,
) -> BTreeMap<usize, &'a Outcome> {
    let all = outcomes.iter().enumerate();
    all.filter(|(index, _)| half.is_none_or(|half| set.half(*index) == half)).collect()
}
