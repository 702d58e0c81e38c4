//! Cargo, started for the learner, with its own output in sight.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{CliError, say};

/// The name of a step's test program in its manifest.
pub const TESTS: &str = "all";

/// A cargo to run in `folder`: the one that runs us, else the one in `PATH`.
///
/// What the outer cargo told us about our own package is left out, so that the inner one sees what a shell would give.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(program());
    command.current_dir(folder);
    forget_ours(&mut command);
    command
}

/// The cargo that runs us, else the one in `PATH`; as a whole path, where there is one.
pub fn program() -> OsString {
    let in_path = || crate::install::in_path("cargo").map(OsString::from);
    env::var_os("CARGO")
        .or_else(in_path)
        .unwrap_or_else(|| OsString::from("cargo"))
}

/// Takes what cargo told us about our own package out of a command's environment.
pub fn forget_ours(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|start| text.starts_with(start))
        {
            command.env_remove(&name);
        }
    }
}

/// A test executable to run as cargo does it, in the folder of its package.
pub fn test(folder: &Path, executable: &Path) -> Command {
    let mut command = Command::new(executable);
    command.current_dir(folder);
    forget_ours(&mut command);
    command.env("CARGO_MANIFEST_DIR", folder);
    command
}

/// Builds a program and returns its path. Cargo's progress, and what the compiler says, is shown.
///
/// # Errors
///
/// If cargo cannot be started, or the program does not compile.
pub fn build(folder: &Path, package: &str, program: &str) -> Result<PathBuf, CliError> {
    let output = command(folder)
        .args([
            "build",
            "--package",
            package,
            "--bin",
            program,
            "--message-format=json-render-diagnostics",
        ])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(not_started)?;
    if !output.status.success() {
        return Err(format!("{program} does not compile; what the compiler says is above.").into());
    }
    executables(&output.stdout)
        .into_iter()
        .find(|built| built.target == program && built.kind == "bin")
        .map(|built| built.path)
        .ok_or_else(|| {
            format!("Cargo built {program}, but did not say where. Try `cargo build --package {package}`.").into()
        })
}

/// An executable that cargo built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executable {
    /// The package's manifest.
    pub manifest: PathBuf,
    /// The target's name: a program's, or a test program's.
    pub target: String,
    /// Such as `bin`, `test`.
    pub kind: String,
    /// Whether it is a test harness, also that of a program's own unit tests.
    pub is_test: bool,
    /// Where it is.
    pub path: PathBuf,
}

/// The executables that cargo names in its JSON messages.
pub fn executables(messages: &[u8]) -> Vec<Executable> {
    let text = String::from_utf8_lossy(messages);
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter_map(|message| executable(&message))
        .collect()
}

fn executable(message: &Value) -> Option<Executable> {
    let target = message.get("target")?;
    Some(Executable {
        manifest: PathBuf::from(message.get("manifest_path")?.as_str()?),
        target: target.get("name")?.as_str()?.to_owned(),
        kind: target.get("kind")?.get(0)?.as_str()?.to_owned(),
        is_test: message.get("profile")?.get("test")?.as_bool()?,
        path: PathBuf::from(message.get("executable")?.as_str()?),
    })
}

/// What `cargo metadata` tells about a workspace and all that its lock file names.
///
/// # Errors
///
/// If cargo cannot be started, or cannot tell.
pub fn metadata(folder: &Path) -> Result<Value, CliError> {
    let output = command(folder)
        .args(["metadata", "--format-version", "1", "--locked"])
        .stdin(Stdio::null())
        .output()
        .map_err(not_started)?;
    if !output.status.success() {
        let output = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "`cargo metadata --locked` failed in {}:\n{}",
            folder.display(),
            output.trim_end()
        )
        .into());
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("`cargo metadata` answered no JSON: {error}.").into())
}

/// The sentence for a cargo that does not start.
pub fn not_started(error: std::io::Error) -> CliError {
    CliError::new(format!("Cargo cannot be started: {error}. Is it in PATH?"))
}

/// A cargo command as a reader would type it in the repository's root, `folder` being below it.
pub fn display(root: &Path, folder: &Path, args: &[&str]) -> String {
    let words: Vec<_> = args.iter().map(|word| say::quote(word)).collect();
    match folder.strip_prefix(root) {
        Ok(below) if below.as_os_str().is_empty() => format!("cargo {}", words.join(" ")),
        Ok(below) => format!(
            "(cd {} && cargo {})",
            say::quote(&below.to_string_lossy()),
            words.join(" ")
        ),
        Err(_) => format!(
            "(cd {} && cargo {})",
            say::quote(&folder.to_string_lossy()),
            words.join(" ")
        ),
    }
}
