//! How to start a program again after it has ended.

use std::path::{Path, PathBuf};
use std::process::Command;

use anstyle::Style;

/// How a program was started, and can be started again.
#[derive(Clone, Debug)]
pub struct RestartSpec {
    /// The name in front of its lines.
    pub name: &'static str,
    /// The style of the name.
    pub style: Style,
    program: PathBuf,
    args: Vec<String>,
}

impl RestartSpec {
    /// Stores how a program is started.
    pub fn new(name: &'static str, style: Style, program: &Path, args: &[&str]) -> RestartSpec {
        RestartSpec {
            name,
            style,
            program: program.to_owned(),
            args: args.iter().map(|&word| word.to_owned()).collect(),
        }
    }

    /// Returns the command that starts it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        command
    }
}
