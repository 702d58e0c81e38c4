//! Running Ruby.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use testkit::Kit;

const SETUP: &str = r#"
    require "sidekiq"
    require "sidekiq/api"
    Sidekiq.configure_client { |config| config.redis = { url: ENV.fetch("REDIS_URL") } }
    def items(set) = set.map { |job| job.item.merge("score" => job.score) }
"#;

/// Runs a Ruby script, and returns the JSON that it prints.
pub fn ruby(kit: &Kit, script: &str) -> Value {
    let mut ruby = Command::new("ruby");
    ruby.args(["-e", &format!("{SETUP}\n{script}")])
        .env("REDIS_URL", kit.url());
    let output = kit.within(Duration::from_secs(30), "Ruby ends", move || ruby.output());
    let output = output.expect("`ruby` is on the PATH");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    kit.assert(
        &format!("Ruby ended without an error: {stderr}"),
        output.status.success(),
    );
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    match serde_json::from_str(&stdout) {
        Ok(value) => value,
        Err(error) => kit.fail(&format!("Ruby prints JSON, not {stdout:?} ({error})")),
    }
}
