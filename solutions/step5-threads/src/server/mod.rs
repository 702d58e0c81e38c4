//! The process that fetches and performs jobs, until it is stopped.

mod idle;
mod kill;
mod outage;
mod pool;
mod processor;
mod services;
mod waiter;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tracing::warn;

use self::idle::{IdleProcessors, Wakeup};
use self::kill::Kill;
use self::outage::OutageLog;
use self::processor::Processor;
use self::services::Services;
use self::waiter::Waiter;
use crate::in_flight::{CurrentBatch, InFlight, RunningJobs, sweeper};
use crate::process::{Heartbeat, Lease, Recovery, heartbeat, identity};
use crate::wire::Connections;
use crate::{Config, Error, Registry, SortedSets, Stop, Worker, scheduler};

/// How long a shutdown may take after [`Config::timeout`]. Most platforms kill a process 30 s after
/// they have asked it to stop.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// Fetches jobs and performs them, as many at once as it has processors. A failed job is retried
/// later, kept in the dead set, or discarded.
pub struct Server {
    config: Config,
    connections: Arc<Connections>,
    registry: Registry,
    stop: Stop,
    running: RunningJobs,
    /// The processor of [`Server::process_one`], once it has been called.
    inline_processor: Option<Processor>,
}

impl Server {
    /// Creates a server with no workers registered.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] if `config.redis` is not a Redis URL, and [`Error::InvalidConfig`] if
    /// another setting is outside its valid range.
    pub fn new(mut config: Config) -> Result<Server, Error> {
        config.validate()?;
        // The lease must still be valid when a job arrives.
        config.block = config.block.min(config.lease / 2);
        Ok(Server {
            connections: Arc::new(Connections::new(&config.redis)?),
            config,
            registry: Registry::default(),
            stop: Stop::default(),
            running: RunningJobs::default(),
            inline_processor: None,
        })
    }

    /// Registers a worker, so that the server performs the jobs of its class.
    pub fn register(mut self, worker: impl Worker) -> Server {
        self.registry.register(worker);
        self
    }

    /// Returns the handle with which another thread logs what the server is doing.
    pub fn running(&self) -> RunningJobs {
        self.running.clone()
    }

