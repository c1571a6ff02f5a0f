//! TOML files and environment variables, laid one over the other and read key by key.
//!
//! Reading never stops at the first problem: a bad value is noted, a stand-in taken, and [`Reader::finish`] tells all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::fs::{self, File};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use toml::de::{DeTable, DeValue};

/// Environment variables that begin so are settings; `__` separates section and key.
pub(super) const ENVIRONMENT_PREFIX: &str = "PARCELGATE__";

/// Largest settings or policy file.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// One thing that is wrong, where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A file and line, or an environment variable.
    pub origin: String,
    /// The dotted key; empty where the file as a whole is meant.
    pub key: String,
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "{}: {}", self.origin, self.reason)
        } else {
            write!(f, "{}: {}: {}", self.origin, self.key, self.reason)
        }
    }
}

/// Every problem of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(pub Vec<Problem>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(f, "{only}"),
            problems => {
                write!(f, "{} problems", problems.len())?;
                problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}

/// A value as written, with where.
#[derive(Debug, Clone)]
struct Entry {
    value: Value,
    origin: String,
    /// Where relative paths start.
    folder: PathBuf,
    /// The number of its layer: a secret and its file compete by it.
    layer: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    Integer(i64),
    Flag(bool),
    Texts(Vec<String>),
    /// From the environment: the key's kind decides what it is.
    Untyped(String),
    Unsupported(&'static str),
}

/// What kind of value a key takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A text that is one of these.
    Choice(Vec<String>),
    Integer(RangeInclusive<i64>),
    Flag,
    /// A list of texts, or a single text.
    Texts,
}

/// A setting as it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveSetting {
    pub section: String,
    pub name: String,
    /// As TOML has it; `None` for a secret, which is shown to nobody.
    pub value: Option<String>,
    /// A file and line, or an environment variable.
    pub origin: String,
}

/// Layers of settings, read key by key.
#[derive(Debug, Default)]
pub(super) struct Reader {
    entries: BTreeMap<String, Entry>,
    layers: usize,
    /// The keys that mean something, and what kind of value each takes; `None` where only its presence was asked for.
    asked: BTreeMap<String, Option<Kind>>,
    secrets: BTreeSet<String>,
    problems: Vec<Problem>,
    /// Values as they were read: what a content hash is made over.
    effective: String,
}

impl Reader {
    /// Lays the text of a built-in file under everything else.
    pub(super) fn built_in(name: &str, text: &str) -> Self {
        let mut reader = Self::default();
        reader.lay_text(name, text, Path::new(""));
        reader
    }

    /// Lays values as [`Self::finish`] gave them: one key a line. What each is its key decides.
    pub(super) fn restored(name: &str, effective: &str) -> Self {
        let mut reader = Self { layers: 1, ..Self::default() };
        for (number, line) in (1..).zip(effective.lines()) {
            let Some((key, value)) = line.split_once(" = ") else { continue };
            let value = serde_json::from_str(value)
                .map_or_else(|_| Value::Untyped(value.to_owned()), Value::Texts);
            reader.lay(key.to_owned(), value, format!("{name}:{number}"), Path::new(""));
        }
        reader
    }

    /// Lays a file over what is there.
    pub(super) fn lay_file(&mut self, path: &Path, named_by: &str) {
        let origin = path.display().to_string();
        match read_limited(path) {
            Ok(text) => {
                let folder = path.parent().unwrap_or(Path::new("")).to_owned();
                self.lay_text(&origin, &text, &folder);
            }
            Err(reason) => {
                self.problem(origin, named_by, format!("{reason}; name a readable file there"));
            }
        }
    }

    fn lay_text(&mut self, origin: &str, text: &str, folder: &Path) {
        self.layers += 1;
        match DeTable::parse(text) {
            Ok(table) => self.lay_table(origin, text, folder, "", table.get_ref()),
            Err(error) => {
                let line = error.span().map_or(1, |span| line_of(text, span.start));
                self.problem(format!("{origin}:{line}"), "", error.message().to_owned());
            }
        }
    }

