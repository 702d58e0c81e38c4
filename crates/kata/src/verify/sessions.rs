//! The sessions of a chapter, run against our solutions: one Redis and one counters API a chapter, as a reader has them.
//!
//! Commands find our solutions' programs and this very program ([`super::shims`]). `REDIS_URL` and
//! `COUNTERS_API` lead to the chapter's own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, io};

use wait_timeout::ChildExt;

use super::page::Page;
use super::run::run;
use super::session::{self, Line};
use super::shims::{built, shims};
use super::{Scope, matching};
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
    _group: Group,
    redis: Keeper,
    api: String,
    folder: PathBuf,
    path: std::ffi::OsString,
}

/// A command in the background, and what it says.
struct Background {
    group: Group,
    child: Child,
    lines: Receiver<String>,
}

/// Runs the sessions of a page; what does not go as shown, a text each.
///
/// # Errors
///
/// If the programs do not build, or Redis or API cannot be started.
pub fn faults(scope: &Scope, page: &Page) -> Result<Vec<String>, Stop> {
    let blocks: Vec<_> = page.blocks.iter().filter(|block| block.language == "console").collect();
    if blocks.is_empty() {
        return Ok(Vec::new());
    }
    let mut stage = Stage::open(scope)?;
    let mut faults = Vec::new();
    for block in blocks {
        match session::read(block) {
            Ok(lines) => faults.extend(stage.play(&lines)?),
            Err(fault) => faults.push(fault),
        }
    }
    Ok(faults)
}

impl Stage {
    fn open(scope: &Scope) -> Result<Stage, Stop> {
        let solutions = scope.repo.workspace(Twin::Ours);
        let programs = built(&mut scope.cargo(&solutions))?;
        let tools = built(&mut cargo::command(scope.repo.root()))?;
        let api = tools
            .iter()
            .find(|built| built.target == "counters-api")
            .ok_or("Cargo built no counters-api.")?;
        let shims = shims(&scope.repo.cache().join("verify/bin"), &programs)?;
        let old = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([shims].into_iter().chain(env::split_paths(&old)))
            .map_err(|error| format!("PATH cannot be set: {error}."))?;
        let redis = Keeper::get(None, false)?;
        let port = testkit::redis::free_port().map_err(|error| format!("There is no free port: {error}."))?;
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
        let stage = Stage {
            _group: group,
            redis,
            api: format!("http://{listen}"),
            folder: solutions,
            path,
        };
        let deadline = Instant::now() + BACKGROUND;
        while !answers(&format!("{}/counters", stage.api)) {
            if Instant::now() > deadline {
                return Err(format!("counters-api does not answer at {}.", stage.api).into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        for name in ["hits", "signups"] {
            if !define(&stage.api, name) {
                return Err(format!("counters-api does not define the counter {name}.").into());
            }
        }
        Ok(stage)
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
            .env("COUNTERS_API", &self.api)
            .env("NO_COLOR", "1");
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

fn no_shell(error: io::Error) -> Stop {
    Stop::new(format!("`sh` cannot be started: {error}."))
}
