//! Installing `redis-server` by the system's package manager, where there is no Redis at all.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nix::unistd::Uid;

use crate::{CliError, say};

/// A package manager that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manager {
    /// Its program.
    pub program: &'static str,
    /// What it is told, one command after the other.
    pub commands: &'static [&'static [&'static str]],
    /// Whether it wants to be root. Homebrew refuses to be.
    pub root: bool,
}

/// The managers, in the order in which they are looked for. Homebrew comes last: on Linux it is a guest.
///
/// Arch and newer Fedoras carry Valkey in Redis's place, which serves as well; Fedora still finds it as `redis`.
pub const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        commands: &[&["update"], &["install", "-y", "redis-server"]],
        root: true,
    },
    Manager {
        program: "dnf",
        commands: &[&["install", "-y", "/usr/bin/redis-server"]],
        root: true,
    },
    Manager {
        program: "pacman",
        commands: &[&["-S", "--needed", "--noconfirm", "valkey"]],
        root: true,
    },
    Manager {
        program: "brew",
        commands: &[&["install", "redis"]],
        root: false,
    },
];

/// Says that there is no Redis (`why`), and installs one: after a question on a terminal; without one under `--yes`
/// (`yes`) or where nobody can be asked.
///
/// # Errors
///
/// If there is no manager that we know, the answer is no, or installing fails.
pub fn offer(why: &str, yes: bool) -> Result<(), CliError> {
    say::note(why);
    let found = MANAGERS.iter().find(|manager| in_path(manager.program).is_some());
    let manager =
        found.ok_or("No package manager that we know is in PATH (apt-get, dnf, pacman, brew): install it by hand.")?;
    let asked = !yes && io::stdin().is_terminal() && io::stderr().is_terminal();
    let lines = manager.lines(Uid::effective().is_root(), asked);
    let shown = lines.iter().map(|line| line.join(" ")).collect::<Vec<_>>().join(" && ");
    if asked && !agreed(&shown)? {
        return Err("Nothing was installed. Any of the three ways above will do.".into());
    }
    for line in &lines {
        run(line)?;
    }
    Ok(())
}

impl Manager {
    /// The commands as they are run: by `sudo` if root is needed and we are not; it may ask for a password only when a
    /// person was `asked`.
    pub fn lines(&self, is_root: bool, asked: bool) -> Vec<Vec<&'static str>> {
        let sudo: &[&str] = match (self.root && !is_root, asked) {
            (false, _) => &[],
            (true, true) => &["sudo"],
            (true, false) => &["sudo", "-n"],
        };
        self.commands
            .iter()
            .map(|words| [sudo, &[self.program], words].concat())
            .collect()
    }
}

fn agreed(shown: &str) -> Result<bool, CliError> {
    let _ = write!(
        anstream::stderr(),
        "Install it now, by `{}`? [y/N] ",
        say::paint(say::COMMAND, shown)
    );
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|error| format!("Your answer cannot be read: {error}."))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn run(line: &[&str]) -> Result<(), CliError> {
    let shown = line.join(" ");
    say::command(&shown);
    let Some((program, args)) = line.split_first() else {
        return Ok(());
    };
    // Debian's packages ask questions unless told that nobody is there to answer.
    let status = Command::new(program)
        .args(args)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::inherit())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` failed ({status}). Install redis-server by hand, then try again.").into()),
        Err(error) => Err(format!("`{shown}` cannot be started: {error}. Install redis-server by hand.").into()),
    }
}

/// The path of a program, if `PATH` has it.
pub fn in_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}
