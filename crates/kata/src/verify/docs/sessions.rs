//! The sessions of a chapter, run against our solutions: one Redis and one counters API for each
//! page, so that the pages run side by side. Most of their time they wait.
//!
//! The commands find the programs of our solutions, and this program
//! ([`crate::verify::docs::shims`]). `REDIS_URL` and `COUNTERS_API` contain the addresses of the
//! page's own Redis and API.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, io};

use wait_timeout::ChildExt;

use super::matching;
use super::page::{Block, Page};
use super::session::{self, Line};
use super::shims::{built, shims};
use crate::system::http::{answers, define};
use crate::system::run::run;
use crate::system::{Group, RedisProcess, cargo};
use crate::verify::Scope;
use crate::verify::parallel::parallel_map;
use crate::{CliError, Outcome, Side};

/// How long a command of a session may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a command in the background may take to print the lines that the page shows, and to
/// end.
const BACKGROUND_TIMEOUT: Duration = Duration::from_secs(12);

/// The programs that the sessions of a chapter call.
struct Programs {
    /// The program that serves the API.
    api: PathBuf,
    /// The folder of the solutions.
    folder: PathBuf,
    /// A `PATH` that begins with the programs of the steps.
    path: OsString,
}

/// The environment in which the sessions of a page run.
struct Environment {
    // Dropped in this order: the API before its Redis.
    _group: Option<Group>,
    redis: RedisProcess,
    /// The address of the API; none if there is only a Redis.
    api: Option<String>,
    folder: PathBuf,
    path: OsString,
}

/// A command in the background, and its output.
struct Background {
    group: Group,
    child: Child,
    lines: Receiver<String>,
}

/// Runs the sessions of these pages side by side. If `KATA_REDIS_URL` names a Redis, they share it,
/// so one page runs after the other. Returns a text for each command that does not print what its
/// page shows.
///
/// # Errors
///
/// If the programs do not compile, or Redis or the API cannot be started.
pub fn problems(scope: &Scope, pages: &[(String, &Page)]) -> Result<Vec<String>, CliError> {
    if pages.iter().all(|(_, page)| sessions(page).next().is_none()) {
        return Ok(Vec::new());
    }
    let programs = Programs::build(scope)?;
    let workers = if env::var_os("KATA_REDIS_URL").is_some() {
        1
    } else {
        pages.len()
    };
    let ran = parallel_map(pages, workers, |(name, page)| match sessions(page).next() {
        Some(_) => Environment::open(&programs)?.run_page(name, page),
        None => Ok(Vec::new()),
    });
    Ok(ran.into_iter().collect::<Result<Vec<_>, CliError>>()?.concat())
}

/// Runs the sessions of a page that needs only a Redis. It starts one for the page, even if
/// `KATA_REDIS_URL` names another one, because the page may change the settings of the server.
///
/// # Errors
///
/// If Redis cannot be started.
pub fn problems_alone(scope: &Scope, name: &str, page: &Page) -> Result<Vec<String>, CliError> {
    Environment::of_redis(scope)?.run_page(name, page)
}

/// Returns the code blocks that are sessions.
fn sessions(page: &Page) -> impl Iterator<Item = &Block> {
    page.blocks.iter().filter(|block| block.language == "console")
}

impl Programs {
    fn build(scope: &Scope) -> Result<Programs, CliError> {
        let folder = scope.repo.workspace(Side::Solution);
        let programs = built(&mut scope.with_lints(scope.cargo(&folder))?)?;
        let tools = built(&mut scope.with_lints(cargo::command(scope.repo.root()))?)?;
        let api = tools.iter().find(|built| built.target == "counters-api");
        Ok(Programs {
            api: api.ok_or("Cargo did not build counters-api.")?.path.clone(),
            folder,
            path: path_with(shims(&scope.repo.cache().join("verify/bin"), &programs)?)?,
        })
    }
}

impl Environment {
    fn open(programs: &Programs) -> Result<Environment, CliError> {
        let redis = RedisProcess::get(None, false)?;
        let mut group = Group::new()?;
        let listen = format!("127.0.0.1:{}", free_port()?);
        let mut command = Command::new(&programs.api);
        command
            .args(["--listen", &listen])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        group
            .spawn(&mut command)
            .map_err(|error| format!("counters-api cannot be started: {error}."))?;
        let api = format!("http://{listen}");
        let deadline = Instant::now() + BACKGROUND_TIMEOUT;
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
        Ok(Environment {
            _group: Some(group),
            redis,
            api: Some(api),
            folder: programs.folder.clone(),
            path: programs.path.clone(),
        })
    }

