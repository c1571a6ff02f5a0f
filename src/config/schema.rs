//! The settings and the policy described for others: JSON schemas for editors, a reference for readers.
//!
//! Both come from the reader that reads the files, which knows every key and what it takes, and from the comments of the
//! annotated defaults: there is no second list to keep.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::daemon;
use super::policy;
use super::reader::{Kind, Reader};

/// Tables of the policy whose names are the writer's own.
const FREE_TABLES: [&str; 4] = ["currencies", "goods_groups", "regions", "unit_values"];
/// Lists of tables in the policy. The reader lays each item under its id: `rule.<id>.note`.
const LISTS: [&str; 2] = ["campaign", "rule"];

/// Rules and a campaign that name every key there is, so that the reader tells what each takes. The twins that end in
/// `_not` take the same.
fn every_key() -> String {
    format!(
        "[[rule]]\nid = \"points\"\nnote = \"n\"\npoints = 1\n{EVERY_CONDITION}\
         [[rule]]\nid = \"hold\"\nnote = \"n\"\nhold = true\n\
         [[campaign]]\nid = \"c\"\nnote = \"n\"\npoints = 1\nmark_percent = 1\nkey_enterprises_only = true\n\
         {EVERY_CONDITION}"
    )
}

const EVERY_CONDITION: &str = r#"
direction = "export"
channel = "post"
district = "5100"
category = "gift"
supervision_mode = "9610"
origin = "CN"
destination = "US"
hs = "6404"
platform = "p"
seller = "s"
party = "x"
finding = "gift"
text = "t"
value_cny_from = 1
value_cny_until = 2
quantity_from = 1
quantity_until = 2
valid_from = 2026-01-01
valid_until = 2026-01-02
"#;

/// How the reference begins.
const REFERENCE_HEAD: &str = "\
# Settings

Every setting of `config/parcelgate.toml`, which is built into the program. Files named with `--config` are laid over it
in order, environment variables over those. `parcelgate config print` shows what is in force and where it comes from;
`config/schema/parcelgate.schema.json` is for editors. This page is written by `parcelgate config reference`.
";

/// The JSON schema of the settings file.
#[must_use]
pub fn settings_schema() -> String {
    let reader = daemon::asked_reader();
    schema("parcelgate settings", &reader, &comments(daemon::DEFAULT))
}

/// The JSON schema of a policy file.
#[must_use]
pub fn policy_schema() -> String {
    let reader = policy::asked_reader(&every_key());
    schema("parcelgate policy", &reader, &comments(policy::SHIPPED_POLICY))
}

/// Every setting with its default, its environment variable and its comment, as Markdown.
#[must_use]
pub fn settings_reference() -> String {
    let reader = daemon::asked_reader();
    let comments = comments(daemon::DEFAULT);
    let mut page = REFERENCE_HEAD.to_owned();
    let mut section = String::new();
    for setting in in_order(&comments, &reader) {
        if setting.section != section {
            section.clone_from(&setting.section);
            let _ = writeln!(page, "\n## [{section}]");
        }
        let key = format!("{section}.{}", setting.name);
        let default = setting.value.unwrap_or_default();
        let _ = writeln!(page, "\n### `{}`\n", setting.name);
        if let Some(comment) = comments.iter().find(|it| it.key == key) {
            let _ = writeln!(page, "{}\n", comment.text);
        }
        let variable = key.to_uppercase().replace('.', "__");
        let _ = writeln!(page, "Default: `{default}`. Environment: `PARCELGATE__{variable}`.");
        if reader.is_secret(&key) {
            let _ =
                writeln!(page, "A secret: `{}_file` may name a file that holds it.", setting.name);
        }
    }
    page
}

/// The settings in the order of the annotated default.
fn in_order(comments: &[Comment], reader: &Reader) -> Vec<super::EffectiveSetting> {
    let mut settings = reader.effective_settings();
    settings.sort_by_key(|setting| {
        let key = format!("{}.{}", setting.section, setting.name);
        comments.iter().position(|comment| comment.key == key)
    });
    settings
}

/// What an annotated default says of a key.
struct Comment {
    key: String,
    /// Empty where the key has none and follows one that has none.
    text: String,
}

/// The comment above each key. A key without its own shares that of the key above it, as the files are written.
fn comments(annotated: &str) -> Vec<Comment> {
    let (mut section, mut text, mut is_open) = (String::new(), String::new(), false);
    let mut comments = Vec::new();
    for line in annotated.lines() {
        if let Some(words) = line.strip_prefix('#') {
            if !is_open {
                text.clear();
            }
            is_open = true;
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(words.trim());
        } else if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            name.clone_into(&mut section);
            text.clear();
            is_open = false;
        } else if let Some((name, _)) = line.split_once(" = ") {
            is_open = false;
            let key =
                if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
            comments.push(Comment { key, text: text.clone() });
        } else {
            text.clear();
            is_open = false;
        }
    }
    comments
}

