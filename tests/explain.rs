//! What an officer reads of a decision: on a terminal, in a file, as a page of evidence.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use crate::cli::sha256;
use crate::harness::broker::Broker;
use crate::harness::browser::Browser;
use crate::harness::console::read_all;
use crate::harness::daemon::{Daemon, PROGRAM};
use crate::harness::load::Load;
use crate::harness::oracle::{Line, check};
use crate::harness::{free_port, wait_until};

const LIMIT: Duration = Duration::from_mins(1);

/// An older phone's width, and that of a sheet of paper.
const SIZES: [(u32, u32); 2] = [(500, 900), (1000, 1400)];

fn fixture(name: &str) -> String {
    format!("{}/tests/fixtures/checks/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn explain(arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.arg("explain");
    for feed in ["register", "signals", "alerts", "outcomes"] {
        let file = if feed == "register" { "recordals" } else { feed };
        command.args([format!("--{feed}"), fixture(&format!("{file}.ndjson"))]);
    }
    command.args(["--policy", &fixture("policy.toml")]);
    command.args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Without the moment at which it was decided, which is another each time.
fn timeless(text: &str) -> String {
    text.lines()
        .map(|line| match line.split_once("decided at").or(line.split_once("决定时间")) {
            Some((before, _)) => format!("{before}(time)\n"),
            None => format!("{line}\n"),
        })
        .collect()
}

/// What a page says and how, in lines, without its style and the style's digest: those change as a whole.
pub fn markup(page: &str) -> String {
    const FIRST_IN_A_LINE: [&str; 8] =
        ["<meta", "<title", "<body", "<h", "<p", "<table", "<tr", "<svg"];
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    let head = before.split('\'').filter(|part| !part.starts_with("sha256-")).collect::<String>();
    FIRST_IN_A_LINE
        .iter()
        .fold(head + after, |markup, tag| markup.replace(tag, &format!("\n{tag}")))
}

/// JSON as people read it.
pub fn indented(json: &str) -> String {
    serde_json::to_string_pretty(&serde_json::from_str::<Value>(json).unwrap()).unwrap()
}

#[test]
fn every_check_is_explained_in_both_languages() {
    for language in ["en", "zh"] {
        let output = explain(&["--language", language, &fixture("declarations.ndjson")]);
        assert_eq!(output.status.code(), Some(65), "one of them cannot be read");
        insta::assert_snapshot!(format!("explained_{language}"), timeless(&text(&output)));
    }
}

#[test]
fn parties_are_shown_to_those_who_ask() {
    let declarations = fs::read_to_string(fixture("declarations.ndjson")).unwrap();
    let mut names = Vec::new();
    for line in declarations.lines() {
        let declaration: serde_json::Value = serde_json::from_str(line).unwrap();
        for party in ["consignor", "consignee"] {
            for key in ["name", "address", "phone"] {
                names.extend(declaration[party][key].as_str().map(str::to_owned));
            }
        }
    }
    assert!(names.len() > 10);
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html").to_str().unwrap().to_owned();
    let file = fixture("declarations.ndjson");
    for (with_parties, arguments) in [(false, &[][..]), (true, &["--with-parties"])] {
        let shown = text(&explain(&[arguments, &[&file]].concat()));
        explain(&[arguments, &["--html", &page, &file]].concat());
        let page = fs::read_to_string(&page).unwrap();
        for name in &names {
            // Long ones go on in a second row.
            assert_eq!(shown.replace('\n', "").contains(name.as_str()), with_parties, "{name}");
            assert_eq!(page.contains(name.as_str()), with_parties, "{name}");
        }
    }
}

#[test]
fn one_parcel_is_picked_by_its_number() {
    let file = fixture("declarations.ndjson");
    let output = explain(&["--item", "SF10000016", &file]);
    let shown = text(&output);
    assert_eq!(shown.matches("item number").count(), 1, "{shown}");
    assert!(shown.contains("SF10000016") && shown.contains("drawn at random"), "{shown}");

    let output = explain(&["--item", "NOBODY", &file]);
    assert_eq!(output.status.code(), Some(65));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("is the one that was asked for"), "{stderr}");
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let file = fixture("declarations.ndjson");
    assert!(!text(&explain(&[&file])).contains('\u{1b}'));
    let coloured = text(&explain(&["--color", "always", &file]));
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31mHOLD"), "{coloured}");
}

#[test]
fn what_is_declared_cannot_steer_the_terminal_or_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let (file, page) = (folder.path().join("d.ndjson"), folder.path().join("p.html"));
    let attack = "\u{1b}]0;owned\u{7}\u{202e}</td><script>document.title='owned'</script><img src=x onerror=alert(1)>";
    let declaration = serde_json::json!({
        "declarationId": attack.chars().take(64).collect::<String>(), "itemId": attack.chars().take(80).collect::<String>(),
        "supervisionMode": attack,
        "lines": [{"lineNo": 1, "description": attack, "brand": attack}],
    });
    fs::write(&file, declaration.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let shown = text(&explain(&[file]));
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{shown}");
    assert!(shown.contains("[U+001B]]0;owned[U+0007][U+202E]</td>"), "{shown}");

    explain(&["--html", page.to_str().unwrap(), file]);
    let browser = Browser::open(SIZES[0], "en");
    browser.visit(&format!("file://{}", page.display()));
    check_page(&browser);
    assert!(browser.text("body").contains("<script>document.title"));
    assert_eq!(browser.evaluate("return document.scripts.length"), 0);
}

/// Nothing is loaded, nothing complains, nothing sticks out.
pub fn check_page(browser: &Browser) {
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let loaded = "return performance.getEntriesByType('resource').map((it) => it.name)
        .filter((name) => !name.startsWith('data:'))";
    assert_eq!(browser.evaluate(loaded).to_string(), "[]");
    let wide = "return [document.documentElement, ...document.querySelectorAll('td, th, svg')]
        .filter((it) => it.scrollWidth > it.clientWidth + 1).map((it) => it.outerHTML.slice(0, 80))";
    assert_eq!(browser.evaluate(wide).to_string(), "[]");
}

#[test]
fn a_page_of_evidence_says_what_the_terminal_says() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("evidence.html");
    let file = fixture("declarations.ndjson");
    let line = fs::read_to_string(&file).unwrap().lines().nth(2).unwrap().to_owned();
    let one = folder.path().join("one.ndjson");
    fs::write(&one, &line).unwrap();
    for (language, title) in [("en", "Reasons"), ("zh", "理由")] {
        let arguments = ["--language", language, one.to_str().unwrap()];
        let shown = text(&explain(&arguments));
        let written = explain(&[&["--html", page.to_str().unwrap()][..], &arguments].concat());
        assert!(written.status.success() && written.stdout.is_empty());
        for size in SIZES {
            let browser = Browser::open(size, language);
            browser.visit(&format!("file://{}", page.display()));
            check_page(&browser);
            let body = browser.text("body");
            assert!(body.contains(title), "{body}");
            let digest = sha256(&line);
            for said in [digest.as_str(), "file/0/0"] {
                assert!(shown.contains(said) && body.contains(said), "{said}: {body}");
            }
            // Each word of the terminal but carets, cells that are broken into rows, and the moment.
            let missing = timeless(&shown)
                .split_whitespace()
                .filter(|word| !word.contains('^') && *word != "(time)" && !body.contains(*word))
                .map(str::to_owned)
                .collect::<Vec<_>>();
            assert!(missing.is_empty(), "{missing:?} of {body}");
            let marked = browser.evaluate(
                "return [...document.querySelectorAll('mark')].map((it) => it.innerText)",
            );
            assert!(!marked.as_array().unwrap().is_empty());
        }
    }
    assert!(Path::new(&page).exists());
}

