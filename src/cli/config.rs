//! `parcelgate config`: the settings in force, and what there is to set.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::Subcommand;

use super::ConfigArgs;
use super::exit::{Exit, Failure};
use crate::config::{
    DaemonSettings, EffectiveSetting, policy_schema, settings_reference, settings_schema,
};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Every setting in force, as a settings file has it, with the place that it comes from; secrets are not shown
    Print(ConfigArgs),
    /// The JSON schema of the settings file
    Schema {
        /// That of the policy file
        #[arg(long)]
        policy: bool,
    },
    /// Every setting explained, as Markdown
    Reference,
}

pub(super) fn run(command: &ConfigCommand) -> Result<Exit, Failure> {
    let text = match command {
        ConfigCommand::Print(arguments) => {
            printed(&DaemonSettings::load(&arguments.files, std::env::vars())?.effective)
        }
        ConfigCommand::Schema { policy: false } => settings_schema(),
        ConfigCommand::Schema { policy: true } => policy_schema(),
        ConfigCommand::Reference => settings_reference(),
    };
    let written = std::io::stdout().write_all(text.as_bytes());
    written.map_err(|error| Failure::output(&error))?;
    Ok(Exit::Ok)
}

/// A settings file that says the same, secrets aside.
fn printed(settings: &[EffectiveSetting]) -> String {
    let mut text = String::new();
    let mut section = "";
    for EffectiveSetting { section: of, name, value, origin } in settings {
        if of != section {
            section = of;
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}[{section}]");
        }
        let _ = match value {
            Some(value) => writeln!(text, "{name} = {value} # {origin}"),
            None => writeln!(text, "# {name} is set and not shown # {origin}"),
        };
    }
    text
}
