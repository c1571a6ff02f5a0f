//! The policy file: points and thresholds, over the policy that ships with the program.

use std::path::Path;

use crate::domain::Technique;

use super::conditions;
use super::daemon::DaemonSettings;
use super::reader::{ConfigError, Reader};
use crate::screening::{
    ComplaintsPoints, DataQualityPoints, PartyHistoryPoints, PatternPoints, Points, Policy,
    RandomSample, RecordedMarkPoints, SellerPoints,
};

/// The policy built into the program.
pub const SHIPPED_POLICY: &str = include_str!("../../config/policy.toml");

/// What conditions may name.
const REGIONS: &str = include_str!("../../config/facts/regions.toml");
const GOODS_GROUPS: &str = include_str!("../../config/facts/goods-groups.toml");

/// What a piece of goods is usually worth.
const UNIT_VALUES: &str = include_str!("../../config/facts/unit-values.toml");

/// Points that a finding may have.
const POINTS: std::ops::RangeInclusive<i32> = -1_000..=1_000;
const HARM: std::ops::RangeInclusive<i32> = 0..=1_000;

/// A policy, and its text in effect.
pub type LoadedPolicy = (Policy, String);

/// Reads a policy, or the shipped one. With it comes its text in effect, key by key: comments and layout of the file
/// do not count, so that its hash says what is in force. `named_by` is the key or option that names the file.
///
/// # Errors
/// Every problem, each with its place and key.
pub fn load_policy(file: Option<&Path>, named_by: &str) -> Result<LoadedPolicy, ConfigError> {
    let mut reader = shipped_reader();
    if let Some(file) = file {
        reader.lay_file(file, named_by);
    }
    let policy = read(&mut reader);
    let effective = reader.finish()?;
    Ok((policy, effective))
}

/// The policy that is to be in force, and the one to try beside it where the settings name one; each as [`load_policy`]
/// reads it.
///
/// # Errors
/// Every problem of both.
pub fn load_policies(
    settings: &DaemonSettings,
) -> Result<(LoadedPolicy, Option<LoadedPolicy>), ConfigError> {
    let DaemonSettings { policy_file, shadow_policy_file, .. } = settings;
    let live = load_policy(policy_file.as_deref(), "policy.file");
    let load_shadow = |file| load_policy(Some(file), "policy.shadow");
    match (live, shadow_policy_file.as_deref().map(load_shadow).transpose()) {
        (Ok(live), Ok(shadow)) => Ok((live, shadow)),
        (live, shadow) => {
            let problems = [live.err(), shadow.err()].into_iter().flatten();
            Err(ConfigError(problems.flat_map(|it| it.0).collect()))
        }
    }
}

/// Reads a policy from its text in effect, as [`load_policy`] gave it.
///
/// # Errors
/// A policy of a program that has other keys.
pub fn restore_policy(name: &str, effective: &str) -> Result<(Policy, String), ConfigError> {
    let mut reader = Reader::restored(name, effective);
    let policy = read(&mut reader);
    Ok((policy, reader.finish()?))
}

fn shipped_reader() -> Reader {
    let mut reader = Reader::built_in("built-in policy.toml", SHIPPED_POLICY);
    reader.lay_built_in("built-in regions.toml", REGIONS);
    reader.lay_built_in("built-in goods-groups.toml", GOODS_GROUPS);
    reader.lay_built_in("built-in unit-values.toml", UNIT_VALUES);
    reader
}

/// A reader that was asked for every key of the shipped policy and of `more`.
pub(super) fn asked_reader(more: &str) -> Reader {
    let mut reader = shipped_reader();
    reader.lay_built_in("more", more);
    read(&mut reader);
    reader
}

