//! A browser with one window, controlled step by step.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use kata::system::install::in_path;
use serde_json::{Value, json};
use tokio::runtime::{self, Runtime};

use crate::driver::Driver;
use crate::extra_command::ExtraCommand;

/// The names of Chromium on Debian and elsewhere, and of Google Chrome.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The timeout of waits for the page: other processes notice a killed process after 5 s.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How often the page is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(30);

/// Only one browser runs at a time: several would compete for the processor, and the timings would
/// measure only that.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The window and the user's preferences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Display {
    /// The window's inner width, in CSS pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// Whether the user prefers dark colours.
    pub dark: bool,
    /// Whether the user prefers reduced motion.
    pub still: bool,
}

impl Display {
    /// A laptop with light colours.
    pub const DEFAULT: Display = Display {
        width: 1280,
        height: 900,
        dark: false,
        still: false,
    };
}

/// A browser. Dropping it closes it.
pub struct Browser {
    // Dropped in this order: the session before its driver. The next test begins when everything is
    // gone.
    client: Client,
    runtime: Runtime,
    _driver: Driver,
    folder: std::path::PathBuf,
    _alone: MutexGuard<'static, ()>,
}

impl Browser {
    /// Starts a browser with a new profile. If none is installed, prints that and returns `None`.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn open(display: Display) -> Option<Browser> {
        let chromium = BROWSERS.into_iter().find_map(in_path);
        let (Some(chromium), Some(driver)) = (chromium, in_path("chromedriver")) else {
            // libtest captures the output of `eprintln!`; but a skipped test must be visible.
            let _ = writeln!(
                io::stderr(),
                "SKIPPED: no chromium with chromedriver in PATH (Debian: apt-get install chromium chromium-driver)"
            );
            return None;
        };
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let driver = Driver::start(&driver);
        let folder = env::temp_dir().join(format!("kata-browser-{}-{}", process::id(), driver.port));
        let profile = format!("--user-data-dir={}", folder.display());
        let mut capabilities = serde_json::Map::new();
        // Without a sandbox, because root cannot use it; the browser opens only the kata's own
        // page.
        let args = json!([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            profile
        ]);
        capabilities.insert("goog:chromeOptions".into(), json!({"binary": chromium, "args": args}));
        capabilities.insert("goog:loggingPrefs".into(), json!({"browser": "ALL"}));
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = runtime
            .block_on(builder.capabilities(capabilities).connect(&driver.url()))
            .unwrap_or_else(|error| panic!("the browser does not start: {error}"));
        let browser = Browser {
            client,
            runtime,
            _driver: driver,
            folder,
            _alone: alone,
        };
        browser.set_display(display);
        Some(browser)
    }

    /// Changes the window and the user's preferences.
    pub fn set_display(&self, display: Display) {
        let (width, height) = (display.width, display.height);
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics);
        let feature = |name: &str, value: &str| json!({"name": name, "value": value});
        let scheme = if display.dark { "dark" } else { "light" };
        let motion = if display.still { "reduce" } else { "no-preference" };
        let features = [
            feature("prefers-color-scheme", scheme),
            feature("prefers-reduced-motion", motion),
        ];
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    /// Opens an address and waits until it is loaded.
    pub fn navigate(&self, url: &str) {
        self.expect(&format!("open {url}"), self.client.goto(url));
    }

    /// Clicks where a user would see the element. If the page redraws it at this moment, finds it
    /// again.
    pub fn click(&self, selector: &str) {
        let end = Instant::now() + TIMEOUT;
        loop {
            let click = async { self.client.find(Locator::Css(selector)).await?.click().await };
            match self.runtime.block_on(click) {
                Err(CmdError::Standard(error))
                    if error.error == ErrorStatus::StaleElementReference && Instant::now() < end => {}
                clicked => return self.expect(&format!("click {selector}"), async { clicked }),
            }
        }
    }

    /// Sends keys to the focused element.
    pub fn keys(&self, keys: &str) {
        let press = async { self.client.active_element().await?.send_keys(keys).await };
        self.expect("press keys", press);
    }

    /// Evaluates a JavaScript expression.
    pub fn evaluate(&self, expression: &str) -> Value {
        let code = format!("return ({expression})");
        self.expect(expression, self.client.execute(&code, Vec::new()))
    }

    /// Evaluates a JavaScript expression as text; `null` is the empty text.
    pub fn text(&self, expression: &str) -> String {
        match self.evaluate(expression) {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    /// Waits until an expression is true and returns its value; `what` describes the condition.
    ///
    /// # Panics
    ///
    /// If it does not become true in time.
    #[track_caller]
    pub fn wait_until(&self, what: &str, expression: &str) -> Value {
        let start = Instant::now();
        loop {
            let value = self.evaluate(expression);
            if !matches!(value, Value::Null | Value::Bool(false)) && value != json!("") && value != json!(0) {
                return value;
            }
            if start.elapsed() > TIMEOUT {
                let body = self.text("document.body.innerText");
                panic!("not within {TIMEOUT:?}: {what}\n{expression}\nThe page:\n{body}");
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    /// Returns a screenshot as PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        self.expect("take a picture", self.client.screenshot())
    }

    /// Returns the errors of the page's console since the last call, one a line.
    pub fn console_errors(&self) -> Vec<String> {
        let read = ExtraCommand("se/log", json!({"type": "browser"}));
        let output = self.expect("read the console", self.client.issue_cmd(read));
        let lines = output.as_array().into_iter().flatten();
        let errors = lines.filter(|entry| entry["level"] == "SEVERE");
        errors.map(|entry| entry["message"].to_string()).collect()
    }

    /// Sends a command to the developer tools.
    pub fn devtools(&self, command: &str, params: Value) -> Value {
        let execute = ExtraCommand("goog/cdp/execute", json!({"cmd": command, "params": params}));
        self.expect(command, self.client.issue_cmd(execute))
    }

    #[track_caller]
    fn expect<T>(&self, what: &str, work: impl Future<Output = Result<T, CmdError>>) -> T {
        match self.runtime.block_on(work) {
            Ok(done) => done,
            Err(error) => panic!("cannot {what}: {error}"),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A browser that does not close by itself ends with its driver.
        let _ = self.runtime.block_on(self.client.clone().close());
        let _ = fs::remove_dir_all(&self.folder);
    }
}
