//! All the programs of the app: started one by one, looked after, and the worker replaced when it has gone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, io};

use anstyle::Style;

use super::{End, Group, Line, Part, Spare, line};
use crate::{address, say};

/// How long a worker must have run for its end to be an end, and not a start that failed.
const RAN: Duration = Duration::from_secs(2);

/// The running programs. Dropping it ends them at once.
#[derive(Debug)]
pub struct Cast {
    parts: Vec<Part>,
    group: Group,
    /// The page's line to us.
    line: Option<Line>,
    /// The program that may be killed, and is started anew when it has gone.
    spare: Option<Spare>,
}

impl Cast {
    /// Nobody yet.
    ///
    /// # Errors
    ///
    /// If there is no `sh`.
    pub fn new() -> io::Result<Cast> {
        Ok(Cast {
            parts: Vec::new(),
            group: Group::new()?,
            line: None,
            spare: None,
        })
    }

    /// Starts a program, and prints the command.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        self.launch(name, style, Command::new(program).args(args), Stdio::null())
    }

    /// Starts the page, with a line to us on which it may ask for what only we can do: to kill our worker.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start_page(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        let (line, its_end) = Line::open().map_err(|error| End::Failed(format!("No socket is to be had: {error}.")))?;
        self.line = Some(line);
        let mut command = Command::new(program);
        command.args(args).env(line::VARIABLE, "stdin");
        self.launch(name, style, &mut command, its_end)
    }

    /// Starts the worker. Should it be killed or stopped from the page, a new one is started.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start_worker(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        self.spare = Some(Spare::new(name, style, program, args));
        self.start(name, style, program, args)
    }

    fn launch(&mut self, name: &'static str, style: Style, command: &mut Command, input: Stdio) -> Result<(), End> {
        let words = command
            .get_args()
            .map(|word| say::quote(&address::masked(&word.to_string_lossy())));
        let program = PathBuf::from(command.get_program());
        say::command(&format!("{} {}", shown(&program), words.collect::<Vec<_>>().join(" ")));
        let part = Part::start(&mut self.group, name, style, command, input)
            .map_err(|error| End::Failed(format!("{} cannot be started: {error}.", program.display())))?;
        self.parts.push(part);
        Ok(())
    }

    /// Does what the page asks for, and looks whether all live. A worker that was told to stop, through Redis, has ended
    /// in peace, and is replaced.
    ///
    /// # Errors
    ///
    /// If one has ended by itself, or cannot be started anew.
    pub fn look_after(&mut self) -> Result<(), End> {
        self.obey()?;
        let mut parts = self.parts.iter_mut().enumerate();
        let Some((index, status)) = parts.find_map(|(index, part)| Some((index, part.ended()?))) else {
            return Ok(());
        };
        let part = &self.parts[index];
        if status.success() && part.age() > RAN && self.worker() == Some(index) {
            return self.replace(index);
        }
        let mut text = format!("{} ended by itself ({status}).", part.name);
        let lines = part.last_lines();
        if !lines.is_empty() {
            text.push_str(&format!(" Its last lines:\n  {}", lines.join("\n  ")));
        }
        Err(End::Failed(text))
    }

    /// Does what the page asks for, if it asks.
    fn obey(&mut self) -> Result<(), End> {
        let Some(question) = self.line.as_ref().and_then(Line::asked) else {
            return Ok(());
        };
        let worker = self.worker().filter(|_| question == "kill worker");
        let killed = worker.and_then(|index| Some((index, self.parts[index].kill()?)));
        let answer = match killed {
            Some((_, pid)) => format!("ok {pid}"),
            None => format!("cargo kata play knows nothing of “{question}”, or it has ended already"),
        };
        if let Some(line) = &self.line {
            line.answer(&answer);
        }
        match killed {
            Some((index, pid)) => {
                say::line(&format!("kill -9 {pid} (the worker), as the page asked"));
                self.replace(index)
            }
            None => Ok(()),
        }
    }

    fn worker(&self) -> Option<usize> {
        let name = self.spare.as_ref()?.name;
        self.parts.iter().position(|part| part.name == name)
    }

    fn replace(&mut self, index: usize) -> Result<(), End> {
        self.parts.remove(index);
        match &self.spare {
            Some(spare) => {
                let (name, style, mut command) = (spare.name, spare.style, spare.command());
                self.launch(name, style, &mut command, Stdio::null())
            }
            None => Ok(()),
        }
    }

    /// Asks those of these names to end (TERM).
    pub fn terminate(&mut self, names: &[&str]) {
        self.named(names).for_each(Part::terminate);
    }

    /// Whether none of these names runs any more.
    pub fn have_ended(&mut self, names: &[&str]) -> bool {
        self.named(names).all(|part| part.ended().is_some())
    }

    /// Ends all of them at once.
    pub fn kill(&mut self) {
        self.group.kill();
        self.parts.iter_mut().for_each(Part::reap);
    }

    fn named(&mut self, names: &[&str]) -> impl Iterator<Item = &mut Part> {
        self.parts.iter_mut().filter(move |part| names.contains(&part.name))
    }
}

/// A program's path from the current folder, as short as it can be.
fn shown(program: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    say::quote(&program.strip_prefix(&here).unwrap_or(program).to_string_lossy())
}
