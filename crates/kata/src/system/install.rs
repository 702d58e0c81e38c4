//! Installs `redis-server` with the package manager of the system, if there is no Redis at all.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nix::unistd::Uid;

use crate::CliError;
use crate::term::say;

/// A package manager that this program can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manager {
    /// The name of its program.
    pub program: &'static str,
    /// The arguments of its calls, in order.
    pub commands: &'static [&'static [&'static str]],
    /// True if it must run as root. Homebrew refuses to.
    pub root: bool,
}

/// The package managers, in the order in which they are tried. Homebrew is last, because on Linux
/// it is not the manager of the system.
///
/// Arch and new releases of Fedora have Valkey in place of Redis, which works as well. Fedora also
/// finds it by the path of `redis-server`.
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

/// Prints why there is no Redis (`why`), and installs one. Asks first if there is a terminal and
/// `yes` is false.
///
/// # Errors
///
/// If there is no known package manager, the answer is no, or the installation fails.
pub fn offer(why: &str, yes: bool) -> Result<(), CliError> {
    say::note(why);
    let found = MANAGERS.iter().find(|manager| in_path(manager.program).is_some());
    let manager = found
        .ok_or("None of the known package managers (apt-get, dnf, pacman, brew) is in PATH. Install Redis yourself.")?;
    let asked = !yes && io::stdin().is_terminal() && io::stderr().is_terminal();
    let lines = manager.lines(Uid::effective().is_root(), asked);
    let shown = lines.iter().map(|line| line.join(" ")).collect::<Vec<_>>().join(" && ");
    if asked && !agreed(&shown)? {
        return Err("Nothing was installed. Use one of the three ways above.".into());
    }
    for line in &lines {
        run(line)?;
    }
    Ok(())
}

impl Manager {
    /// Returns the commands to run. They begin with `sudo` if root is required and this process is
    /// not root. It may ask for a password only if a person was `asked`.
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
        "Install it now with `{}`? [y/N] ",
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
    // Otherwise the packages of Debian ask questions during the installation.
    let status = Command::new(program)
        .args(args)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::inherit())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            Err(format!("`{shown}` failed ({status}). Install redis-server yourself, then try again.").into())
        }
        Err(error) => Err(format!("`{shown}` cannot be started: {error}. Install redis-server yourself.").into()),
    }
}

/// Returns the path of a program if it is in `PATH`.
pub fn in_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}
