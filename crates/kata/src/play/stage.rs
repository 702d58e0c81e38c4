//! All the programs together: started one by one, watched, stopped in order.

use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{env, thread};

use anstyle::Style;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{Group, Part};
use crate::keeper::Keeper;
use crate::{Stop, address, say};

/// How often the programs are looked after.
const LOOK: Duration = Duration::from_millis(50);

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
        })
    }

    /// Starts a program, and prints the command.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        let words: Vec<_> = args.iter().map(|word| say::quote(&address::masked(word))).collect();
        say::command(&format!("{} {}", shown(program), words.join(" ")));
        let part = Part::start(&mut self.group, name, style, Command::new(program).args(args))
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
