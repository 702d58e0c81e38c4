//! `cargo kata doctor`: checks that this machine has everything that the kata needs.

use std::env;
use std::process::Command;

use ::redis::cmd;
use anstyle::Style;
use testkit::redis::{LaunchOptions, NoRedis, Sources, launch};

use crate::commands::redis::{DEFAULT_URL, connect};
use crate::system::cargo::version;
use crate::system::{address, files};
use crate::term::progress::Spinner;
use crate::term::say;
use crate::{CliError, Outcome, Repo};

/// Checks the toolchain, Redis, the ports and git, and prints a remedy for each problem. The exit
/// code is 1 if the kata cannot be done on this machine.
///
/// # Errors
///
/// None so far; a problem of this machine is printed.
pub fn run(repo: &Repo) -> Result<Outcome, CliError> {
    let toolchain = toolchain(repo);
    let redis = redis();
    eviction();
    ports();
    git(repo);
    say::line("");
    if toolchain && redis {
        say::line(
            "This machine has everything that the kata needs. Next: `cargo kata play`, or docs/step1-enqueue.md.",
        );
        return Ok(Outcome::SUCCESS);
    }
    say::line("Something is missing. Each line marked ✗ explains what to do.");
    Ok(Outcome::FAILURE)
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
    let manifest: toml::Table = files::text(&repo.root().join("Cargo.toml")).ok()?.parse().ok()?;
    Some(
        manifest
            .get("workspace")?
            .get("package")?
            .get("rust-version")?
            .as_str()?
            .to_owned(),
    )
}

/// Tries each way in which the tests find a Redis, and prints which one they use.
fn redis() -> bool {
    let mut used = None;
    for name in ["KATA_REDIS_URL", "Docker", "redis-server"] {
        let sources = Sources {
            given: name == "KATA_REDIS_URL",
            docker: name == "Docker",
            private: name == "redis-server",
        };
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
                let why = if name == "Docker" { docker } else { private };
                note(name, why.lines().next().unwrap_or_default());
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

/// Warns of each Redis with jobs in it that deletes them when it is full. One that does not answer,
/// or does not reveal its settings to this user, is left out.
fn eviction() {
    let urls = ["KATA_REDIS_URL", "REDIS_URL"].map(|name| env::var(name).ok().filter(|url| !url.is_empty()));
    let [given, used] = urls;
    for url in given
        .into_iter()
        .chain([used.unwrap_or_else(|| DEFAULT_URL.to_owned())])
    {
        let Ok(mut connection) = connect(&url) else { continue };
        let info: String = cmd("INFO").arg("memory").query(&mut connection).unwrap_or_default();
        let policy = info.lines().find_map(|line| line.strip_prefix("maxmemory_policy:"));
        let redis = lookout::masked(&url);
        match policy {
            None | Some("noeviction") => {}
            Some(policy) => drop(note(
                "eviction",
                &format!(
                    "when the Redis at {redis} is full, it deletes jobs, because its maxmemory-policy is {policy}. \
                     Run `cargo kata redis --redis {redis} CONFIG SET maxmemory-policy noeviction`"
                ),
            )),
        }
    }
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
    let output = command.current_dir("/").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .next()
        .filter(|_| output.status.success())
        .map(str::to_owned)
}

fn good(name: &str, text: &str) -> bool {
    row(say::GOOD, "✓", name, text);
    true
}

fn bad(name: &str, text: &str) -> bool {
    row(say::BAD, "✗", name, text);
    false
}

fn note(name: &str, text: &str) -> bool {
    row(say::WARN, "·", name, text);
    true
}

fn row(style: Style, mark: &str, name: &str, text: &str) {
    say::line(&format!("{} {name:<14} {text}", say::paint(style, mark)));
}