    /// Returns the handle with which another thread asks [`run`](Server::run) to stop.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Fetches one job and performs it. Returns true if one arrived within [`Config::block`],
    /// whether it succeeded or failed. After a [`stop`](Server::stop) request, fetches none. A queue
    /// that is not a list is logged, and skipped. The lease is not renewed, so other processes may
    /// requeue a job that takes longer than [`Config::lease`].
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`] if no job could be fetched, or if it could not
    /// be acknowledged. The next call tries that again before it fetches another job.
    pub fn process_one(&mut self) -> Result<bool, Error> {
        let mut processor = match self.inline_processor.take() {
            Some(processor) => processor,
            None => {
                let batch = self.batch(&identity::identity(), 0);
                let (idle, outages) = (Arc::new(IdleProcessors::new(1)), Arc::default());
                let (registry, stop) = (self.registry.clone(), self.stop.clone());
                Processor::new(&self.config, 0, batch, registry, idle, outages, stop)
            }
        };
        let performed = processor.run_one(self.config.block);
        self.inline_processor = Some(processor);
        performed
    }

    /// Performs jobs until it is asked to [`stop`](Server::stop), then waits for the running jobs
    /// up to [`Config::timeout`], and requeues those that are still running. Meanwhile, moves due
    /// jobs to their queues, and recovers the jobs of crashed processes. During an outage of Redis,
    /// tries again every [`Config::reconnect`].
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`] if the first connection cannot be opened: the
    /// reason is more often a wrong address or password than an outage. [`Error::Thread`] if the
    /// system cannot start another thread.
    pub fn run(&mut self) -> Result<(), Error> {
        let identity = identity::identity();
        let lease = Arc::new(Lease::new(&self.config, self.connections.clone(), &identity));
        lease.acquire()?;
        let recovery = Recovery::new(self.connections.clone(), &identity, lease.clone());
        let batches: Vec<_> = (0..self.config.concurrency)
            .map(|processor| self.batch(&identity, processor))
            .collect();
        self.running.set(&batches);
        let services = self.start_services(&identity, &batches, &lease, &recovery)?;
        let idle = Arc::new(IdleProcessors::new(self.config.concurrency));
        let (kills, waiters) = self.start_waiters(&identity, &idle, &lease)?;
        let processors = self.start_processors(&batches, &idle)?;

        while !self.stop.wait(Duration::MAX) {}
        idle.close();
        // A waiter may receive a job until its wait ends.
        let (waiting, connections) = (kills.len(), self.connections.clone());
        // In a thread of its own, because Redis may not answer. Then the waits end by themselves.
        drop(start("end-waits", move || {
            kills.iter().for_each(|kill| drop(kill.run(&connections)));
        }));
        let deadline = Instant::now() + self.config.timeout.max(self.config.block);
        wait_until(deadline, &processors);
        let ended = wait_until(deadline, &waiters);
        let may_be_served = ended.len() < waiting || ended.contains(&false);
        let running = batches.iter().filter(|batch| batch.running().is_some()).count();
        let connections = self.connections.clone();
        let (report, reported) = channel();
        let shutdown = start("shutdown", move || {
            let result = recovery.requeue_all(running);
            batches.iter().for_each(CurrentBatch::close);
            services.stop();
            // If Redis may still serve a wait, keep the lease, so that others recover the job
            // later.
            let released = if may_be_served {
                Ok(())
            } else {
                lease.release().and_then(|()| recovery.forget_own())
            };
            report.send(result.and(released).and(heartbeat::deregister(&connections, &identity)))
        })?;
        match reported.recv_timeout(SHUTDOWN_TIMEOUT) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!("{error}; other processes will recover the jobs in flight"),
            Err(RecvTimeoutError::Timeout) => {
                warn!("Redis does not answer in time; other processes will recover the jobs in flight");
            }
            Err(RecvTimeoutError::Disconnected) => shutdown.join().map_or_else(|panic| resume_unwind(panic), drop),
        }
        Ok(())
    }

    fn batch(&self, identity: &str, processor: usize) -> CurrentBatch {
        CurrentBatch::new(InFlight::new(
            &self.config,
            self.connections.clone(),
            identity,
            processor,
        ))
    }

    /// Starts a thread for each processor. Each thread sends a message when it has ended.
    fn start_processors(&self, batches: &[CurrentBatch], idle: &Arc<IdleProcessors>) -> Result<Receiver<()>, Error> {
        let (batches, idle, outages) = (batches.to_vec(), idle.clone(), Arc::new(OutageLog::default()));
        let (config, registry, stop) = (self.config.clone(), self.registry.clone(), self.stop.clone());
        pool::run(self.config.concurrency, move |index| {
            let (batch, registry, idle) = (batches[index].clone(), registry.clone(), idle.clone());
            Processor::new(&config, index, batch, registry, idle, outages.clone(), stop.clone()).run();
        })
    }

    /// Starts a waiter for each queue. Returns the handles that end their waits, and a channel. At
    /// its end, each waiter sends false if Redis may still serve its last wait, and otherwise true.
    fn start_waiters(
        &self,
        identity: &str,
        idle: &Arc<IdleProcessors>,
        lease: &Arc<Lease>,
    ) -> Result<(Vec<Kill>, Receiver<bool>), Error> {
        let (mut kills, (ended, ends)) = (Vec::new(), channel());
        for queue in 0..self.config.queues.queues.len() {
            let (connections, idle, stop) = (self.connections.clone(), idle.clone(), self.stop.clone());
            let mut waiter = Waiter::new(&self.config, queue, identity, connections, idle, lease.clone(), stop);
            kills.push(waiter.kill());
            let ended = ended.clone();
            start(&format!("waiter-{queue}"), move || ended.send(waiter.run()))?;
        }
        Ok((kills, ends))
    }

    /// Starts the threads that support the processors.
    fn start_services(
        &self,
        identity: &str,
        batches: &[CurrentBatch],
        lease: &Arc<Lease>,
        recovery: &Recovery,
    ) -> Result<Services, Error> {
        let mut services = Services::default();
        let (sets, poll) = (SortedSets::new(self.connections.clone()), self.config.poll);
        let scheduler = scheduler::start(sets, poll, lease.clone(), self.stop.clone())?;
        services.threads.push(scheduler);
        // While the recovery is busy, one list of expired processes waits for it. A second one
        // would be out of date.
        let (crashed, crashes) = sync_channel(1);
        let (lease, recovery) = (lease.clone(), recovery.clone());
        services.start("lease", move |stop| lease.keep_renewing(&crashed, stop))?;
        services.start("recovery", move |_| recovery.run(&crashes))?;
        let swept = batches.to_vec();
        services.start("sweeper", move |stop| sweeper::run(&swept, stop))?;
        let (connections, stop) = (self.connections.clone(), self.stop.clone());
        let mut heartbeat = Heartbeat::new(&self.config, connections, identity, batches.to_vec(), stop);
        services.start("heartbeat", move |stop| heartbeat.run(stop))?;
        Ok(services)
    }
}

/// Receives messages until all senders are gone, or until the deadline.
fn wait_until<T>(deadline: Instant, ends: &Receiver<T>) -> Vec<T> {
    let left = || deadline.saturating_duration_since(Instant::now());
    std::iter::from_fn(|| ends.recv_timeout(left()).ok()).collect()
}

fn start<T: Send + 'static>(name: &str, run: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>, Error> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map_err(Error::Thread)
}
