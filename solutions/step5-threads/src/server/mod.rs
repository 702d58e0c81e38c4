//! The process that runs for ever and performs what others enqueue.

mod idle;
mod outage;
mod shared;
mod thread;
mod waiter;

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rayon::ThreadPoolBuilder;
use tracing::warn;

use crate::in_flight::{Claims, Hold, Lanes, watchman};
use crate::process::heartbeat::renewal;
use crate::process::{Heartbeat, Renewals, identity, recovery};
use crate::wire::Connections;
use crate::{Config, Error, Registry, SortedSets, Stop, Worker, scheduler};

pub use idle::Idle;
pub use outage::Outage;
pub use shared::Shared;
pub use thread::Thread;
pub use waiter::Waiter;

/// How long a process takes leave of Redis, after [`Config::timeout`]: most platforms kill it 30 s after they asked it to stop.
const FAREWELL: Duration = Duration::from_secs(3);

/// Claims jobs and performs them, as many at once as it has threads. A job that fails is tried again later, or given up.
pub struct Server {
    config: Config,
    connections: Arc<Connections>,
    registry: Registry,
    stop: Stop,
    /// What [`Server::process_one`] performs jobs by, once it was called.
    single: Option<Thread>,
}

impl Server {
    /// A server that knows no worker yet.
    ///
    /// # Errors
    /// [`Error::BadUrl`] if `config.redis` is no URL of a Redis.
    pub fn new(config: Config) -> Result<Server, Error> {
        Ok(Server {
            connections: Arc::new(Connections::new(&config.redis)?),
            config: config.within_bounds(),
            registry: Registry::default(),
            stop: Stop::default(),
            single: None,
        })
    }

    /// Performs jobs of this worker's class, too.
    pub fn register(mut self, worker: impl Worker) -> Server {
        self.registry.register(worker);
        self
    }

    /// The handle by which another thread asks [`run`](Server::run) to stop.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Claims one job and performs it: `true` if one came within [`Config::block`], however it ended. It renews no lease, so
    /// others may take a job away that takes longer than [`Config::lease`].
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`], if no job could be claimed, or what became of one could not be told to
    /// Redis. The next call tries that again before it claims another.
    pub fn process_one(&mut self) -> Result<bool, Error> {
        let mut thread = match self.single.take() {
            Some(thread) => thread,
            None => Thread::new(self.share(), 0),
        };
        let done = thread.one(self.config.block);
        self.single = Some(thread);
        done
    }

    /// Performs jobs until it is asked to [`stop`](Server::stop), then waits for those at hand, up to [`Config::timeout`]; what
    /// still runs then goes back to its queue. Moves due jobs to their queues meanwhile, and gives back what processes held
    /// that died. A Redis that is lost on the way is tried again each second, until it is back.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`], if no connection can be opened to begin with: that is a wrong address or
    /// password more often than an outage, and somebody should be told. [`Error::Thread`], if the system has no thread left.
    pub fn run(&mut self) -> Result<(), Error> {
        let shared = self.share();
        // Whoever claims has a lease. It is the first answer of this Redis, which may take longer than one to the heart.
        self.connections.run(|connection| renewal(&shared).exec(connection))?;
        let mut heartbeat = Heartbeat::new(shared.clone());
        let sets = SortedSets::new(self.connections.clone());
        let scheduler = scheduler::start(sets, self.config.poll, self.stop.clone())?;
        let (watched, recovered) = (shared.clone(), shared.clone());
        let watchman = start("watchman", move || watchman::run(&watched))?;
        let recovery = start("recovery", move || recovery::run(&recovered))?;
        let heart = start("heartbeat", move || {
            heartbeat.run();
            heartbeat
        })?;
        let ends = start_threads(&shared)?;

        while !self.stop.wait(Duration::MAX) {}
        shared.idle.close();
        // Who waits for a job may be brought one until then.
        wait_for(&ends, self.config.timeout.max(self.config.block));
        let threads = 0..shared.holds.len();
        let running = threads.filter(|thread| shared.running(*thread).is_some()).count();
        let helpers = [scheduler, watchman, recovery];
        let (told, left) = channel();
        let leaving = start("farewell", move || {
            told.send(farewell(&shared, running, helpers, heart))
        })?;
        match left.recv_timeout(FAREWELL) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!("{error}; what this process held, others will find"),
            Err(RecvTimeoutError::Timeout) => {
                warn!("Redis does not answer in time; what this process held, others will find");
            }
            Err(RecvTimeoutError::Disconnected) => leaving.join().map_or_else(|panic| resume_unwind(panic), drop),
        }
        Ok(())
    }

    fn share(&mut self) -> Arc<Shared> {
        let (threads, queues) = (self.config.concurrency, self.config.queues.queues.len());
        let (identity, connections) = (identity::identity(), &self.connections);
        let claims = |thread| Claims::new(&self.config, connections.clone(), &identity, thread);
        let holds = (0..threads + queues).map(|thread| Mutex::new(Hold::new(claims(thread))));
        Arc::new(Shared {
            holds: holds.collect(),
            renewals: Renewals::new(self.config.lease),
            identity,
            connections: self.connections.clone(),
            registry: self.registry.clone(),
            stop: self.stop.clone(),
            over: Stop::default(),
            idle: Idle::new(threads, queues),
            lanes: Lanes::default(),
            outage: Outage::default(),
            config: self.config.clone(),
        })
    }
}

/// Starts the threads that perform jobs, and one more for each queue: somebody waits there. Each tells when it has ended.
fn start_threads(shared: &Arc<Shared>) -> Result<Receiver<()>, Error> {
    let (ended, ends) = channel();
    let pool = ThreadPoolBuilder::new()
        .num_threads(shared.holds.len())
        .thread_name(|index| format!("worker-{index}"))
        // Rayon would end the process, and all other jobs at hand.
        .panic_handler(|_| ())
        .build()
        .map_err(|error| Error::Thread(std::io::Error::other(error)))?;
    let shared = shared.clone();
    pool.spawn_broadcast(move |context| {
        Thread::new(shared.clone(), context.index()).run();
        // Nobody listens any more if it was too late.
        let _ = ended.send(());
    });
    Ok(ends)
}

/// Gives back what this process holds, ends all but the threads, and takes leave of Redis.
fn farewell(
    shared: &Shared,
    running: usize,
    helpers: [JoinHandle<()>; 3],
    heart: JoinHandle<Heartbeat>,
) -> Result<(), Error> {
    let given_back = recovery::give_back_all(shared, running);
    shared.over.request();
    // One of them that panicked has said so.
    helpers.into_iter().for_each(|helper| drop(helper.join()));
    let Ok(heartbeat) = heart.join() else { return given_back };
    // Who still waits may be brought a job until the process is gone: then the lease must outlive it.
    let waits = shared.idle.is_waited_in();
    let left = if waits { Ok(()) } else { recovery::leave(shared) };
    given_back.and(left).and(heartbeat.end())
}

/// Waits until all threads have ended, for `timeout` at most.
fn wait_for(ends: &Receiver<()>, timeout: Duration) {
    let deadline = Instant::now() + timeout;
    let left = || deadline.saturating_duration_since(Instant::now());
    // When the last has ended, nobody is left who could tell.
    while ends.recv_timeout(left()).is_ok() {}
}

fn start<T: Send + 'static>(name: &str, run: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>, Error> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map_err(Error::Thread)
}
