//! `cargo kata` inside `solutions/`: hands over to the real one, at the root.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, io};

fn main() -> ExitCode {
    let error = match hand_over() {
        Ok(error) => format!("cargo cannot be started: {error}. Is it in PATH?"),
        Err(error) => format!("{error}. Go into the folder solutions/ of your clone, and try again."),
    };
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

/// Becomes `cargo run --package kata` of the root's workspace, in this folder: its exit code is ours, and so are the
/// signals it gets. Returns only if that fails.
fn hand_over() -> io::Result<io::Error> {
    let here = env::current_dir()?;
    let is_root = |path: &&Path| path.join("crates/kata/Cargo.toml").is_file() && path.join("solutions").is_dir();
    let root = here
        .ancestors()
        .find(is_root)
        .ok_or_else(|| io::Error::other(format!("{} is not inside the kata", here.display())))?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_")) {
        cargo.env_remove(name);
    }
    // Quiet: the outer cargo has just said what it builds and runs.
    cargo
        .args(["run", "--quiet", "--package", "kata", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .arg("--");
    Ok(cargo.args(env::args_os().skip(1)).exec())
}
