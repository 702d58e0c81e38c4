//! `cargo kata doctor`: checks that this machine has everything that the kata needs.

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode};

use testkit::redis::{LaunchOptions, NoRedis, Sources, launch};

use crate::system::address;
use crate::term::progress::Spinner;
use crate::term::say;
use crate::{CliError, Repo};

/// Checks the toolchain, Redis, the ports and git, and prints a remedy for each problem. The exit
/// code is 1 if the kata cannot be done on this machine.
///
/// # Errors
///
/// None so far; a problem of this machine is printed.
pub fn run(repo: &Repo) -> Result<ExitCode, CliError> {
    let toolchain = toolchain(repo);
    let redis = redis();
    ports();
    git(repo);
    say::line("");
    if toolchain && redis {
        say::line(
            "This machine has everything that the kata needs. Next: `cargo kata play`, or docs/step1-enqueue.md.",
        );
        return Ok(ExitCode::SUCCESS);
    }
    say::line("Something is missing. Each line marked ✗ explains what to do.");
    Ok(ExitCode::FAILURE)
}

fn toolchain(repo: &Repo) -> bool {
    let wanted = rust_version(repo).unwrap_or_default();
    ["rustc", "cargo"].iter().fold(true, |well, program| {
        let variable = env::var_os(program.to_uppercase()).unwrap_or_else(|| (*program).into());
        match first_line(Command::new(variable).arg("--version")) {
            Some(line) if version(&line) >= version(&wanted) => {
                good(program, &format!("{line} (needs {wanted})")) && well
            }
            Some(line) => bad(
                program,
                &format!("{line} is older than {wanted}. Run `rustup update stable`."),
            ),
            None => bad(program, "cannot be run. Install Rust from https://rustup.rs."),
        }
    })
}

/// Returns the Rust version that the manifest of the root requires.
fn rust_version(repo: &Repo) -> Option<String> {
    let text = std::fs::read_to_string(repo.root().join("Cargo.toml")).ok()?;
    let manifest: toml::Table = text.parse().ok()?;
    Some(
        manifest
            .get("workspace")?
            .get("package")?
            .get("rust-version")?
            .as_str()?
            .to_owned(),
    )
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

/// Tries each way in which the tests find a Redis, and prints which one they use.
fn redis() -> bool {
    let sources: [(&str, Sources); 3] = [
        (
            "KATA_REDIS_URL",
            Sources {
                given: true,
                docker: false,
                private: false,
            },
        ),
        (
            "Docker",
            Sources {
                given: false,
                docker: true,
                private: false,
            },
        ),
        (
            "redis-server",
            Sources {
                given: false,
                docker: false,
                private: true,
            },
        ),
    ];
    let mut used = None;
    for (name, sources) in sources {
        if name == "KATA_REDIS_URL" && env::var_os(name).is_none_or(|url| url.is_empty()) {
            note(name, "is not set");
            continue;
        }
        let spinner = Spinner::start(&format!("trying {name}"));
        let tried = launch(&LaunchOptions {
            sources,
            ..LaunchOptions::default()
        });
        drop(spinner);
        match tried {
            Ok(launched) => {
                good(name, &format!("works: {launched}"));
                used = used.or(Some(name));
            }
            Err(NoRedis::Nowhere { docker, private }) => {
                note(name, one_line(if name == "Docker" { &docker } else { &private }));
            }
            Err(refused) => {
                bad(name, &refused.to_string().replace('\n', " "));
                if name == "KATA_REDIS_URL" {
                    // Then the tests try nothing else, either.
                    return false;
                }
            }
        }
    }
    match used {
        Some(name) => good("Redis", &format!("the tests and `cargo kata play` use {name}")),
        None => bad(
            "Redis",
            "cannot be found or started. Start Docker (or get the permission to use it), or run `cargo kata redis`, which offers to install redis-server.",
        ),
    }
}

/// Returns the first line of a reason.
fn one_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}

fn ports() {
    for (port, whose, instead) in [
        (3000, "the page", "`cargo kata play` uses another one"),
        (4000, "the API", "`cargo kata play` uses another one"),
        (
            6379,
            "`cargo kata redis`",
            "it may be a Redis that you can use: try `cargo kata redis PING`",
        ),
    ] {
        let name = format!("port {port}");
        if address::is_free(port) {
            good(&name, &format!("is free for {whose}"));
        } else {
            note(&name, &format!("is in use; {instead}"));
        }
    }
}

fn git(repo: &Repo) {
    match first_line(Command::new("git").arg("--version")) {
        Some(line) if repo.root().join(".git").exists() => good("git", &line),
        Some(line) => note(
            "git",
            &format!("{line}, but this folder is not a clone; the kata works without git"),
        ),
        None => note(
            "git",
            "is not in PATH; the kata works without git, but you cannot go back to earlier versions of your code",
        ),
    };
}

/// Returns the first line that a program prints, if it succeeds.
fn first_line(command: &mut Command) -> Option<String> {
    let output = command
        .current_dir(Path::new("/"))
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .next()
        .map(str::to_owned)
}

fn good(name: &str, text: &str) -> bool {
    say::line(&format!("{} {name:<14} {text}", say::paint(say::GOOD, "✓")));
    true
}

fn bad(name: &str, text: &str) -> bool {
    say::line(&format!("{} {name:<14} {text}", say::paint(say::BAD, "✗")));
    false
}

fn note(name: &str, text: &str) -> bool {
    say::line(&format!("{} {name:<14} {text}", say::paint(say::WARN, "·")));
    true
}
