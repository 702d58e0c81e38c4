//! A program that is started anew when it has gone.

use std::path::{Path, PathBuf};
use std::process::Command;

use anstyle::Style;

/// How it was started, and will be again.
#[derive(Clone, Debug)]
pub struct RestartSpec {
    /// What it is called in front of its lines.
    pub name: &'static str,
    /// How its name looks there.
    pub style: Style,
    program: PathBuf,
    args: Vec<String>,
}

impl RestartSpec {
    /// Takes note of how it is started.
    pub fn new(name: &'static str, style: Style, program: &Path, args: &[&str]) -> RestartSpec {
        RestartSpec {
            name,
            style,
            program: program.to_owned(),
            args: args.iter().map(|&word| word.to_owned()).collect(),
        }
    }

    /// Starts it, once it is spawned.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        command
    }
}
