//! The sessions of a chapter, run against our solutions: one Redis and one counters API for all
//! pages of a chapter, as a reader has them.
//!
//! Commands find our solutions' programs and this very program ([`super::shims`]). `REDIS_URL` and
//! `COUNTERS_API` lead to the chapter's own.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, io};

use wait_timeout::ChildExt;

use super::page::{Block, Page};
use super::run::run;
use super::session::{self, Line};
use super::shims::{built, shims};
use super::{Scope, lint, matching};
use crate::keeper::Keeper;
use crate::play::{Group, answers, define};
use crate::{Stop, Twin, cargo};

/// How long a command of a session may take.
const COMMAND: Duration = Duration::from_secs(60);
/// How long a command in the background may take to say what is shown, and to end.
const BACKGROUND: Duration = Duration::from_secs(12);

/// Where the sessions of a chapter run.
struct Stage {
    // Dropped in this order: the API before its Redis.
    _group: Option<Group>,
    redis: Keeper,
    /// The address of the API; none if there is only a Redis.
    api: Option<String>,
    folder: PathBuf,
    path: OsString,
}

/// A command in the background, and what it says.
struct Background {
    group: Group,
    child: Child,
    lines: Receiver<String>,
}

/// Runs the sessions of these pages, one page after the other. Returns a text for each command that
/// does not print what its page shows.
///
/// # Errors
///
/// If the programs do not build, or Redis or API cannot be started.
pub fn faults(scope: &Scope, pages: &[(String, &Page)]) -> Result<Vec<String>, Stop> {
    if pages.iter().all(|(_, page)| sessions(page).next().is_none()) {
        return Ok(Vec::new());
    }
    let mut stage = Stage::open(scope)?;
    let mut faults = Vec::new();
    for (name, page) in pages {
        faults.extend(stage.play_page(name, page)?);
    }
    Ok(faults)
}

/// Runs the sessions of a page that needs only a Redis. That one is started for it, also if
/// `KATA_REDIS_URL` names another, because the page may change the settings of the server.
///
/// # Errors
///
/// If Redis cannot be started.
pub fn faults_alone(scope: &Scope, name: &str, page: &Page) -> Result<Vec<String>, Stop> {
    Stage::of_redis(scope)?.play_page(name, page)
}

/// Returns the code blocks that are sessions.
fn sessions(page: &Page) -> impl Iterator<Item = &Block> {
    page.blocks.iter().filter(|block| block.language == "console")
}

