//! One thread of the pool: claims a batch, performs it, and settles it with the claim of the next.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use redis::{Commands, Connection, RedisResult};
use tracing::{debug, info, warn};

use crate::in_flight::{Claimed, Fate, Hold};
use crate::perform::retry;
use crate::server::{Shared, Waiter};
use crate::wire::{clock, keys};
use crate::{Error, Failure, Job, SortedSets, Verdict};

/// How often a thread without work looks for some while a suspect waits for another.
const LOOK: Duration = Duration::from_millis(20);

/// How often [`Thread::one`] looks: Redis can wait for several queues or claim from one, but not both at once.
const ONE_LOOK: Duration = Duration::from_millis(5);

/// One thread, of those that share a server.
pub struct Thread {
    shared: Arc<Shared>,
    index: usize,
    waiter: Waiter,
    /// Whether a job waits until another suspect has ended: a wait would bring it at once, again and again.
    suspects: bool,
    connection: Option<Connection>,
    /// How many jobs to claim next time.
    size: usize,
}

impl Thread {
    /// The thread of this number, from 0.
    pub fn new(shared: Arc<Shared>, index: usize) -> Thread {
        Thread {
            waiter: Waiter::new(shared.clone(), index),
            shared,
            index,
            suspects: false,
            connection: None,
            size: 1,
        }
    }

    /// Performs jobs until the server is to be quiet, and gives back what it has not begun by then.
    pub fn run(&mut self) {
        let mut came = None;
        loop {
            if self.shared.idle.enter() {
                self.perform(Vec::from_iter(came));
                while let Some(batch) = self.sure_turn(self.size) {
                    self.perform(batch);
                }
                self.shared.idle.leave();
            } else {
                // What came goes back, and so does what a turn has claimed that was taken for lost.
                while let Some(batch) = self.sure_turn(0) {
                    self.hold().take(batch);
                    self.hold().give_back();
                }
            }
            if self.shared.stop.is_quiet() {
                return;
            }
            let Some(seat) = self.shared.idle.sit_down() else {
                return;
            };
            came = self.wait(seat);
            // As long as a wait may be served whose answer was lost, the thread has its seat, and the process its lease.
            if self.sure(|thread| thread.waiter.end_lost()).is_none() {
                return;
            }
            self.shared.idle.stand_up(seat);
        }
    }

    /// Waits for a job of this queue; none may come.
    fn wait(&mut self, queue: usize) -> Option<Arc<Claimed>> {
        if self.shared.config.batch == 0 {
            // It has waited already, popping.
            return None;
        }
        if self.suspects {
            self.shared.stop.wait(LOOK);
            return None;
        }
        match self.waiter.wait(&self.shared.config.queues.queues[queue].0) {
            // A turn knows who has to run alone. What came goes back with it, and is the next to be claimed.
            Ok((job, suspects)) => job.filter(|_| suspects == 0),
            Err(error) => {
                // A turn tells of it, unless it is only the wait that is refused, as by a Redis that is full.
                debug!("{error}");
                self.shared.stop.wait(self.shared.config.reconnect);
                None
            }
        }
    }

    /// A turn that is [sure](Thread::sure) to be taken; `None` if it brought no job, either.
    fn sure_turn(&mut self, want: usize) -> Option<Vec<Arc<Claimed>>> {
        self.sure(|thread| thread.turn(want)).filter(|jobs| !jobs.is_empty())
    }

    /// Asks until Redis answers. `None` if a stop is requested before: what the thread holds then, others will find.
    fn sure<T>(&mut self, ask: impl Fn(&mut Thread) -> Result<T, Error>) -> Option<T> {
        loop {
            let asked = Instant::now();
            match ask(self) {
                Ok(answer) => return Some(answer),
                Err(error) => self.shared.outage.begins(asked, &error),
            }
            if self.shared.stop.wait(self.shared.config.reconnect) {
                return None;
            }
        }
    }

    /// Performs one job; whether one came within `block`.
    pub fn one(&mut self, block: Duration) -> Result<bool, Error> {
        let end = Instant::now() + block;
        loop {
            let batch = self.turn(1)?;
            if !batch.is_empty() {
                self.perform(batch);
                self.turn(0)?;
                return Ok(true);
            }
            if Instant::now() >= end {
                return Ok(false);
            }
            self.shared.stop.wait(ONE_LOOK);
        }
    }

    /// Settles what was performed, and claims up to `want` jobs; none, if the server is to be quiet.
    fn turn(&mut self, want: usize) -> Result<Vec<Arc<Claimed>>, Error> {
        let want = if self.shared.stop.is_quiet() { 0 } else { want };
        if self.shared.config.batch == 0 {
            return self.pop(want);
        }
        let lane = self.shared.lanes.enter(self.index, want);
        let asked = Instant::now();
        let turn = self.hold().turn(want)?;
        drop(lane);
        self.suspects = turn.suspects > 0;
        let all = turn.jobs.len() < want;
        self.shared.outage.ends(asked, turn.refused.as_deref(), all);
        Ok(turn.jobs)
    }

