//! A browser without a screen: Debian's Chromium, told by
//! [WebDriver](https://www.w3.org/TR/webdriver2/).

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{free_port, wait_until};

const START_LIMIT: Duration = Duration::from_mins(1);

/// A browser with one window. It ends with this value.
pub struct Browser {
    driver: Child,
    address: String,
    session: String,
    /// What the browser keeps: its own, so that no two meet.
    profile: TempDir,
}

impl Browser {
    /// A window of so many pixels, whose user reads this language.
    pub fn open((width, height): (u32, u32), language: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .env("HOME", profile.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = format!("http://127.0.0.1:{port}");
        let mut browser = Self { driver, address, session: String::new(), profile };
        wait_until("the driver answers", START_LIMIT, || browser.try_get("status").is_some());
        let folder = browser.profile.path().join("chromium");
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": [
                "--headless=new",
                // Root has no sandbox, and what it shows is our own.
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--force-device-scale-factor=1",
                format!("--user-data-dir={}", folder.display()),
                format!("--window-size={width},{height}"),
                format!("--accept-lang={language}"),
            ]},
        }}});
        let made = browser.post("session", &capabilities);
        made["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        browser.command("window/rect", &json!({"width": width, "height": height}));
        browser
    }

    pub fn visit(&self, address: &str) {
        self.command("url", &json!({"url": address}));
    }

    /// What a script returns.
    pub fn evaluate(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({"script": script, "args": []}))
    }

    /// The text of the first element that a selector finds, as it is shown.
    pub fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({selector:?}).innerText");
        self.evaluate(&script).as_str().unwrap().to_owned()
    }

    /// What the page wrote to the console since this was last asked: errors, and what its policy forbids.
    pub fn complaints(&self) -> Vec<String> {
        let entries = self.command("se/log", &json!({"type": "browser"}));
        let entries = entries.as_array().unwrap();
        entries.iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Writes what is seen to a PNG file.
    pub fn picture(&self, file: &Path) {
        use base64::Engine as _;
        let encoded = self.try_get(&format!("session/{}/screenshot", self.session)).unwrap();
        let picture = base64::prelude::BASE64_STANDARD.decode(encoded.as_str().unwrap()).unwrap();
        fs::write(file, picture).unwrap();
    }

    fn command(&self, command: &str, parameters: &Value) -> Value {
        self.post(&format!("session/{}/{command}", self.session), parameters)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let agent = agent();
        let mut answer = agent.post(format!("{}/{path}", self.address)).send_json(body).unwrap();
        let status = answer.status();
        let answer: Value = answer.body_mut().read_json().unwrap();
        assert!(status.is_success(), "{path}: {answer}");
        answer["value"].clone()
    }

    fn try_get(&self, path: &str) -> Option<Value> {
        let mut answer = agent().get(format!("{}/{path}", self.address)).call().ok()?;
        // Pictures are larger than what is read unless told.
        let body = answer.body_mut().with_config().limit(64 * 1024 * 1024);
        let answer: Value = body.read_json().unwrap();
        Some(answer["value"].clone())
    }
}

/// Errors are answers too: they say what is wrong.
fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // Ends the browser's processes; killing the driver alone would leave them.
            let _ = agent().delete(format!("{}/session/{}", self.address, self.session)).call();
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
