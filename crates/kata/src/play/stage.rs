//! All the programs together: started one by one, watched, stopped in order.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{env, thread};

use anstyle::Style;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{Group, Line, Part, line};
use crate::keeper::Keeper;
use crate::{Stop, address, say};

/// How often the programs are looked after.
const LOOK: Duration = Duration::from_millis(50);

/// How long a program must have run for its end to be an end, and not a start that failed.
const RAN: Duration = Duration::from_secs(2);

/// Why the play is over, or does not begin.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// Ctrl-C, or a signal like it.
    Asked,
    /// Something went wrong; as the text to print.
    Failed(String),
}

impl From<Stop> for End {
    fn from(stop: Stop) -> End {
        End::Failed(stop.0)
    }
}

/// The running programs, and the Redis behind them.
#[derive(Debug)]
pub struct Stage {
    // Dropped in this order: the programs before their Redis.
    parts: Vec<Part>,
    group: Group,
    keeper: Keeper,
    signals: Receiver<()>,
    /// The page's line to us.
    line: Option<Line>,
    /// The program that may be killed, and is started anew when it has gone.
    spare: Option<Spare>,
}

/// How a program was started.
#[derive(Debug)]
struct Spare {
    name: &'static str,
    style: Style,
    program: PathBuf,
    args: Vec<String>,
}

impl Stage {
    /// An empty stage. From now on Ctrl-C, TERM and HUP end the play instead of this process.
    ///
    /// # Errors
    ///
    /// If signals cannot be caught, or there is no `sh`.
    pub fn open(keeper: Keeper) -> Result<Stage, Stop> {
        let mut caught =
            Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|error| format!("Ctrl-C cannot be caught: {error}."))?;
        let group =
            Group::new().map_err(|error| format!("`sh`, which guards the programs, cannot be started: {error}."))?;
        let (sender, signals) = mpsc::channel();
        thread::spawn(move || caught.forever().try_for_each(|_| sender.send(())));
        Ok(Stage {
            parts: Vec::new(),
            group,
            keeper,
            signals,
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
        self.spare = Some(Spare {
            name,
            style,
            program: program.to_owned(),
            args: args.iter().map(|&word| word.to_owned()).collect(),
        });
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

    /// Waits until `ready` says yes.
    ///
    /// # Errors
    ///
    /// If that takes longer than `deadline`, or the play ends first. `late` is the sentence for the former.
    pub fn until(&mut self, deadline: Duration, late: &str, mut ready: impl FnMut() -> bool) -> Result<(), End> {
        let deadline = Instant::now() + deadline;
        loop {
            self.look()?;
            if ready() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(End::Failed(late.to_owned()));
            }
        }
    }

    /// Waits until the play is over.
    pub fn run(&mut self) -> End {
        loop {
            if let Err(end) = self.look() {
                return end;
            }
        }
    }

    /// Waits a moment for a signal, then looks whether all is well.
    fn look(&mut self) -> Result<(), End> {
        if !matches!(self.signals.recv_timeout(LOOK), Err(RecvTimeoutError::Timeout)) {
            return Err(End::Asked);
        }
        self.obey()?;
        self.replace_stopped()?;
        for part in &mut self.parts {
            if let Some(status) = part.ended() {
                let mut text = format!("{} ended by itself ({status}).", part.name);
                let lines = part.last_lines();
                if !lines.is_empty() {
                    text.push_str(&format!(" Its last lines:\n  {}", lines.join("\n  ")));
                }
                return Err(End::Failed(text));
            }
        }
        match self.keeper.ended() {
            Some(words) => Err(End::Failed(format!("redis ended by itself. {words}"))),
            None => Ok(()),
        }
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

    /// A worker that was told to stop, through Redis, has ended in peace.
    fn replace_stopped(&mut self) -> Result<(), End> {
        let Some(index) = self.worker() else { return Ok(()) };
        let part = &mut self.parts[index];
        match part.ended() {
            Some(status) if status.success() && part.age() > RAN => self.replace(index),
            _ => Ok(()),
        }
    }

    fn worker(&self) -> Option<usize> {
        let name = self.spare.as_ref()?.name;
        self.parts.iter().position(|part| part.name == name)
    }

    fn replace(&mut self, index: usize) -> Result<(), End> {
        self.parts.remove(index);
        let Some(Spare {
            name,
            style,
            program,
            args,
        }) = &self.spare
        else {
            return Ok(());
        };
        let (name, style, mut command) = (*name, *style, Command::new(program));
        command.args(args);
        self.launch(name, style, &mut command, Stdio::null())
    }

    /// Stops the programs in waves, each with its patience; the next wave begins when the last one is gone. Redis comes
    /// last. Another Ctrl-C kills them at once.
    pub fn close(mut self, waves: &[(&[&str], Duration)]) {
        for (names, patience) in waves {
            let mut wave: Vec<_> = self
                .parts
                .iter_mut()
                .filter(|part| names.contains(&part.name))
                .collect();
            wave.iter_mut().for_each(|part| part.terminate());
            let deadline = Instant::now() + *patience;
            while wave.iter_mut().any(|part| part.ended().is_none()) {
                let again = !matches!(self.signals.recv_timeout(LOOK), Err(RecvTimeoutError::Timeout));
                if again || Instant::now() > deadline {
                    let why = if again {
                        "Asked again".to_owned()
                    } else {
                        format!("After {} s", patience.as_secs())
                    };
                    say::line(&format!("{why}: killed what still ran ({}).", names.join(", ")));
                    self.group.kill();
                    self.parts.iter_mut().for_each(Part::reap);
                    return;
                }
            }
        }
    }
}

/// A program's path from the current folder, as short as it can be.
fn shown(program: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    say::quote(&program.strip_prefix(&here).unwrap_or(program).to_string_lossy())
}
