//! The batch of one thread, as others may see it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::Error;
use crate::in_flight::{Claimed, Claims, Fate, Turn};

/// How long a part of a batch that could not be settled is left to its thread.
const AGAIN: Duration = Duration::from_secs(1);

/// What a thread is at. Behind a lock: whoever settles a part of it keeps it until Redis has answered, so no job is both given
/// back and begun.
pub struct Hold {
    claims: Claims,
    /// The job that runs, and since when.
    pub running: Option<(Arc<Claimed>, Instant)>,
    /// The jobs that are claimed and not begun.
    pub rest: VecDeque<Arc<Claimed>>,
    /// What has ended, and was not simply done.
    pub fates: Vec<(Arc<Claimed>, Fate)>,
    /// If others were claimed with the job that runs, and are not settled: from when on that may be tried.
    pub others: Option<Instant>,
}

impl Hold {
    /// A thread with these claims, that is at nothing yet.
    pub fn new(claims: Claims) -> Hold {
        Hold {
            claims,
            running: None,
            rest: VecDeque::new(),
            fates: Vec::new(),
            others: None,
        }
    }

    /// Settles what was performed, and claims up to `want` jobs.
    ///
    /// # Errors
    /// As [`Claims::turn`].
    pub fn turn(&mut self, want: usize) -> Result<Turn, Error> {
        let turn = self.claims.turn(&self.fates, want)?;
        self.fates.clear();
        Ok(turn)
    }

    /// Takes a batch, to be begun one by one.
    pub fn take(&mut self, jobs: Vec<Arc<Claimed>>) {
        self.others = (jobs.len() > 1).then(Instant::now);
        self.rest = jobs.into();
    }

    /// What is not begun is to go back, with the next turn.
    pub fn give_back(&mut self) {
        // The last one first: they are to be popped in the order in which they were.
        let rest = self.rest.drain(..).rev();
        self.fates.extend(rest.map(|job| (job, Fate::Back)));
    }

    /// Settles what was claimed with a job that has run for so long: what has ended, and what is not begun goes back. Should no
    /// answer come, the thread keeps all of it, and performs again what may have gone; it is tried again after a while.
    ///
    /// # Errors
    /// As [`Claims::turn`].
    pub fn settle_behind(&mut self, slow: Duration) -> Result<(), Error> {
        let slow = self.running.as_ref().filter(|(_, since)| since.elapsed() > slow);
        let may = self.others.is_some_and(|from| from <= Instant::now());
        let Some((job, _)) = slow.filter(|_| may).cloned() else {
            return Ok(());
        };
        self.others = None;
        let (ended, rest) = (self.fates.len(), self.rest.clone());
        self.give_back();
        self.fates.push((job, Fate::Running));
        let answer = self.turn(0);
        if answer.is_err() {
            self.fates.truncate(ended);
            self.rest = rest;
            self.others = Some(Instant::now() + AGAIN);
        }
        answer.map(drop)
    }
}
