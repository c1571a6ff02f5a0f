//! The status page in a real browser, and the listener that shows it under visitors of every kind.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::harness::broker::Broker;
use crate::harness::browser::Browser;
use crate::harness::daemon::Daemon;
use crate::harness::load::Load;
use crate::harness::oracle::{Line, check};
use crate::harness::wait_until;

const LIMIT: Duration = Duration::from_mins(1);
/// A screen as it hangs on walls.
const WALL: (u32, u32) = (1920, 1080);

fn status(daemon: &Daemon) -> Value {
    let (code, body) = daemon.get("/status.json").unwrap();
    assert_eq!(code, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// The page in a language, when it shows figures.
fn visit(browser: &Browser, daemon: &Daemon, query: &str) {
    browser.visit(&format!("http://{}/{query}", daemon.admin_address()));
    wait_until("the page shows figures", LIMIT, || !browser.text("#hub").is_empty());
}

/// Whatever is shown is complete, of one language, and came from this daemon.
fn check_page(browser: &Browser, daemon: &Daemon) {
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let text = browser.text("body");
    for leak in ["undefined", "NaN", "null", "[object"] {
        assert!(!text.contains(leak), "{leak}: {text}");
    }
    let empty =
        "return [...document.querySelectorAll('[data-text], .figure b, .under:not([hidden])')]
        .filter((place) => place.innerText.trim() === '').map((place) => place.outerHTML)";
    assert_eq!(browser.evaluate(empty).to_string(), "[]");
    let loaded = "return performance.getEntriesByType('resource').map((it) => it.name)
        .filter((name, place, all) => all.indexOf(name) === place)";
    let source = format!("http://{}/status.json", daemon.admin_address());
    assert_eq!(browser.evaluate(loaded), serde_json::json!([source]));
    // Nothing sticks out, neither of the page nor of a panel.
    let wide = "return [document.documentElement, ...document.querySelectorAll('section, td, .figure')]
        .filter((it) => it.scrollWidth > it.clientWidth + 1).map((it) => it.outerHTML.slice(0, 80))";
    assert_eq!(browser.evaluate(wide).to_string(), "[]");
}

#[test]
fn a_shift_leader_reads_how_the_hub_fares() {
    let broker = Broker::shared();
    let line = Line::create(broker, "status", 2);
    let folder = tempfile::tempdir().unwrap();
    let candidate = folder.path().join("candidate.toml");
    std::fs::write(&candidate, "hold_threshold = 20\n").unwrap();
    let settings = format!(
        "{}[hub]\nname = \"Beijing 北京\"\n[policy]\nshadow = \"{}\"\n",
        line.settings(broker, "0"),
        candidate.display(),
    );
    let mut daemon = Daemon::spawn(&settings);
    daemon.wait_ready();
    let mut load = Load::new(broker, &line.declarations, 2, 8);
    load.declarations(2_000);
    load.flush();
    wait_until("everything is counted", LIMIT, || {
        let status = status(&daemon);
        let [decided, compared] = [&status["hour"]["decided"], &status["shadow"]["compared"]];
        decided == 2_000 && compared == 2_000 && status["lag"]["records"] == 0
    });

    let (english, chinese) = (Browser::open(WALL, "en"), Browser::open(WALL, "zh-CN"));
    visit(&english, &daemon, "");
    visit(&chinese, &daemon, "");
    for browser in [&english, &chinese] {
        check_page(browser, &daemon);
        assert_eq!(browser.text("#hub"), "Beijing 北京");
        let held = browser.text("#held-count");
        let expected = status(&daemon)["hour"]["held"].to_string();
        assert!(held.contains("2,000") && held.contains(&expected), "{held} {expected}");
        // 200 mm to the metre: a figure of two metres' distance is 10 mm high at least, and such a screen a metre wide.
        let size =
            "return parseFloat(getComputedStyle(document.querySelector('#held-share')).fontSize)";
        assert!(browser.evaluate(size).as_f64().unwrap() > 1920.0 / 20.0);
    }
    assert_eq!(english.text("#state"), "Screening");
    assert_eq!(chinese.text("#state"), "正在判定");
    assert!(english.text("#reasons").contains("Recorded mark"));
    assert!(chinese.text("#reasons").contains("备案商标"));
    assert!(
        english
            .text("#versions")
            .contains(&status(&daemon)["versions"][1]["version"].as_str().unwrap()[..12])
    );
    let shadow = &status(&daemon)["shadow"];
    let (version, more) = (shadow["version"].as_str().unwrap(), &shadow["would_hold"]);
    assert!(more.as_u64().unwrap() > 0, "{shadow}");
    let told = english.text("#shadow");
    let expected = [
        format!("Shadow policy {}, tried since", &version[..12]),
        format!("of 2,000 parcels in the last hour, it would hold {more} that were released"),
        "release 0 that were held".to_owned(),
    ];
    assert!(expected.iter().all(|it| told.contains(it)), "{told}");
    let told = chinese.text("#shadow");
    let expected =
        [format!("影子策略 {}", &version[..12]), format!("会多布控 {more} 件、少布控 0 件")];
    assert!(expected.iter().all(|it| told.contains(it)), "{told}");
    // Who reads another language than the browser's takes it.
    visit(&chinese, &daemon, "?lang=en");
    assert_eq!(chinese.text("#state"), "Screening");

    // Figures go on by themselves.
    load.declarations(500);
    load.flush();
    wait_until("the page follows", LIMIT, || english.text("#held-count").contains("2,500"));

    daemon.freeze();
    wait_until("the page says so", LIMIT, || {
        english.text("body").contains("No answer from the daemon since")
    });
    daemon.resume();
    wait_until("it is over", LIMIT, || !english.text("body").contains("No answer from the daemon"));
    check(broker, &line, &load.finish());
}

#[test]
fn the_page_serves_on_a_phone_and_before_the_first_parcel() {
    let broker = Broker::shared();
    let line = Line::create(broker, "status-phone", 1);
    let mut daemon = Daemon::spawn(&line.settings(broker, "0"));
    daemon.wait_ready();
    for language in ["en", "zh"] {
        // Chromium's windows are 500 pixels wide at least.
        let browser = Browser::open((500, 900), language);
        visit(&browser, &daemon, "");
        check_page(&browser, &daemon);
        // Nothing is tried.
        assert_eq!(browser.text("#shadow"), "");
    }
}

#[test]
fn what_it_shows_and_what_it_may_do_is_told_to_browsers() {
    let broker = Broker::shared();
    let line = Line::create(broker, "status-headers", 1);
    let mut daemon = Daemon::spawn(&line.settings(broker, "0"));
    daemon.wait_ready();
    let ask = |request: &str| {
        let mut stream = TcpStream::connect(daemon.admin_address()).unwrap();
        write!(stream, "{request} HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let page = ask("GET /");
    let policy = page.lines().find(|line| line.starts_with("content-security-policy:")).unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    for outside in ["http://", "https://", "src=", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
    for path in ["/", "/status.json", "/livez", "/readyz", "/metrics"] {
        assert!(ask(&format!("GET {path}")).starts_with("HTTP/1.0 200 OK\r\n"), "{path}");
        let head = ask(&format!("HEAD {path}"));
        assert!(head.starts_with("HTTP/1.0 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            let refused = ask(&format!("{method} {path}"));
            assert!(refused.starts_with("HTTP/1.0 405 "), "{method} {path}: {refused}");
        }
    }
    assert!(ask("GET /etc/passwd").starts_with("HTTP/1.0 404 "));
    assert!(ask("nonsense").starts_with("HTTP/1."));
}

/// Lets this process have so many connections.
fn allow_open_files(count: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(count), maximum }).unwrap();
}

#[test]
fn idle_and_slow_visitors_are_in_nobodys_way() {
    const IDLE: usize = 10_000;
    allow_open_files(IDLE as u64 + 2_000);
    let broker = Broker::shared();
    let line = Line::create(broker, "visitors", 2);
    let mut daemon = Daemon::spawn(&line.settings(broker, "0"));
    daemon.wait_ready();
    let mut load = Load::new(broker, &line.declarations, 2, 9);
    wait_until("each worker has its partition", LIMIT, || {
        let workers = status(&daemon)["workers"].as_array().unwrap().clone();
        workers.iter().all(|worker| worker["partitions"].as_array().unwrap().len() == 1)
    });
    let troubles = |daemon: &Daemon| {
        [
            "parcelgate_transactions_total{result=\"aborted\"}",
            "parcelgate_rebalances_total{kind=\"lost\"}",
        ]
        .map(|name| daemon.metric(name).unwrap().to_string())
    };
    let before = troubles(&daemon);

    let mut visitors = Vec::with_capacity(IDLE);
    for number in 0..IDLE {
        let mut visitor = TcpStream::connect(daemon.admin_address()).unwrap();
        match number % 100 {
            // Asks again and again and takes no answer.
            99 => _ = visitor.write_all(&b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50)),
            // Asks half.
            50.. => _ = visitor.write_all(b"GET /metrics HTTP/1.1\r\nHost:"),
            // Never asks.
            _ => {}
        }
        visitors.push(visitor);
        if number % 100 == 0 {
            load.declarations(50);
            load.flush();
            let (code, _) = daemon.get("/livez").expect("it answers at once");
            assert_eq!(code, 200);
        }
    }
    let written = load.finish();
    wait_until("every parcel is decided", LIMIT, || line.committed(broker) == 5_000);
    check(broker, &line, &written);
    assert_eq!(daemon.get("/readyz").unwrap().0, 200);
    let open = daemon.metric("process_open_fds").unwrap();
    assert!(open < 300.0, "{open}");
    assert_eq!(troubles(&daemon), before, "{}", daemon.log());
    assert!(!daemon.log().contains("worker_restarted"), "{}", daemon.log());
}

/// The pictures of the documents: `cargo test --test integration -- --ignored pictures`, beside a daemon that has run for an
/// hour at the usual address. No check: whoever changed the page runs it, and looks at what it wrote.
#[test]
#[ignore = "writes docs/images from a daemon that was started by hand"]
fn pictures_of_the_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images");
    for language in ["en", "zh"] {
        let browser = Browser::open(WALL, language);
        browser.visit(&format!("http://127.0.0.1:9464/?lang={language}"));
        wait_until("the page shows figures", LIMIT, || !browser.text("#hub").is_empty());
        browser.picture(&folder.join(format!("status-{language}.png")));
    }
}
