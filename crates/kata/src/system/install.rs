//! Installs `redis-server` with the package manager of the system, if there is no Redis at all.

use std::io::{self, IsTerminal};
use std::process::Command;

use nix::unistd::Uid;
pub use testkit::redis::in_path;

use crate::CliError;
use crate::term::say;

/// The package managers, in the order in which they are tried, each with its commands. Homebrew is
/// last, because on Linux it is not the manager of the system.
///
/// Arch and new releases of Fedora have Valkey in place of Redis, which works as well. Fedora also
/// finds it by the path of `redis-server`.
const MANAGERS: [(&str, &[&str]); 4] = [
    ("apt-get", &["apt-get update", "apt-get install -y redis-server"]),
    ("dnf", &["dnf install -y /usr/bin/redis-server"]),
    ("pacman", &["pacman -S --needed --noconfirm valkey"]),
    ("brew", &["brew install redis"]),
];

/// Prints why there is no Redis (`why`), and installs one. Asks first if there is a terminal and
/// `yes` is false.
///
/// # Errors
///
/// If there is no known package manager, the answer is no, or the installation fails.
pub fn offer(why: &str, yes: bool) -> Result<(), CliError> {
    say::note(why);
    let found = MANAGERS.into_iter().find(|(program, _)| in_path(program).is_some());
    let (program, commands) = found
        .ok_or("None of the known package managers (apt-get, dnf, pacman, brew) is in PATH. Install Redis yourself.")?;
    let asked = !yes && io::stdin().is_terminal() && io::stderr().is_terminal();
    // Homebrew refuses to run as root. A password may be asked for only if a person was asked.
    let sudo = match (program == "brew" || Uid::effective().is_root(), asked) {
        (true, _) => "",
        (false, true) => "sudo ",
        (false, false) => "sudo -n ",
    };
    let commands: Vec<_> = commands.iter().map(|command| format!("{sudo}{command}")).collect();
    let shown = say::paint(say::COMMAND, &commands.join(" && "));
    if asked && !say::ask(&format!("Install it now with `{shown}`?"))? {
        return Err("Nothing was installed. Use one of the three ways above.".into());
    }
    commands.iter().try_for_each(|command| run(command))
}

fn run(command: &str) -> Result<(), CliError> {
    say::command(command);
    let mut words = command.split(' ');
    let status = Command::new(words.next().unwrap_or_default())
        .args(words)
        // Otherwise the packages of Debian ask questions during the installation.
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            Err(format!("`{command}` failed ({status}). Install redis-server yourself, then try again.").into())
        }
        Err(error) => Err(format!("`{command}` cannot be started: {error}. Install redis-server yourself.").into()),
    }
}