fn read(reader: &mut Reader) -> Policy {
    let mut under =
        |table: &str, name: &str, range| reader.points(&format!("{table}.{name}"), range);
    let points = Points {
        recorded_mark: RecordedMarkPoints::from_names(|name| {
            under("points.recorded_mark", name, POINTS)
        }),
        technique: Technique::ALL
            .map(|it| under("points.recorded_mark.technique", it.code(), POINTS)),
        seller: SellerPoints::from_names(|name| under("points.seller", name, HARM)),
        complaints: ComplaintsPoints::from_names(|name| under("points.complaints", name, HARM)),
        party_history: PartyHistoryPoints::from_names(|name| match name {
            "half_life_days" => under("points.party_history", name, 1..=36_500),
            _ => under("points.party_history", name, HARM),
        }),
        pattern: PatternPoints::from_names(|name| match name {
            "price_gap_below_percent" | "undervalued_below_percent" => {
                under("points.pattern", name, 0..=100)
            }
            "personal_quantity" => under("points.pattern", name, -1_000..=0),
            _ => under("points.pattern", name, HARM),
        }),
        customs_alert_most: under("points.customs_alert", "most", HARM),
        data_quality: DataQualityPoints::from_names(|name| {
            under("points.data_quality", name, HARM)
        }),
    };
    let hold_threshold = reader.points("hold_threshold", 1..=1_000_000);
    let per_10_000 = reader.count("random_sample.per_10_000", 0..=10_000);
    let seed = reader.text("random_sample.seed");
    if per_10_000 > 0 && seed.is_empty() {
        reader.refuse("random_sample.seed", "must be a text that nobody can guess");
    }
    let random_sample = RandomSample::new(u32::try_from(per_10_000).unwrap_or(0), &seed);
    let lists = conditions::lists(reader);
    Policy {
        hold_threshold,
        points,
        random_sample,
        rules: conditions::rules(reader, &lists),
        campaigns: conditions::campaigns(reader, &lists),
        currencies: conditions::currencies(reader),
        unit_values: conditions::unit_values(reader),
        lists,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_policy_is_complete_and_a_file_changes_what_it_names() {
        let (shipped, shipped_text) = load_policy(None, "").unwrap();
        assert_eq!(shipped.hold_threshold, 60);

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, "# stricter\nhold_threshold = 50\n").unwrap();
        let (policy, text) = load_policy(Some(&path), "policy.file").unwrap();
        assert_eq!(policy, Policy { hold_threshold: 50, ..shipped });
        assert_ne!(text, shipped_text);

        std::fs::write(&path, "# only a comment\n").unwrap();
        assert_eq!(load_policy(Some(&path), "policy.file").unwrap().1, shipped_text);
    }

    #[test]
    fn a_policy_is_restored_from_its_text_in_effect() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        let toml = r#"hold_threshold = 50
            regions.nearby = ["VN", "LA"]
            [currencies]
            "USD 2026-07-01" = "7.20"
            [[rule]]
            id = "many"
            note = "多件 = 商业, \"quoted\""
            points = -5
            destination = ["@nearby", "US"]
            quantity_from = 20
            valid_from = 2026-06-01
            [[rule]]
            id = "held"
            note = "held"
            hold = true
        "#;
        std::fs::write(&path, toml).unwrap();
        for file in [None, Some(path.as_path())] {
            let written = load_policy(file, "policy.file").unwrap();
            assert_eq!(restore_policy("archive", &written.1).unwrap(), written);
        }
    }

    #[test]
    fn problems_of_the_policy_in_force_and_of_the_one_to_try_are_told_together() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, toml: &str| std::fs::write(folder.path().join(name), toml).unwrap();
        write("hub.toml", "[policy]\nfile = \"live.toml\"\nshadow = \"shadow.toml\"\n");
        let settings =
            || DaemonSettings::load(&[folder.path().join("hub.toml")], std::iter::empty());
        write("live.toml", "hold_threshold = 0\n");
        write("shadow.toml", "hold_threshold = 0\n[points.seller]\nnone = 1\n");
        let problems = load_policies(&settings().unwrap()).unwrap_err().0;
        let told = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert_eq!(problems.len(), 3, "{told}");
        for expected in
            ["live.toml:1: hold", "shadow.toml:1: hold", "shadow.toml:3: points.seller.none"]
        {
            assert!(told.contains(expected), "{told}");
        }

        write("live.toml", "hold_threshold = 50\n");
        write("shadow.toml", "hold_threshold = 70\n");
        let (live, shadow) = load_policies(&settings().unwrap()).unwrap();
        let shadow = shadow.unwrap();
        assert_eq!((live.0.hold_threshold, shadow.0.hold_threshold), (50, 70));
        assert_ne!(live.1, shadow.1);
        write("hub.toml", "[policy]\nfile = \"live.toml\"\n");
        assert!(load_policies(&settings().unwrap()).unwrap().1.is_none());
    }

    #[test]
    fn problems_name_file_line_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, "hold_threshold = 0\n[points.recorded_mark]\nbrands = 1\n").unwrap();
        let error = load_policy(Some(&path), "policy.file").unwrap_err().to_string();
        for expected in
            ["policy.toml:1: hold_threshold", "policy.toml:3: points.recorded_mark.brands"]
        {
            assert!(error.contains(expected), "{error}");
        }
    }
}
