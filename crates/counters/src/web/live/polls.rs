//! Polls both sources while clients watch the page: once for all of them, however many there are.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use lookout::Snapshot;
use tokio::sync::watch;
use tokio::time;

use crate::web::live::counters::{Counters, Listing};
use crate::web::live::polled::Polled;
use crate::web::live::redis::Redis;

/// The pause between two polls. It is too short to be noticed, and five small calls a second cost
/// very little.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// The pause after a failed poll.
const RETRY: Duration = Duration::from_secs(1);

/// How long a request waits for a poll of its own before it uses the cached state.
const FRESH_TIMEOUT: Duration = Duration::from_secs(1);

/// The last results of both sources.
#[derive(Clone, Debug, Default)]
pub struct Polls {
    /// From the API.
    pub counters: Polled<Listing>,
    /// From Redis.
    pub redis: Polled<Arc<Snapshot>>,
    /// Both as JSON, as the page's script draws them. Written once for each change, however many
    /// clients watch.
    pub json: Arc<str>,
}

impl Polls {
    /// Returns the API's duration of a change.
    pub fn latency(&self) -> Option<Duration> {
        self.counters.value.as_ref()?.latency
    }

    /// Returns true if both sources were polled at `time` or later.
    fn polled_since(&self, time: Instant) -> bool {
        self.counters.polled_since(time) && self.redis.polled_since(time)
    }
}

/// The polls, shared by all requests.
#[derive(Clone)]
pub struct Live(Arc<Shared>);

struct Shared {
    polls: watch::Sender<Polls>,
    json: Box<dyn Fn(&Polls) -> String + Send + Sync>,
    stopping: watch::Sender<bool>,
    generation: Mutex<u64>,
    woken: Condvar,
}

/// The polling threads. Dropping this ends them and the event streams, without waiting for a
/// running poll.
pub struct PollThreads(Live);

impl Drop for PollThreads {
    fn drop(&mut self) {
        self.0.0.stopping.send_replace(true);
        self.0.wake();
    }
}

/// Starts one thread for each source. They poll only while a client watches. `json` draws the
/// results.
///
/// # Errors
/// The system has no thread left.
pub fn start(
    counters: Counters,
    mut redis: Redis,
    json: impl Fn(&Polls) -> String + Send + Sync + 'static,
) -> io::Result<(Live, PollThreads)> {
    let live = Live(Arc::new(Shared {
        polls: watch::Sender::default(),
        json: Box::new(json),
        stopping: watch::Sender::default(),
        generation: Mutex::default(),
        woken: Condvar::new(),
    }));
    let threads = PollThreads(live.clone());
    live.poll("poll api", move || counters.list(), |polls| &mut polls.counters)?;
    live.poll("poll redis", move || redis.snapshot(), |polls| &mut polls.redis)?;
    Ok((live, threads))
}

impl Live {
    /// Returns the last results, however old.
    pub fn cached(&self) -> Polls {
        self.0.polls.borrow().clone()
    }

    /// Returns current results: waits until both sources were polled after this call, but at most a
    /// second.
    pub async fn fresh(&self) -> Polls {
        self.watch().fresh().await
    }

    /// Returns the snapshot of [`fresh`](Live::fresh); an empty one if there is none.
    pub async fn snapshot(&self) -> Arc<Snapshot> {
        self.fresh().await.redis.value.unwrap_or_default()
    }

    /// Polls both sources at once instead of after the pause.
    pub fn wake(&self) {
        *self.generation() += 1;
        self.0.woken.notify_all();
    }

    /// Subscribes to the polls, which continue until the [`Subscription`] is dropped.
    pub fn watch(&self) -> Subscription {
        let subscription = Subscription {
            // Taken before the threads are woken, so that the polls they start count as later.
            since: Instant::now(),
            polls: self.0.polls.subscribe(),
            stopping: self.0.stopping.subscribe(),
        };
        self.wake();
        subscription
    }

    fn poll<T: 'static>(
        &self,
        thread: &str,
        mut ask: impl FnMut() -> Result<T, String> + Send + 'static,
        source: fn(&mut Polls) -> &mut Polled<T>,
    ) -> io::Result<()> {
        let live = self.clone();
        let run = move || {
            let mut seen_generation = 0;
            while live.wait_for_watchers(&mut seen_generation) {
                let asked = Instant::now();
                let answer = ask();
                let pause = if answer.is_ok() { POLL_INTERVAL } else { RETRY };
                live.0.polls.send_modify(|polls| {
                    source(polls).update(asked, answer);
                    let json = (live.0.json)(polls);
                    if *polls.json != *json {
                        polls.json = json.into();
                    }
                });
                // Returns early if the generation has changed. Woken, timed out or poisoned: the
                // thread continues in each case.
                let generation = live.generation();
                let _ = live
                    .0
                    .woken
                    .wait_timeout_while(generation, pause, |generation| *generation == seen_generation);
            }
        };
        thread::Builder::new().name(thread.to_owned()).spawn(run).map(drop)
    }

    /// Waits until a client watches; returns false when the threads must end. Stores the generation
    /// that it has seen.
    fn wait_for_watchers(&self, seen_generation: &mut u64) -> bool {
        let mut generation = self.generation();
        loop {
            *seen_generation = *generation;
            if *self.0.stopping.borrow() {
                return false;
            }
            if self.0.polls.receiver_count() > 0 {
                return true;
            }
            generation = self.0.woken.wait(generation).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn generation(&self) -> MutexGuard<'_, u64> {
        self.0.generation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client that watches the polls.
pub struct Subscription {
    since: Instant,
    polls: watch::Receiver<Polls>,
    stopping: watch::Receiver<bool>,
}

impl Subscription {
    /// Waits until both sources were polled since this subscription began, but at most a second.
    pub async fn fresh(&mut self) -> Polls {
        let since = self.since;
        // A source that hangs is not waited for; its error is shown after its own timeout.
        let _ = time::timeout(FRESH_TIMEOUT, self.polls.wait_for(|polls| polls.polled_since(since))).await;
        self.polls.borrow_and_update().clone()
    }

    /// Returns the current data as JSON, for the page's script.
    pub fn json(&mut self) -> Arc<str> {
        self.polls.borrow_and_update().json.clone()
    }

    /// Waits for the next poll of either source. Returns false if the page is stopping.
    pub async fn changed(&mut self) -> bool {
        tokio::select! {
            _ = self.stopping.wait_for(|stopping| *stopping) => false,
            changed = self.polls.changed() => changed.is_ok(),
        }
    }
}
