//! Calls of cargo.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::install;
use super::run::{BUILD_TIMEOUT, run};
use crate::CliError;
use crate::term::say;

/// The name of a step's test program in its manifest.
pub const TESTS: &str = "all";
/// The option for cargo's messages in JSON on standard output; the compiler's are on standard
/// error.
pub const JSON: &str = "--message-format=json-render-diagnostics";

/// Returns a command that runs cargo in `folder`: the cargo that runs this program, otherwise the
/// one in `PATH`.
///
/// The variables that the outer cargo has set for this package are removed, so that the inner one
/// gets the environment of a shell.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(program());
    command.current_dir(folder);
    forget_ours(&mut command);
    command
}

/// Returns the cargo that runs this program, otherwise the one in `PATH`, as a full path if it is
/// found.
pub fn program() -> OsString {
    let in_path = || install::in_path("cargo").map(OsString::from);
    env::var_os("CARGO")
        .or_else(in_path)
        .unwrap_or_else(|| OsString::from("cargo"))
}

/// Removes the variables that cargo has set for this package from the environment of a command.
/// Also removes the variable with which tests do not capture their output, because a failure is
/// read from the captured output.
pub fn forget_ours(command: &mut Command) {
    command.env_remove("RUST_TEST_NOCAPTURE");
    const OURS: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    let is_ours = |name: &OsString| OURS.iter().any(|start| name.to_string_lossy().starts_with(start));
    for name in env::vars_os().map(|(name, _)| name).filter(is_ours) {
        command.env_remove(name);
    }
}

/// Returns a command that runs a test executable in the folder of its package, as cargo does.
pub fn test(folder: &Path, executable: &Path) -> Command {
    let mut command = Command::new(executable);
    command.current_dir(folder);
    forget_ours(&mut command);
    command.env("CARGO_MANIFEST_DIR", folder);
    command
}

/// Builds a program and returns its path. Shows cargo's progress and the messages of the compiler.
///
/// # Errors
///
/// If cargo cannot be started, or the program does not compile.
pub fn build(folder: &Path, package: &str, program: &str) -> Result<PathBuf, CliError> {
    let args = ["build", "--package", package, "--bin", program, JSON];
    let output = command(folder)
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(not_started)?;
    if !output.status.success() {
        return Err(format!("{program} does not compile. The messages of the compiler are above.").into());
    }
    let mut built = executables(&output.stdout).into_iter();
    let built = built.find(|built| built.target == program && built.kind == "bin");
    let built = built.ok_or_else(|| {
        format!("Cargo built {program}, but did not print its path. Try `cargo build --package {package}`.")
    })?;
    Ok(built.path)
}

/// An executable that cargo built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executable {
    /// The package's manifest.
    pub manifest: PathBuf,
    /// The name of the target: that of a program or of a test program.
    pub target: String,
    /// The kind of the target, such as `bin` or `test`.
    pub kind: String,
    /// True for a test harness, also for that of the unit tests of a program.
    pub is_test: bool,
    /// The path of the file.
    pub path: PathBuf,
}

/// Reads the executables from cargo's JSON messages.
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

/// Returns the output of `cargo metadata` for a workspace, including all packages of its lock file.
///
/// # Errors
///
/// If cargo cannot be started or fails.
pub fn metadata(folder: &Path) -> Result<Value, CliError> {
    let ran = run(
        command(folder).args(["metadata", "--format-version", "1", "--locked"]),
        BUILD_TIMEOUT,
    )?;
    if !ran.ok() {
        let (folder, output) = (folder.display(), ran.summary());
        return Err(format!("`cargo metadata --locked` failed in {folder}:\n{output}").into());
    }
    serde_json::from_str(&ran.out).map_err(|error| format!("`cargo metadata` did not return JSON: {error}.").into())
}

/// Reads the first number with dots in a text, as parts that can be compared: `rustc 1.95.0 (…)` is
/// `[1, 95, 0]`.
pub fn version(text: &str) -> Vec<u32> {
    let word = text
        .split_whitespace()
        .find(|word| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit()));
    let numbers = word
        .unwrap_or_default()
        .split(|c: char| !c.is_ascii_digit())
        .map_while(|number| number.parse().ok());
    numbers.collect()
}

/// Returns the error for a cargo that cannot be started.
pub fn not_started(error: std::io::Error) -> CliError {
    CliError::new(format!("Cargo cannot be started: {error}. Is it in PATH?"))
}

/// Formats a cargo command as a reader would type it in the root of the repository. `folder` is the
/// folder in which it runs.
pub fn display(root: &Path, folder: &Path, args: &[&str]) -> String {
    let words: Vec<_> = args.iter().map(|word| say::quote(word)).collect();
    let plain = format!("cargo {}", words.join(" "));
    match folder.strip_prefix(root).unwrap_or(folder).to_string_lossy() {
        here if here.is_empty() => plain,
        below => format!("(cd {} && {plain})", say::quote(&below)),
    }
}
