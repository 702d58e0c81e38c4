//! How a command has ended.

use std::process::{ExitCode, ExitStatus};

/// The exit code of a command that was cancelled, as in shells after Ctrl-C.
pub const EXIT_CANCELLED: u8 = 130;

/// How a command has ended: a program that this one has run, or a command of `cargo kata` itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It exited with this code.
    Exited(u8),
    /// A signal ended it.
    Signalled,
    /// It was killed at its deadline.
    TimedOut,
    /// It was cancelled, for example by Ctrl-C.
    Cancelled,
}

impl Outcome {
    /// It did what it should.
    pub const SUCCESS: Outcome = Outcome::Exited(0);
    /// A test or check failed, or there was an error.
    pub const FAILURE: Outcome = Outcome::Exited(1);
    /// The arguments were wrong. It is the code that clap uses for them, too.
    pub const WRONG_ARGUMENTS: Outcome = Outcome::Exited(2);
    /// No test has run: the code does not compile, or there is no Redis.
    pub const NOT_RUN: Outcome = Outcome::Exited(3);

    /// Returns [`SUCCESS`](Outcome::SUCCESS) or [`FAILURE`](Outcome::FAILURE).
    pub fn of(ok: bool) -> Outcome {
        if ok { Outcome::SUCCESS } else { Outcome::FAILURE }
    }
}

impl From<ExitStatus> for Outcome {
    fn from(status: ExitStatus) -> Outcome {
        // On Unix, an exit code has eight bits.
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        code.map_or(Outcome::Signalled, Outcome::Exited)
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        match outcome {
            Outcome::Exited(code) => code.into(),
            Outcome::Signalled | Outcome::TimedOut => ExitCode::FAILURE,
            Outcome::Cancelled => EXIT_CANCELLED.into(),
        }
    }
}
