//! A browser with one window, driven step by step.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::{self, Runtime};

use crate::driver::Driver;
use crate::found::Found;
use crate::more::More;

/// How long anything on the page may take that is waited for: a worker that was killed is missed after 5 s.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often it is looked at.
const POLL: Duration = Duration::from_millis(30);

/// One at a time: more would wait for each other's processor, and measure nothing but that.
static ONE: Mutex<()> = Mutex::new(());

/// How the page is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The window's inner width, in CSS pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// Whether the person prefers dark colours.
    pub dark: bool,
    /// Whether they prefer that nothing moves.
    pub still: bool,
}

impl Look {
    /// A laptop in daylight.
    pub const USUAL: Look = Look {
        width: 1280,
        height: 900,
        dark: false,
        still: false,
    };
}

/// A browser. Dropping it closes it.
pub struct Browser {
    // Dropped in this order: the session before its driver, and the next test begins when all is gone.
    client: Client,
    runtime: Runtime,
    _driver: Driver,
    folder: std::path::PathBuf,
    _alone: MutexGuard<'static, ()>,
}

impl Browser {
    /// A new browser, without any memory; none if there is none on this machine, which is said.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn open(look: Look) -> Option<Browser> {
        let found = Found::look()?;
        let alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let driver = Driver::start(&found.driver);
        let folder = env::temp_dir().join(format!("kata-browser-{}-{}", process::id(), driver.port));
        let profile = format!("--user-data-dir={}", folder.display());
        let mut capabilities = serde_json::Map::new();
        // Without a sandbox, because root has none; the only page that is opened is ours.
        let args = json!([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            profile
        ]);
        capabilities.insert(
            "goog:chromeOptions".into(),
            json!({"binary": found.browser, "args": args}),
        );
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
        browser.look(look);
        Some(browser)
    }

    /// Looks in another way from now on.
    pub fn look(&self, look: Look) {
        let (width, height) = (look.width, look.height);
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.tools("Emulation.setDeviceMetricsOverride", metrics);
        let feature = |name: &str, value: &str| json!({"name": name, "value": value});
        let scheme = if look.dark { "dark" } else { "light" };
        let motion = if look.still { "reduce" } else { "no-preference" };
        let features = [
            feature("prefers-color-scheme", scheme),
            feature("prefers-reduced-motion", motion),
        ];
        self.tools("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    /// Opens an address, and waits until it is there.
    pub fn go(&self, url: &str) {
        self.must(&format!("open {url}"), self.client.goto(url));
    }

    /// Clicks as a person does, where the thing is seen. One that is drawn anew at this very moment is looked for again.
    pub fn click(&self, selector: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let click = async { self.client.find(Locator::Css(selector)).await?.click().await };
            match self.runtime.block_on(click) {
                Err(CmdError::Standard(error))
                    if error.error == ErrorStatus::StaleElementReference && Instant::now() < end => {}
                clicked => return self.must(&format!("click {selector}"), async { clicked }),
            }
        }
    }

    /// Presses keys, where the focus is.
    pub fn keys(&self, keys: &str) {
        let press = async { self.client.active_element().await?.send_keys(keys).await };
        self.must("press keys", press);
    }

    /// What an expression of the page's language is.
    pub fn value(&self, expression: &str) -> Value {
        let code = format!("return ({expression})");
        self.must(expression, self.client.execute(&code, Vec::new()))
    }

    /// The same as text; nothing is the empty one.
    pub fn text(&self, expression: &str) -> String {
        match self.value(expression) {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    /// Waits until an expression is true; `what` says it in words. Returns it.
    ///
    /// # Panics
    ///
    /// If it never is.
    #[track_caller]
    pub fn until(&self, what: &str, expression: &str) -> Value {
        let start = Instant::now();
        loop {
            let value = self.value(expression);
            if !matches!(value, Value::Null | Value::Bool(false)) && value != json!("") && value != json!(0) {
                return value;
            }
            if start.elapsed() > PATIENCE {
                let body = self.text("document.body.innerText");
                panic!("not within {PATIENCE:?}: {what}\n{expression}\nThe page:\n{body}");
            }
            thread::sleep(POLL);
        }
    }

    /// A picture of what is seen, as PNG.
    pub fn picture(&self) -> Vec<u8> {
        self.must("take a picture", self.client.screenshot())
    }

    /// The errors that the page's console has told since the last time: a line each.
    pub fn errors(&self) -> Vec<String> {
        let said = self.must("read the console", self.client.issue_cmd(More::console()));
        let lines = said.as_array().into_iter().flatten();
        let errors = lines.filter(|entry| entry["level"] == "SEVERE");
        errors.map(|entry| entry["message"].to_string()).collect()
    }

    /// Sends a command of the developer tools.
    pub fn tools(&self, command: &str, params: Value) -> Value {
        self.must(command, self.client.issue_cmd(More::tools(command, params)))
    }

    #[track_caller]
    fn must<T>(&self, what: &str, work: impl Future<Output = Result<T, CmdError>>) -> T {
        match self.runtime.block_on(work) {
            Ok(done) => done,
            Err(error) => panic!("cannot {what}: {error}"),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // What does not close by itself ends with its driver.
        let _ = self.runtime.block_on(self.client.clone().close());
        let _ = fs::remove_dir_all(&self.folder);
    }
}