    fn lay_table(
        &mut self,
        origin: &str,
        text: &str,
        folder: &Path,
        prefix: &str,
        table: &DeTable<'_>,
    ) {
        for (name, value) in table {
            let key = if prefix.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{prefix}.{}", name.get_ref())
            };
            let origin_line = format!("{origin}:{}", line_of(text, name.span().start));
            let value = match value.get_ref() {
                DeValue::Table(inner) => {
                    self.lay_table(origin, text, folder, &key, inner);
                    continue;
                }
                DeValue::String(text) => Value::Text(text.to_string()),
                DeValue::Boolean(flag) => Value::Flag(*flag),
                DeValue::Integer(digits) => {
                    i64::from_str_radix(&digits.as_str().replace('_', ""), digits.radix())
                        .map_or(Value::Unsupported("an integer out of range"), Value::Integer)
                }
                DeValue::Float(_) => Value::Unsupported("a fraction"),
                DeValue::Datetime(time) => Value::Text(time.to_string()),
                DeValue::Array(items) if is_of_tables(items) => {
                    for item in items {
                        self.lay_item(origin, text, folder, &key, item);
                    }
                    continue;
                }
                DeValue::Array(items) => texts_of(items)
                    .map_or(Value::Unsupported("a list of something else"), Value::Texts),
            };
            self.lay(key, value, origin_line, folder);
        }
    }

    /// Lays a table of a list under its id, so that later layers change it key by key.
    fn lay_item(
        &mut self,
        origin: &str,
        text: &str,
        folder: &Path,
        list: &str,
        item: &toml::Spanned<DeValue<'_>>,
    ) {
        let line = format!("{origin}:{}", line_of(text, item.span().start));
        let table = item.get_ref().as_table();
        let id = table.and_then(|table| table.get("id")).and_then(|id| id.get_ref().as_str());
        let (Some(table), Some(id)) = (table, id.filter(|id| is_id(id))) else {
            let reason = "needs an id of letters, digits, - and _";
            return self.problem(line, list, reason.to_owned());
        };
        let key = format!("{list}.{id}");
        let layer = self.layers;
        let is_here_already =
            |entry: &Entry| entry.layer == layer && matches!(entry.value, Value::Text(_));
        if self.entries.get(&format!("{key}.id")).is_some_and(is_here_already) {
            return self.problem(line, &key, "stands there twice; ids are unique".to_owned());
        }
        self.lay_table(origin, text, folder, &key, table);
    }

    /// Lays the text of another built-in file over what is there.
    pub(super) fn lay_built_in(&mut self, name: &str, text: &str) {
        self.lay_text(name, text, Path::new(""));
    }

    /// The ids or names of what stands under a key, sorted.
    pub(super) fn items(&self, list: &str) -> Vec<String> {
        let beginning = format!("{list}.");
        let mut items = self
            .entries
            .keys()
            .filter_map(|key| key.strip_prefix(&beginning)?.split('.').next())
            .map(str::to_owned)
            .collect::<Vec<_>>();
        items.dedup();
        items
    }

    /// Whether a key that may be left out is there.
    pub(super) fn has(&mut self, key: &str) -> bool {
        self.asked.entry(key.to_owned()).or_default();
        self.entries.contains_key(key)
    }

    /// A list of texts; a single text is a list of one.
    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        self.read(key, Kind::Texts, |value| match value {
            Value::Texts(texts) => Ok(texts.clone()),
            Value::Text(text) | Value::Untyped(text) => Ok(vec![text.clone()]),
            other => Err(format!("must be a list of texts, is {}", other.kind())),
        })
        .unwrap_or_default()
    }

    /// Lays the environment's settings over what is there.
    pub(super) fn lay_environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        self.layers += 1;
        for (name, value) in variables {
            if let Some(rest) = name.strip_prefix(ENVIRONMENT_PREFIX) {
                let key = rest.to_lowercase().replace("__", ".");
                let origin = format!("environment variable {name}");
                self.lay(key, Value::Untyped(value), origin, Path::new(""));
            }
        }
    }

    fn lay(&mut self, key: String, value: Value, origin: String, folder: &Path) {
        let entry = Entry { value, origin, folder: folder.to_owned(), layer: self.layers };
        self.entries.insert(key, entry);
    }

    pub(super) fn text(&mut self, key: &str) -> String {
        self.read(key, Kind::Text, |value| match value {
            Value::Text(text) | Value::Untyped(text) => Ok(text.clone()),
            other => Err(format!("must be a text, is {}", other.kind())),
        })
        .unwrap_or_default()
    }

    /// A text that is not empty.
    pub(super) fn name(&mut self, key: &str) -> String {
        let text = self.text(key);
        if text.trim().is_empty() && self.entries.contains_key(key) {
            self.refuse(key, "must not be empty");
        }
        text
    }

    pub(super) fn integer(&mut self, key: &str, range: RangeInclusive<i64>) -> i64 {
        let (least, most) = (*range.start(), *range.end());
        self.read(key, Kind::Integer(range.clone()), |value| {
            let integer = match value {
                Value::Integer(integer) => *integer,
                Value::Untyped(text) => {
                    text.trim().parse().map_err(|_| format!("must be an integer, is {text:?}"))?
                }
                other => return Err(format!("must be an integer, is {}", other.kind())),
            };
            if range.contains(&integer) {
                Ok(integer)
            } else {
                Err(format!("must be {least} to {most}, is {integer}"))
            }
        })
        .unwrap_or(least)
    }

    pub(super) fn count(&mut self, key: &str, range: RangeInclusive<u32>) -> usize {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        usize::try_from(self.integer(key, range)).unwrap_or(0)
    }

    pub(super) fn points(&mut self, key: &str, range: RangeInclusive<i32>) -> i32 {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        i32::try_from(self.integer(key, range)).unwrap_or(0)
    }

    /// A key in milliseconds.
    pub(super) fn millis(&mut self, key: &str, range: RangeInclusive<u32>) -> Duration {
        Duration::from_millis(self.count(key, range) as u64)
    }

    pub(super) fn flag(&mut self, key: &str) -> bool {
        self.read(key, Kind::Flag, |value| match value {
            Value::Flag(flag) => Ok(*flag),
            Value::Untyped(text) => match text.trim() {
                "true" => Ok(true),
                "false" => Ok(false),
                other => Err(format!("must be true or false, is {other:?}")),
            },
            other => Err(format!("must be true or false, is {}", other.kind())),
        })
        .unwrap_or_default()
    }

    /// One of a closed set of texts. The first choice stands in for a bad one.
    pub(super) fn choice<T: Copy + Default>(&mut self, key: &str, choices: &[(&str, T)]) -> T {
        let names = choices.iter().map(|(name, _)| (*name).to_owned()).collect();
        self.parsed_as(key, Kind::Choice(names), |text| {
            choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(
                || {
                    let names =
                        choices.iter().map(|(name, _)| format!("{name:?}")).collect::<Vec<_>>();
                    format!("must be one of {}, is {text:?}", names.join(", "))
                },
            )
        })
        .unwrap_or_default()
    }

    /// A text that a function understands.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.parsed_as(key, Kind::Text, parse)
    }

    fn parsed_as<T>(
        &mut self,
        key: &str,
        kind: Kind,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.read(key, kind, |value| match value {
            Value::Text(text) | Value::Untyped(text) => parse(text),
            other => Err(format!("must be a text, is {}", other.kind())),
        })
    }

    /// A path, from where it was written; `None` where it is empty.
    pub(super) fn path(&mut self, key: &str) -> Option<PathBuf> {
        let text = self.text(key);
        (!text.is_empty()).then(|| self.resolve(key, &text))
    }

    /// The path of something that can be read; `None` where it is empty.
    pub(super) fn readable(&mut self, key: &str) -> Option<PathBuf> {
        let path = self.path(key)?;
        if let Err(error) = File::open(&path) {
            self.refuse(key, &format!("{}: {error}", path.display()));
        }
        Some(path)
    }

    /// The path that a text means in the place where `key` was written.
    pub(super) fn resolve(&self, key: &str, path: &str) -> PathBuf {
        self.entries.get(key).map_or_else(|| path.into(), |entry| entry.folder.join(path))
    }

    /// A secret: the key itself, or the content of the file that `<key>_file` names; the later layer wins.
    pub(super) fn secret(&mut self, key: &str) -> String {
        let file_key = format!("{key}_file");
        let layer = |key: &str| self.entries.get(key).map_or(0, |entry| entry.layer);
        let (plain, file) = (layer(key), layer(&file_key));
        self.secrets.insert(key.to_owned());
        if file == 0 || plain > file {
            self.asked.insert(file_key, Some(Kind::Text));
            return self.text(key);
        }
        if plain == file {
            self.refuse(&file_key, &format!("stands beside {key}; keep one of them"));
        }
        self.asked.insert(key.to_owned(), Some(Kind::Text));
        let Some(path) = self.path(&file_key) else { return String::new() };
        match read_limited(&path) {
            Ok(secret) => secret.trim_end_matches(['\r', '\n']).to_owned(),
            Err(reason) => {
                self.refuse(&file_key, &format!("{}: {reason}", path.display()));
                String::new()
            }
        }
    }

    fn read<T>(
        &mut self,
        key: &str,
        kind: Kind,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        self.asked.insert(key.to_owned(), Some(kind));
        let Some(entry) = self.entries.get(key) else {
            self.problem("configuration".to_owned(), key, "is missing".to_owned());
            return None;
        };
        match read(&entry.value) {
            Ok(value) => {
                let _ = writeln!(self.effective, "{key} = {}", entry.value.written());
                Some(value)
            }
            Err(reason) => {
                self.refuse(key, &reason);
                None
            }
        }
    }

    /// Notes a problem with the value of a key.
    pub(super) fn refuse(&mut self, key: &str, reason: &str) {
        let origin = self.entries.get(key).map(|entry| entry.origin.clone());
        let origin = origin.unwrap_or_else(|| "configuration".to_owned());
        self.problem(origin, key, reason.to_owned());
    }

    fn problem(&mut self, origin: String, key: &str, reason: String) {
        self.problems.push(Problem { origin, key: key.to_owned(), reason });
    }

    /// The keys that were asked for, with what each takes.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (&str, Option<&Kind>)> {
        self.asked.iter().map(|(key, kind)| (key.as_str(), kind.as_ref()))
    }

    /// Whether a key is a secret's.
    pub(super) fn is_secret(&self, key: &str) -> bool {
        self.secrets.contains(key)
    }

    /// Every setting that is there, with where it came from.
    pub(super) fn effective_settings(&self) -> Vec<EffectiveSetting> {
        let in_force = self.entries.iter().filter(|(key, entry)| !self.is_overridden(key, entry));
        let settings = in_force.map(|(key, entry)| {
            let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
            let is_hidden = self.is_secret(key) && !entry.value.is_empty();
            EffectiveSetting {
                section: section.to_owned(),
                name: name.to_owned(),
                value: (!is_hidden).then(|| self.as_toml(key, &entry.value)),
                origin: entry.origin.clone(),
            }
        });
        settings.collect()
    }

    /// Whether a secret gives way to its file in a later layer, or the file to the secret.
    fn is_overridden(&self, key: &str, entry: &Entry) -> bool {
        let twin = match key.strip_suffix("_file") {
            Some(secret) if self.is_secret(secret) => self.entries.get(secret),
            _ if self.is_secret(key) => self.entries.get(&format!("{key}_file")),
            _ => None,
        };
        twin.is_some_and(|twin| twin.layer > entry.layer)
    }

    /// A value as a file would have it.
    fn as_toml(&self, key: &str, value: &Value) -> String {
        match (self.asked.get(key), value) {
            (Some(Some(Kind::Integer(_) | Kind::Flag)), Value::Untyped(text)) => {
                text.trim().to_owned()
            }
            // What JSON escapes in texts and lists of texts, TOML escapes alike.
            (Some(Some(Kind::Texts)), Value::Untyped(text)) => json!([text]).to_string(),
            (_, Value::Text(text) | Value::Untyped(text)) => json!(text).to_string(),
            (_, Value::Texts(texts)) => json!(texts).to_string(),
            (_, other) => other.written(),
        }
    }

    /// The values as read, in the order in which they were asked for; or every problem, unknown keys among them.
    pub(super) fn finish(mut self) -> Result<String, ConfigError> {
        let unknown = self
            .entries
            .iter()
            .filter(|(key, _)| !self.asked.contains_key(*key))
            .map(|(key, entry)| Problem {
                origin: entry.origin.clone(),
                key: key.clone(),
                reason: self.unknown(key),
            })
            .collect::<Vec<_>>();
        self.problems.extend(unknown);
        if self.problems.is_empty() { Ok(self.effective) } else { Err(ConfigError(self.problems)) }
    }

    fn unknown(&self, key: &str) -> String {
        let section = key.rsplit_once('.').map_or("", |(section, _)| section);
        let known = self
            .asked
            .keys()
            .filter(|asked| asked.rsplit_once('.').map_or("", |(section, _)| section) == section)
            .map(|asked| asked.rsplit_once('.').map_or(asked.as_str(), |(_, name)| name))
            .filter(|name| !name.ends_with("_file"))
            .collect::<Vec<_>>();
        if known.is_empty() {
            "is an unknown key, in a section that does not exist".to_owned()
        } else {
            format!("is an unknown key; [{section}] has {}", known.join(", "))
        }
    }
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Untyped(_) => "a text",
            Self::Integer(_) => "an integer",
            Self::Flag(_) => "true or false",
            Self::Texts(_) => "a list of texts",
            Self::Unsupported(kind) => kind,
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) | Self::Untyped(text) if text.is_empty())
    }

    fn written(&self) -> String {
        match self {
            Self::Text(text) | Self::Untyped(text) => text.clone(),
            Self::Integer(integer) => integer.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Texts(texts) => format!("{texts:?}"),
            Self::Unsupported(kind) => (*kind).to_owned(),
        }
    }
}