impl Stage {
    fn open(scope: &Scope) -> Result<Stage, Stop> {
        let solutions = scope.repo.workspace(Twin::Ours);
        let programs = built(&mut lint::with_lints(scope, scope.cargo(&solutions))?)?;
        let tools = built(&mut lint::with_lints(scope, cargo::command(scope.repo.root()))?)?;
        let api = tools
            .iter()
            .find(|built| built.target == "counters-api")
            .ok_or("Cargo built no counters-api.")?;
        let path = path_with(shims(&scope.repo.cache().join("verify/bin"), &programs)?)?;
        let redis = Keeper::get(None, false)?;
        let port = free_port()?;
        let mut group = Group::new().map_err(no_shell)?;
        let listen = format!("127.0.0.1:{port}");
        group
            .spawn(
                Command::new(&api.path)
                    .args(["--listen", &listen])
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null()),
            )
            .map_err(|error| format!("counters-api cannot be started: {error}."))?;
        let api = format!("http://{listen}");
        let deadline = Instant::now() + BACKGROUND;
        while !answers(&format!("{api}/counters")) {
            if Instant::now() > deadline {
                return Err(format!("counters-api does not answer at {api}.").into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        for name in ["hits", "signups"] {
            if !define(&api, name) {
                return Err(format!("counters-api does not define the counter {name}.").into());
            }
        }
        Ok(Stage {
            _group: Some(group),
            redis,
            api: Some(api),
            folder: solutions,
            path,
        })
    }

    /// Starts a Redis of its own, without the programs of the steps and without the API.
    fn of_redis(scope: &Scope) -> Result<Stage, Stop> {
        Ok(Stage {
            _group: None,
            redis: Keeper::get(Some(free_port()?), false)?,
            api: None,
            folder: scope.repo.root().to_owned(),
            path: path_with(shims(&scope.repo.cache().join("verify/bin-without-steps"), &[])?)?,
        })
    }

    /// Runs all sessions of a page.
    fn play_page(&mut self, name: &str, page: &Page) -> Result<Vec<String>, Stop> {
        let mut faults = Vec::new();
        for block in sessions(page) {
            match session::read(block) {
                Ok(lines) => faults.extend(self.play(&lines)?),
                Err(fault) => faults.push(fault),
            }
        }
        Ok(faults.into_iter().map(|fault| format!("{name}: {fault}")).collect())
    }

    /// Runs one block.
    fn play(&mut self, lines: &[Line]) -> Result<Vec<String>, Stop> {
        let mut running = Vec::new();
        let mut faults = Vec::new();
        for line in lines {
            let (ok, said) = if line.background {
                let (background, ok, said) = self.start(line)?;
                running.push(background);
                (ok, said)
            } else {
                let ran = run(&mut self.shell(line), COMMAND)?;
                (
                    ran.code == Some(line.code) && matching::matches(&line.output, &ran.text),
                    ran.said(),
                )
            };
            if !ok {
                let shown = line.output.trim_end().replace('\n', "\n    ");
                let said = said.trim_end().replace('\n', "\n    ");
                faults.push(format!(
                    "line {}: $ {}\n  the page shows\n    {shown}\n  it said\n    {said}",
                    line.line, line.command
                ));
            }
        }
        for background in running {
            background.end();
        }
        Ok(faults)
    }

    fn shell(&self, line: &Line) -> Command {
        let mut command = Command::new("sh");
        cargo::forget_ours(&mut command);
        command.args(["-c", &line.command]).current_dir(&self.folder);
        command
            .env("PATH", &self.path)
            .env("REDIS_URL", &self.redis.url)
            .env("NO_COLOR", "1");
        if let Some(api) = &self.api {
            command.env("COUNTERS_API", api);
        }
        command
    }

    fn start(&mut self, line: &Line) -> Result<(Background, bool, String), Stop> {
        let mut group = Group::new().map_err(no_shell)?;
        let (from, to) = io::pipe().map_err(|error| format!("There is no pipe: {error}."))?;
        let also = to.try_clone().map_err(|error| format!("There is no pipe: {error}."))?;
        let child = group
            .spawn(self.shell(line).stdin(Stdio::null()).stdout(to).stderr(also))
            .map_err(|error| format!("`sh` cannot be started: {error}."))?;
        let (send, lines) = mpsc::channel();
        thread::spawn(move || {
            let lines = io::BufRead::lines(io::BufReader::new(from)).map_while(Result::ok);
            // Nobody waits for what comes after the lines that the page shows.
            let _ = lines.into_iter().try_for_each(|line| send.send(line));
        });
        let background = Background { group, child, lines };
        let deadline = Instant::now() + BACKGROUND;
        let mut said = String::new();
        while !matching::begins(&line.output, &said) {
            match background
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(more) => said.push_str(&format!("{more}\n")),
                Err(_) => return Ok((background, false, said)),
            }
        }
        Ok((background, true, said))
    }
}

impl Background {
    /// Asks it to end, as closing a terminal does, and waits.
    fn end(mut self) {
        self.group.terminate();
        if !matches!(self.child.wait_timeout(BACKGROUND), Ok(Some(_))) {
            self.group.kill();
            let _ = self.child.wait();
        }
    }
}

/// Returns a `PATH` that begins with this folder.
fn path_with(folder: PathBuf) -> Result<OsString, Stop> {
    let old = env::var_os("PATH").unwrap_or_default();
    env::join_paths([folder].into_iter().chain(env::split_paths(&old)))
        .map_err(|error| format!("PATH cannot be set: {error}.").into())
}

fn free_port() -> Result<u16, Stop> {
    testkit::redis::free_port().map_err(|error| format!("There is no free port: {error}.").into())
}

fn no_shell(error: io::Error) -> Stop {
    Stop::new(format!("`sh` cannot be started: {error}."))
}
