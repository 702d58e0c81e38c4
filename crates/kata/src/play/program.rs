//! A program of the app: how to start it, also again after it has ended.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anstyle::{AnsiColor, Style};

use crate::term::say;

/// How a program is started.
#[derive(Clone, Debug)]
pub struct Program {
    /// The name in front of its lines.
    pub name: &'static str,
    /// The style of the name.
    pub style: Style,
    path: PathBuf,
    args: Vec<String>,
}

/// What is special about a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The web page: on a control socket, it may request an action that only this process can do,
    /// to kill the job process.
    Page,
    /// The job process, which performs the jobs: if it is killed or stopped from the web page, a
    /// new one is started.
    JobProcess,
    /// Nothing.
    Other,
}

impl Program {
    /// Stores how a program is started.
    pub fn new<A: Into<String>>(
        name: &'static str,
        colour: AnsiColor,
        path: impl Into<PathBuf>,
        args: impl IntoIterator<Item = A>,
    ) -> Program {
        Program {
            name,
            style: colour.on_default(),
            path: path.into(),
            args: args.into_iter().map(Into::into).collect(),
        }
    }

    /// Returns the command that starts it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.args);
        command
    }

    /// Returns the command as a reader would type it in the current folder, without passwords.
    pub fn shown(&self) -> String {
        let here = env::current_dir().unwrap_or_default();
        let path = self.path.strip_prefix(&here).unwrap_or(&self.path).to_string_lossy();
        let args = self.args.iter().map(|word| match redis::parse_redis_url(word) {
            Some(_) => lookout::masked(word),
            None => word.clone(),
        });
        let words: Vec<_> = [path.into_owned()].into_iter().chain(args).collect();
        words.iter().map(|word| say::quote(word)).collect::<Vec<_>>().join(" ")
    }
}