fn is_of_tables(items: &[toml::Spanned<DeValue<'_>>]) -> bool {
    items.iter().any(|item| item.get_ref().is_table())
}

fn texts_of(items: &[toml::Spanned<DeValue<'_>>]) -> Option<Vec<String>> {
    items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn read_limited(path: &Path) -> Result<String, String> {
    let length = fs::metadata(path).map_err(|error| unreadable(&error))?.len();
    if length > FILE_BYTES_MAX {
        return Err(format!("{length} bytes, more than the limit of {FILE_BYTES_MAX}"));
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn unreadable(error: &std::io::Error) -> String {
    format!("cannot be read: {error}")
}

fn line_of(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = "[a]\ncount = 3\nname = \"x\"\nflag = false\nsecret = \"\"\n";

    fn reader(layers: &[&str], environment: &[(&str, &str)]) -> Reader {
        let mut reader = Reader::built_in("default.toml", DEFAULT);
        for (number, layer) in layers.iter().enumerate() {
            reader.lay_text(&format!("file{number}.toml"), layer, Path::new("/etc/p"));
        }
        let variables = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        reader.lay_environment(variables);
        reader
    }

    fn read(reader: &mut Reader) -> (i64, String, bool, String) {
        (
            reader.integer("a.count", 1..=9),
            reader.name("a.name"),
            reader.flag("a.flag"),
            reader.secret("a.secret"),
        )
    }

    #[test]
    fn later_layers_win_and_the_environment_wins_over_all() {
        let mut reader = reader(
            &["[a]\ncount = 4\nname = \"y\"", "[a]\ncount = 5"],
            &[("PARCELGATE__A__NAME", "z"), ("PARCELGATE__A__FLAG", "true"), ("HOME", "/")],
        );
        let values = read(&mut reader);
        assert_eq!(values, (5, "z".to_owned(), true, String::new()));
        assert!(reader.finish().is_ok());
    }

    #[test]
    fn every_problem_is_told_at_once_with_its_place() {
        let mut reader = reader(
            &["[a]\ncount = 0\nname = \"\"\nflag = \"no\"\ncolour = 1\n[b]\nx = [1]"],
            &[("PARCELGATE__A__SIZE", "1")],
        );
        read(&mut reader);
        let problems = reader.finish().unwrap_err().0;
        let lines = problems.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            lines,
            [
                "file0.toml:2: a.count: must be 1 to 9, is 0",
                "file0.toml:3: a.name: must not be empty",
                "file0.toml:4: a.flag: must be true or false, is a text",
                "file0.toml:5: a.colour: is an unknown key; [a] has count, flag, name, secret",
                "environment variable PARCELGATE__A__SIZE: a.size: is an unknown key; [a] has \
                 count, flag, name, secret",
                "file0.toml:7: b.x: is an unknown key, in a section that does not exist",
            ]
        );
    }

    #[test]
    fn broken_files_are_problems_with_a_line() {
        let mut reader = reader(&["[a]\ncount == 3"], &[]);
        reader.lay_file(Path::new("/nowhere/x.toml"), "--config");
        read(&mut reader);
        let problems = reader.finish().unwrap_err().0;
        assert_eq!(problems[0].origin, "file0.toml:2");
        assert_eq!(problems[1].origin, "/nowhere/x.toml");
        assert!(problems[1].reason.starts_with("cannot be read"), "{problems:?}");
    }

    #[test]
    fn a_secret_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, "s3cret\n").unwrap();
        let layer = format!("[a]\nsecret_file = {:?}", path.to_str().unwrap());
        assert_eq!(reader(&[&layer], &[]).secret("a.secret"), "s3cret");
        // The later layer wins.
        let mut overridden = reader(&[&layer], &[("PARCELGATE__A__SECRET", "other")]);
        assert_eq!(overridden.secret("a.secret"), "other");
    }
}
