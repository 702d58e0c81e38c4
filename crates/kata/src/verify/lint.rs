//! Clippy and rustdoc as part of the build.
//!
//! `cargo clippy` and `cargo doc` compile every dependency again, because they need only its metadata. Here both run where
//! cargo would run the compiler (`RUSTC_WORKSPACE_WRAPPER`), so one build compiles, lints and documents.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::run::run;
use super::{Scope, files};
use crate::Stop;

/// The time of a build depends on the machine.
const DEADLINE: Duration = Duration::from_secs(3600);

/// How many of the diagnostics are shown.
const SHOWN: usize = 10;

/// Called by cargo as `SCRIPT rustc ARGUMENT…`. Rustdoc takes the same arguments as the compiler, except those that name
/// what the compiler writes.
const SCRIPT: &str = r#"#!/bin/sh
command -v clippy-driver >/dev/null || {
  echo 'There is no clippy-driver. Install it: rustup component add clippy' >&2
  exit 1
}
document() {
  shift
  before=
  for argument; do
    shift
    case $before$argument in
      --emit=*|--out-dir) ;;
      --out-dir*) set -- "$@" --out-dir "${0%/*}/doc" ;;
      *) set -- "$@" "$argument" ;;
    esac
    before=; [ "$argument" != --out-dir ] || before=$argument
  done
  rustdoc "$@"
}
case " $* " in
  *' --crate-type lib '*) (document "$@") || exit ;;
esac
exec clippy-driver "$@"
"#;

/// Makes a cargo command lint what it builds of its own workspace.
///
/// # Errors
///
/// If the script that cargo is to call cannot be written.
pub fn with_lints(scope: &Scope, mut cargo: Command) -> Result<Command, Stop> {
    cargo.env("RUSTC_WORKSPACE_WRAPPER", script(scope)?);
    Ok(cargo)
}

fn script(scope: &Scope) -> Result<PathBuf, Stop> {
    let path = scope.repo.cache().join("verify/lint");
    files::write_one(&path, SCRIPT)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
        .map_err(|error| Stop::path("make executable", &path, &error))?;
    Ok(path)
}

/// Builds all targets, and returns the warnings and errors as the compiler, clippy and rustdoc print them.
///
/// # Errors
///
/// If cargo cannot be started.
pub fn problems(scope: &Scope, cargo: Command, packages: &[&str]) -> Result<Vec<String>, Stop> {
    let mut cargo = with_lints(scope, cargo)?;
    // Tests are targets, too, and what they need is built with them.
    cargo.args(["test", "--no-run", "--message-format=json"]).args(packages);
    let ran = run(&mut cargo, DEADLINE)?;
    let mut found = diagnostics(&ran.out);
    if found.is_empty() && !ran.ok {
        found.push(ran.gist());
    }
    Ok(found)
}

/// Returns the warnings and errors among cargo's JSON messages, each once, at most ten.
pub fn diagnostics(messages: &str) -> Vec<String> {
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut found = Vec::new();
    for message in messages {
        let diagnostic = &message["message"];
        let is_problem = matches!(diagnostic["level"].as_str(), Some("warning" | "error"));
        // The line that counts the others has no code and no place in a file.
        let has_place = diagnostic["spans"].as_array().is_some_and(|spans| !spans.is_empty());
        let Some(text) = diagnostic["rendered"].as_str().filter(|_| is_problem && has_place) else {
            continue;
        };
        if !found.iter().any(|known| known == text) {
            found.push(text.to_owned());
        }
    }
    let more = found.len().saturating_sub(SHOWN);
    found.truncate(SHOWN);
    if more > 0 {
        found.push(format!("… and {more} more"));
    }
    found
}