#[test]
fn a_page_is_the_same_each_time_but_for_its_moment() {
    let folder = tempfile::tempdir().unwrap();
    let (page, one) = (folder.path().join("page.html"), folder.path().join("one.ndjson"));
    let line = fs::read_to_string(fixture("declarations.ndjson")).unwrap();
    fs::write(&one, line.lines().nth(2).unwrap()).unwrap();
    for language in ["en", "zh"] {
        let page = page.to_str().unwrap();
        explain(&["--language", language, "--with-parties", "--html", page, one.to_str().unwrap()]);
        let markup = markup(&fs::read_to_string(page).unwrap());
        insta::assert_snapshot!(format!("page_{language}"), timeless(&markup));
    }
}

#[test]
fn recorded_decisions_are_found_again_by_their_id_and_by_the_item() {
    let broker = Broker::shared();
    let line = Line::create(broker, "explain", 3);
    let settings = line.settings(broker, "0");
    let mut daemon = Daemon::spawn(&settings);
    daemon.wait_ready();
    let mut load = Load::new(broker, &line.declarations, 3, 5);
    load.declarations(400);
    load.poison();
    let written = load.finish();
    let all = i64::try_from(written.values().map(Vec::len).sum::<usize>()).unwrap();
    wait_until("everything is done with", LIMIT, || line.committed(broker) == all);
    daemon.terminate();
    check(broker, &line, &written);

    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("c.toml");
    fs::write(&config, &settings).unwrap();
    let asked = |arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(["explain", "--config", config.to_str().unwrap()]).args(arguments);
        command.output().unwrap()
    };
    let decisions = read_all(broker, &line.decisions, 400);
    let decisions = decisions.iter().map(|it| serde_json::from_str(&it.value).unwrap());
    let decisions = decisions.collect::<Vec<serde_json::Value>>();
    let unreadable =
        |decision: &serde_json::Value| decision["findings"][0]["check"] == "invalid_declaration";
    let held = |decision: &serde_json::Value| decision["verdict"] == "VERDICT_HOLD";
    let readable = decisions.iter().find(|it| held(it) && !unreadable(it)).unwrap();
    let unreadable = decisions.iter().find(|it| unreadable(it)).unwrap();
    for decision in [readable, unreadable] {
        let text_of = |key: &str| decision[key].as_str().unwrap();
        let by_id = asked(&["--decision", text_of("decisionId")]);
        assert!(by_id.status.success(), "{}", String::from_utf8_lossy(&by_id.stderr));
        let shown = text(&by_id);
        for said in [
            "HOLD",
            text_of("decisionId"),
            text_of("itemId"),
            decision["versions"]["policy"].as_str().unwrap(),
        ] {
            assert!(shown.contains(said), "{said}: {shown}");
        }
        let by_item = text(&asked(&["--item", text_of("itemId")]));
        assert!(by_item.contains(&shown), "{by_item}\n{shown}");
    }

    let gone = format!("{}/0/999999", line.declarations);
    for (arguments, code, says) in [
        (&["--decision", gone.as_str()][..], 65, "is not there: not written, or removed"),
        (&["--decision", "other/0/1"], 64, "must be explain-declarations"),
        (&["--decision", "nonsense"], 64, "PARTITION/OFFSET"),
        (&["--item", "NOBODY"], 65, "no decision on that item number"),
        (
            &["--item", readable["itemId"].as_str().unwrap(), "--from", "2100-01-01T00:00:00Z"],
            65,
            "no decision on that item number",
        ),
    ] {
        let output = asked(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {stderr}");
        assert!(stderr.contains(says), "{arguments:?} {stderr}");
    }
    let away = format!("127.0.0.1:{}", free_port());
    let mut command = Command::new(PROGRAM);
    command
        .args(["explain", "--item", "NOBODY"])
        .env("PARCELGATE__KAFKA__BOOTSTRAP_SERVERS", away)
        .env("PARCELGATE__KAFKA__CONNECT_TIMEOUT_MS", "500");
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(69), "{stderr}");
    assert!(stderr.contains("bootstrap_servers"), "{stderr}");
}