    /// Step 4's way, until task 5.3 is done: a job that is popped is nowhere else.
    fn pop(&mut self, want: usize) -> Result<Vec<Arc<Claimed>>, Error> {
        let connections = &self.shared.connections;
        let mut hold = self.hold();
        for (job, fate) in &hold.fates {
            match fate {
                Fate::Done | Fate::Running => {}
                Fate::Failed(verdict) => SortedSets::new(connections.clone()).settle(verdict, clock::now())?,
                Fate::Back => {
                    let queue = keys::queue(&job.queue);
                    connections.run(|connection| connection.rpush(&queue, &job.payload))?
                }
            }
        }
        hold.fates.clear();
        drop(hold);
        if want == 0 {
            return Ok(Vec::new());
        }
        let (asked, block) = (Instant::now(), self.shared.config.block);
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connections.open(block + Duration::from_secs(1))?,
        };
        let mut pop = redis::cmd("BRPOP");
        for queue in self.shared.config.queues.draw(rand::random) {
            pop.arg(keys::queue(queue));
        }
        let popped: RedisResult<Option<(String, Vec<u8>)>> = pop.arg(block.as_secs_f64()).query(&mut connection);
        let popped = popped.map_err(|source| connections.error(source))?;
        self.shared.outage.ends(asked, None, false);
        self.connection = Some(connection);
        let claimed = popped.map(|(key, payload)| Claimed {
            queue: key[keys::queue("").len()..].into(),
            payload,
            waited: false,
        });
        Ok(claimed.map(Arc::new).into_iter().collect())
    }

    /// Performs what was claimed.
    fn perform(&mut self, jobs: Vec<Arc<Claimed>>) {
        self.hold().take(jobs);
        while let Some(job) = self.begin(Instant::now()) {
            match self.shared.work(&job) {
                Some(verdict) => self.hold().fates.push((job, Fate::Failed(verdict))),
                None if job.waited => self.hold().fates.push((job, Fate::Done)),
                None => {}
            }
            if self.shared.config.batch > 1 {
                let most = self.size;
                todo!("task 5.6: end a batch of {most} jobs in time, see docs/step5-threads.md")
            }
        }
    }

    /// The next job of the batch, from now on running. `None` if there is none left, or they are to be given back.
    fn begin(&mut self, now: Instant) -> Option<Arc<Claimed>> {
        let back = self.shared.stop.is_quiet();
        let mut hold = self.shared.hold(self.index);
        if back {
            hold.give_back();
        }
        let next = hold.rest.pop_front();
        hold.running = next.clone().map(|job| (job, now));
        next
    }

    fn hold(&self) -> MutexGuard<'_, Hold> {
        self.shared.hold(self.index)
    }
}

impl Shared {
    /// Performs a job, and reports how it ended; what is to become of it, if it failed.
    fn work(&self, claimed: &Claimed) -> Option<Verdict> {
        let mut job = match Job::parse(&claimed.payload) {
            Ok(job) => job,
            Err(error) => {
                warn!(payload = %String::from_utf8_lossy(&claimed.payload), "{error}; kept in the dead set");
                return Some(Verdict::Dead(claimed.payload.clone()));
            }
        };
        let start = Instant::now();
        // Unwind safe: the job and the registry are only read. What a worker left half done within itself when it
        // panicked is its own affair.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            // The error is the worker's, too: it may panic when it is shown.
            self.registry
                .perform(&job)
                .inspect_err(|failure| drop(failure.to_string()))
        }))
        .unwrap_or_else(|panic| Err(Failure::panicked(&*panic)));
        let elapsed = start.elapsed();
        let told = |job: &Job| (job.class(), job.jid().unwrap_or_default());
        let Err(failure) = outcome else {
            if tracing::enabled!(tracing::Level::INFO) {
                let (class, jid) = told(&job);
                info!(class, jid, ?elapsed, "done");
            }
            return None;
        };
        // From now on it must be known by something, and return to where it came from, whatever it says.
        job.identify();
        if job.queue() != *claimed.queue {
            job.record("queue", &*claimed.queue);
        }
        let (class, jid) = told(&job);
        let (option, now) = (self.registry.retry(&job), clock::now());
        let verdict = retry::judge(job, &failure, option, now, rand::random());
        warn!(class, jid, ?elapsed, "failed: {failure}; {}", verdict.told(now));
        Some(verdict)
    }
}
