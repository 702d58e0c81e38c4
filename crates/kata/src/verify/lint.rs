//! Runs clippy and rustdoc as part of the build.
//!
//! `cargo clippy` and `cargo doc` compile every dependency again, because they need only its
//! metadata. Here, cargo runs both in place of the compiler (`RUSTC_WORKSPACE_WRAPPER`), so that
//! one build compiles, lints and documents.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::Scope;
use crate::system::run::{BUILD_TIMEOUT, run};
use crate::term::say;
use crate::{CliError, Outcome};

/// How many of the diagnostics are shown.
const SHOWN: usize = 10;

/// Runs clippy, and for a library also rustdoc, if cargo has called this program as its compiler:
/// `kata RUSTC ARGUMENT…`.
pub fn as_compiler(args: &[OsString]) -> Option<Outcome> {
    let rustc = Path::new(args.get(1)?);
    if rustc.file_stem()? != "rustc" {
        return None;
    }
    let is_library = args.windows(2).any(|pair| pair == ["--crate-type", "lib"]);
    if is_library {
        let folder = Path::new(&args[0]).with_file_name("doc");
        let status = Command::new("rustdoc").args(for_rustdoc(&args[2..], &folder)).status();
        if !status.is_ok_and(|status| status.success()) {
            return Some(Outcome::FAILURE);
        }
    }
    let error = Command::new("clippy-driver").args(&args[1..]).exec();
    say::note(&format!(
        "clippy-driver cannot be started: {error}. Install it with `rustup component add clippy`."
    ));
    Some(Outcome::FAILURE)
}

/// Returns the arguments for rustdoc: those of the compiler, except those that name its output.
fn for_rustdoc(args: &[OsString], folder: &Path) -> Vec<OsString> {
    let mut taken = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--out-dir" {
            args.next();
        } else if !arg.to_string_lossy().starts_with("--emit=") {
            taken.push(arg.clone());
        }
    }
    taken.extend(["--out-dir".into(), folder.into()]);
    taken
}

/// Builds all targets, and returns the warnings and errors as the compiler, clippy and rustdoc
/// print them.
///
/// # Errors
///
/// If cargo cannot be started.
pub fn problems(scope: &Scope, cargo: Command, packages: &[&str]) -> Result<Vec<String>, CliError> {
    let mut cargo = scope.with_lints(cargo)?;
    // The tests are targets, too, and cargo builds the others for them.
    cargo.args(["test", "--no-run", "--message-format=json"]).args(packages);
    let ran = run(&mut cargo, BUILD_TIMEOUT)?;
    let mut found = diagnostics(&ran.out);
    if found.is_empty() && !ran.ok() {
        found.push(ran.summary());
    }
    Ok(found)
}

/// Returns the warnings and errors in cargo's JSON messages, each once, and at most ten of them.
pub fn diagnostics(messages: &str) -> Vec<String> {
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut found = Vec::new();
    for message in messages {
        let diagnostic = &message["message"];
        let is_problem = matches!(diagnostic["level"].as_str(), Some("warning" | "error"));
        // The message that counts the others does not name a place in a file.
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