fn schema(title: &str, reader: &Reader, comments: &[Comment]) -> String {
    let comments = comments.iter().map(|it| (it.key.as_str(), it.text.as_str())).collect();
    let mut root = Table::default();
    for (key, kind) in kinds(reader) {
        root.put(&key, &kind, &comments);
    }
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!(title));
    schema.extend(root.schema("", title.ends_with("policy")));
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Every key with what it takes; the items of a list under one name.
fn kinds(reader: &Reader) -> BTreeMap<String, Kind> {
    let mut kinds = BTreeMap::new();
    for (key, kind) in reader.kinds() {
        let path = folded(key);
        let kind = kind.cloned().or_else(|| {
            let twin = key.strip_suffix("_not")?;
            reader.kinds().find(|(other, _)| *other == twin)?.1.cloned()
        });
        if let Some(kind) = kind {
            kinds.insert(path, kind);
        }
        if reader.is_secret(key) {
            kinds.insert(format!("{key}_file"), Kind::Text);
        }
    }
    kinds
}

/// A key with the writer's own names left out.
fn folded(key: &str) -> String {
    let mut parts = key.split('.').collect::<Vec<_>>();
    let has_own_name =
        parts.first().is_some_and(|it| FREE_TABLES.contains(it) || LISTS.contains(it));
    if has_own_name && parts.len() > 1 {
        parts.splice(1..2, ["*"]);
    }
    parts.join(".")
}

/// A table of keys and tables.
#[derive(Default)]
struct Table {
    values: BTreeMap<String, Value>,
    tables: BTreeMap<String, Self>,
}

impl Table {
    fn put(&mut self, key: &str, kind: &Kind, comments: &BTreeMap<&str, &str>) {
        let (sections, name) = key.rsplit_once('.').unwrap_or(("", key));
        let table = sections
            .split('.')
            .filter(|section| !section.is_empty())
            .fold(self, |table, section| table.tables.entry(section.to_owned()).or_default());
        let mut value = of_kind(kind);
        if let Some(text) = comments.get(key).filter(|text| !text.is_empty()) {
            value.insert("description".to_owned(), json!(text));
        }
        table.values.insert(name.to_owned(), Value::Object(value));
    }

    /// `is_policy`: its free tables and lists have shapes of their own.
    fn schema(mut self, name: &str, is_policy: bool) -> Map<String, Value> {
        let mut schema = Map::new();
        schema.insert("type".to_owned(), json!("object"));
        if is_policy && FREE_TABLES.contains(&name) {
            schema.insert("additionalProperties".to_owned(), json!(self.values.remove("*")));
            return schema;
        }
        if is_policy && LISTS.contains(&name) {
            let item = self.tables.remove("*").unwrap_or_default();
            let mut item = item.schema("*", is_policy);
            item.insert("required".to_owned(), json!(["id", "note"]));
            schema.insert("type".to_owned(), json!("array"));
            schema.insert("items".to_owned(), Value::Object(item));
            return schema;
        }
        let mut properties = self.values.into_iter().collect::<Map<_, _>>();
        for (name, table) in self.tables {
            let table = table.schema(&name, is_policy);
            properties.insert(name, Value::Object(table));
        }
        schema.insert("properties".to_owned(), Value::Object(properties));
        schema.insert("additionalProperties".to_owned(), json!(false));
        schema
    }
}

fn of_kind(kind: &Kind) -> Map<String, Value> {
    let schema = match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Choice(names) => json!({ "type": "string", "enum": names }),
        Kind::Integer(range) => {
            json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() })
        }
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Texts => json!({
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
        }),
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_in_its_schema_with_what_it_takes() {
        for (reader, schema) in [
            (daemon::asked_reader(), settings_schema()),
            (policy::asked_reader(&every_key()), policy_schema()),
        ] {
            let schema: Value = serde_json::from_str(&schema).unwrap();
            for (key, _) in reader.kinds() {
                let mut place = &schema;
                for part in folded(key).split('.') {
                    let inner = if part == "*" {
                        place.get("items").or_else(|| place.get("additionalProperties"))
                    } else {
                        place.get("properties").and_then(|it| it.get(part))
                    };
                    place = inner.unwrap_or_else(|| panic!("{key} is not in the schema: {place}"));
                }
            }
        }
    }

    #[test]
    fn every_setting_is_in_the_reference_with_its_comment() {
        let reference = settings_reference();
        let reader = daemon::asked_reader();
        for setting in reader.effective_settings() {
            assert!(reference.contains(&format!("### `{}`", setting.name)), "{}", setting.name);
        }
        assert!(reference.contains("Threads that screen"), "{reference}");
    }
}
