//! What Chromium's driver understands beyond the standard.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// A command of its own.
#[derive(Debug)]
pub struct More {
    path: &'static str,
    body: Value,
}

impl More {
    /// A command of the browser's developer tools.
    pub fn tools(command: &str, params: Value) -> More {
        More {
            path: "goog/cdp/execute",
            body: json!({"cmd": command, "params": params}),
        }
    }

    /// What the page's console has said since it was asked last.
    pub fn console() -> More {
        More {
            path: "se/log",
            body: json!({"type": "browser"}),
        }
    }
}

impl WebDriverCompatibleCommand for More {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
