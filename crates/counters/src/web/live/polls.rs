//! Keeps the state current while clients watch it: one poll of each source, however many clients
//! there are.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time;

use crate::web::live::counters::Counters;
use crate::web::live::sampler::Sampler;
use crate::web::view::pipeline::Setting;
use crate::web::view::state::{Polled, State};

/// The pause between two polls. It is too short to be noticed, and five small calls a second cost
/// very little.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// The pause after a failed poll.
const RETRY: Duration = Duration::from_secs(1);

/// How long a request waits for a poll of its own before it uses the cached state.
const FRESH_TIMEOUT: Duration = Duration::from_secs(1);

/// The state, shared by all requests.
#[derive(Clone)]
pub struct Live(Arc<Shared>);

struct Shared {
    state: watch::Sender<State>,
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

/// Starts one thread for each source. They poll only while a client watches.
///
/// # Errors
/// The system has no thread left.
pub fn start(counters: Counters, mut sampler: Sampler, setting: Setting) -> io::Result<(Live, PollThreads)> {
    let shared = Shared {
        state: watch::Sender::new(State {
            setting,
            ..State::default()
        }),
        stopping: watch::Sender::default(),
        generation: Mutex::default(),
        woken: Condvar::new(),
    };
    let live = Live(Arc::new(shared));
    let polls = PollThreads(live.clone());
    live.poll("poll api", move || counters.list(), |state| &mut state.listing)?;
    live.poll("poll redis", move || sampler.sample(), |state| &mut state.redis_state)?;
    Ok((live, polls))
}

impl Live {
    /// Returns the cached state, however old.
    pub fn cached(&self) -> State {
        self.0.state.borrow().clone()
    }

    /// Returns a current state: waits until both sources were polled after this call, but at most a
    /// second.
    pub async fn fresh(&self) -> State {
        self.watch().fresh().await
    }

    /// Polls both sources at once instead of after the pause.
    pub fn wake(&self) {
        *self.generation() += 1;
        self.0.woken.notify_all();
    }

    /// Subscribes to the state, which is polled until the [`Subscription`] is dropped.
    pub fn watch(&self) -> Subscription {
        let (state, stopping) = (self.0.state.subscribe(), self.0.stopping.subscribe());
        // The time is taken before waking the threads, so that the polls they start count as later.
        let subscription = Subscription {
            since: Instant::now(),
            state,
            stopping,
        };
        self.wake();
        subscription
    }

    fn poll<T: 'static>(
        &self,
        thread: &str,
        mut ask: impl FnMut() -> Result<T, String> + Send + 'static,
        source: fn(&mut State) -> &mut Polled<T>,
    ) -> io::Result<()> {
        let live = self.clone();
        let run = move || {
            let mut seen_generation = 0;
            while live.wait_for_watchers(&mut seen_generation) {
                let asked = Instant::now();
                let answer = ask();
                let pause = if answer.is_ok() { POLL_INTERVAL } else { RETRY };
                live.0.state.send_modify(|state| {
                    source(state).update(asked, answer);
                    state.draw();
                });
                live.pause(seen_generation, pause);
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
            if self.0.state.receiver_count() > 0 {
                return true;
            }
            generation = self.0.woken.wait(generation).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Pauses; returns early if the generation has changed since `seen_generation`.
    fn pause(&self, seen_generation: u64, pause: Duration) {
        let generation = self.generation();
        // Woken, timed out or poisoned: the thread continues in each case.
        let _ = self
            .0
            .woken
            .wait_timeout_while(generation, pause, |generation| *generation == seen_generation);
    }

    fn generation(&self) -> MutexGuard<'_, u64> {
        self.0.generation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client that watches the state.
pub struct Subscription {
    since: Instant,
    state: watch::Receiver<State>,
    stopping: watch::Receiver<bool>,
}

impl Subscription {
    /// Waits until both sources were polled since this subscription began, but at most a second.
    pub async fn fresh(&mut self) -> State {
        let since = self.since;
        let asked = |state: &State| state.listing.polled_since(since) && state.redis_state.polled_since(since);
        // A source that hangs is not waited for; its error is shown after its own timeout.
        let _ = time::timeout(FRESH_TIMEOUT, self.state.wait_for(asked)).await;
        self.state.borrow_and_update().clone()
    }

    /// Returns the current view as JSON, for the page's script.
    pub fn json(&mut self) -> Arc<str> {
        self.state.borrow_and_update().json.clone()
    }

    /// Waits for the next poll of either source. Returns false if the page is stopping.
    pub async fn changed(&mut self) -> bool {
        tokio::select! {
            _ = self.stopping.wait_for(|stopping| *stopping) => false,
            changed = self.state.changed() => changed.is_ok(),
        }
    }
}
