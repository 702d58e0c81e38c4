//! The commands of Chromium's driver beyond the WebDriver standard.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// A command beyond the standard.
#[derive(Debug)]
pub struct ExtraCommand {
    path: &'static str,
    body: Value,
}

impl ExtraCommand {
    /// Returns a command for the browser's developer tools.
    pub fn devtools(command: &str, params: Value) -> ExtraCommand {
        ExtraCommand {
            path: "goog/cdp/execute",
            body: json!({"cmd": command, "params": params}),
        }
    }

    /// Returns the command that reads the console's output since its last call.
    pub fn console() -> ExtraCommand {
        ExtraCommand {
            path: "se/log",
            body: json!({"type": "browser"}),
        }
    }
}

impl WebDriverCompatibleCommand for ExtraCommand {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