    /// Starts a Redis of its own, without the programs of the steps and without the API.
    fn of_redis(scope: &Scope) -> Result<Environment, CliError> {
        Ok(Environment {
            _group: None,
            redis: RedisProcess::get(Some(free_port()?), false)?,
            api: None,
            folder: scope.repo.root().to_owned(),
            path: path_with(shims(&scope.repo.cache().join("verify/bin-without-steps"), &[])?)?,
        })
    }

    /// Runs all sessions of a page.
    fn run_page(&mut self, name: &str, page: &Page) -> Result<Vec<String>, CliError> {
        let mut problems = Vec::new();
        for block in sessions(page) {
            match session::read(block) {
                Ok(lines) => problems.extend(self.run_block(&lines)?),
                Err(problem) => problems.push(problem),
            }
        }
        Ok(problems.iter().map(|problem| format!("{name}: {problem}")).collect())
    }

    /// Runs one block.
    fn run_block(&mut self, lines: &[Line]) -> Result<Vec<String>, CliError> {
        let mut running = Vec::new();
        let mut problems = Vec::new();
        for line in lines {
            let (ok, output) = if line.background {
                let (background, ok, output) = self.start(line)?;
                running.push(background);
                (ok, output)
            } else {
                let ran = run(&mut self.shell(line), COMMAND_TIMEOUT)?;
                let is_right = ran.outcome == Outcome::Exited(line.code) && matching::matches(&line.output, &ran.text);
                (is_right, ran.output())
            };
            if !ok {
                let [shown, output] = [&line.output, &output].map(|text| text.trim_end().replace('\n', "\n    "));
                problems.push(format!(
                    "line {}: $ {}\n  The page shows\n    {shown}\n  The command printed\n    {output}",
                    line.line, line.command
                ));
            }
        }
        for background in running {
            background.end();
        }
        Ok(problems)
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

    fn start(&mut self, line: &Line) -> Result<(Background, bool, String), CliError> {
        let mut group = Group::new()?;
        let pipe = || {
            let (from, to) = io::pipe()?;
            Ok((from, to.try_clone()?, to))
        };
        let (from, out, err) = pipe().map_err(|error: io::Error| format!("A pipe cannot be created: {error}."))?;
        let child = group
            .spawn(self.shell(line).stdin(Stdio::null()).stdout(out).stderr(err))
            .map_err(|error| format!("`sh` cannot be started: {error}."))?;
        let (send, lines) = mpsc::channel();
        thread::spawn(move || {
            let lines = io::BufRead::lines(io::BufReader::new(from)).map_while(Result::ok);
            // The lines after those that the page shows are not read.
            let _ = lines.into_iter().try_for_each(|line| send.send(line));
        });
        let background = Background { group, child, lines };
        let deadline = Instant::now() + BACKGROUND_TIMEOUT;
        let mut output = String::new();
        while !matching::begins(&line.output, &output) {
            let left = deadline.saturating_duration_since(Instant::now());
            match background.lines.recv_timeout(left) {
                Ok(more) => output.push_str(&format!("{more}\n")),
                Err(_) => return Ok((background, false, output)),
            }
        }
        Ok((background, true, output))
    }
}

impl Background {
    /// Ends it as closing a terminal does, and waits.
    fn end(mut self) {
        self.group.terminate();
        if !matches!(self.child.wait_timeout(BACKGROUND_TIMEOUT), Ok(Some(_))) {
            self.group.kill();
            let _ = self.child.wait();
        }
    }
}

/// Returns a `PATH` that begins with this folder.
fn path_with(folder: PathBuf) -> Result<OsString, CliError> {
    let old = env::var_os("PATH").unwrap_or_default();
    env::join_paths([folder].into_iter().chain(env::split_paths(&old)))
        .map_err(|error| format!("PATH cannot be set: {error}.").into())
}

fn free_port() -> Result<u16, CliError> {
    testkit::redis::free_port().map_err(|error| format!("There is no free port: {error}.").into())
}
