//! Where the app plays: its programs and the Redis behind them, watched until the end, and stopped in order.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anstyle::Style;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Cast;
use crate::keeper::Keeper;
use crate::{Stop, say};

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
        End::Failed(stop.text)
    }
}

/// The running programs, and the Redis behind them.
#[derive(Debug)]
pub struct Stage {
    // Dropped in this order: the programs before their Redis.
    cast: Cast,
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
        let cast =
            Cast::new().map_err(|error| format!("`sh`, which guards the programs, cannot be started: {error}."))?;
        let (sender, signals) = mpsc::channel();
        thread::spawn(move || caught.forever().try_for_each(|_| sender.send(())));
        Ok(Stage { cast, keeper, signals })
    }

    /// Starts a program; see [`Cast::start`].
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        self.cast.start(name, style, program, args)
    }

    /// Starts the page; see [`Cast::start_page`].
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start_page(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        self.cast.start_page(name, style, program, args)
    }

    /// Starts the worker; see [`Cast::start_worker`].
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start_worker(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        self.cast.start_worker(name, style, program, args)
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
        if self.asked_to_stop() {
            return Err(End::Asked);
        }
        self.cast.look_after()?;
        match self.keeper.ended() {
            Some(words) => Err(End::Failed(format!("redis ended by itself. {words}"))),
            None => Ok(()),
        }
    }

    /// Waits a moment for a signal.
    fn asked_to_stop(&self) -> bool {
        !matches!(self.signals.recv_timeout(LOOK), Err(RecvTimeoutError::Timeout))
    }

    /// Stops the programs in waves, each with its patience; the next wave begins when the last one is gone. Redis comes
    /// last. Another Ctrl-C kills them at once.
    pub fn close(mut self, waves: &[(&[&str], Duration)]) {
        for (names, patience) in waves {
            self.cast.terminate(names);
            let deadline = Instant::now() + *patience;
            while !self.cast.have_ended(names) {
                let again = self.asked_to_stop();
                if again || Instant::now() > deadline {
                    let why = if again {
                        "Asked again".to_owned()
                    } else {
                        format!("After {} s", patience.as_secs())
                    };
                    say::line(&format!("{why}: killed what still ran ({}).", names.join(", ")));
                    self.cast.kill();
                    return;
                }
            }
        }
    }
}
