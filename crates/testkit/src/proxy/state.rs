//! The state that the threads of a proxy share: its settings and its connections.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::{Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::mutex::lock;
use crate::resp;

/// A proxy's state and its threads.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    pub(super) threads: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// Host and port of the Redis to which new connections lead.
    pub(super) target: (String, u16),
    pub(super) listening: bool,
    pub(super) frozen: bool,
    pub(super) holding: bool,
    pub(super) delay: Duration,
    /// The number of seconds by which times in replies are ahead.
    pub(super) clock_ahead: u64,
    pub(super) fired: bool,
    pub(super) requests: usize,
    pub(super) links: HashMap<u64, Link>,
    trigger: Option<(String, TriggerAction)>,
    closed: bool,
    next_link: u64,
}

impl State {
    /// Returns true if nothing is forwarded on this connection.
    pub(super) fn is_stuck(&self, id: u64) -> bool {
        self.frozen || self.links.get(&id).is_some_and(|link| link.swallowed)
    }

    /// Returns true if the last reply on this connection is held back.
    fn is_held(&self, id: u64) -> bool {
        self.holding && self.links.get(&id).is_some_and(|link| link.replies > link.greetings)
    }
}

/// The action that replaces a reply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TriggerAction {
    Cut,
    Freeze,
    Swallow,
}

/// One connection through the proxy.
#[derive(Debug)]
pub(super) struct Link {
    client: TcpStream,
    redis: Option<TcpStream>,
    requests: usize,
    replies: usize,
    /// How many of its first requests only open it.
    greetings: usize,
    /// The number of the reply that is replaced, counted from 1, and the action.
    target: Option<(usize, TriggerAction)>,
    /// True if nothing is forwarded any more.
    swallowed: bool,
}

impl Link {
    fn cut(&self) {
        for side in [Some(&self.client), self.redis.as_ref()].into_iter().flatten() {
            // An error means that it is closed already.
            let _ = side.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    pub(super) fn new(target: (String, u16)) -> Shared {
        let state = State {
            target,
            ..State::default()
        };
        Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            threads: Mutex::default(),
        }
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&lock(&self.state))
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut lock(&self.state));
        self.changed.notify_all();
        result
    }

    pub(super) fn arm(&self, text: &str, action: TriggerAction) {
        self.change(|state| {
            state.trigger = Some((text.to_owned(), action));
            state.fired = false;
        });
    }

    /// Adds a connection and returns its number; `None` if the proxy is closed.
    pub(super) fn add(&self, client: TcpStream) -> Option<u64> {
        self.change(|state| {
            if state.closed {
                return None;
            }
            state.next_link += 1;
            let link = Link {
                client,
                redis: None,
                requests: 0,
                replies: 0,
                greetings: 0,
                target: None,
                swallowed: false,
            };
            state.links.insert(state.next_link, link);
            Some(state.next_link)
        })
    }

    /// Adds the Redis side to a connection; returns false if it was closed meanwhile.
    pub(super) fn join(&self, id: u64, redis: TcpStream) -> bool {
        self.change(|state| state.links.get_mut(&id).map(|link| link.redis = Some(redis)).is_some())
    }

    /// Closes one connection on both sides.
    pub(super) fn cut(&self, id: u64) {
        self.change(|state| state.links.remove(&id)).iter().for_each(Link::cut);
    }

    /// Closes all connections on both sides.
    pub(super) fn cut_all(&self) {
        self.change(|state| state.links.drain().for_each(|(_, link)| link.cut()));
    }

    /// Closes all connections towards the client. Nothing is forwarded any more, not even their
    /// end.
    pub(super) fn hang_up_all(&self) {
        self.change(|state| {
            for link in state.links.values_mut() {
                link.swallowed = true;
                // An error means that it is closed already.
                let _ = link.client.shutdown(Shutdown::Both);
            }
        });
    }

    /// Closes all connections and waits until all threads have ended.
    pub(super) fn close(&self) {
        self.change(|state| state.closed = true);
        self.cut_all();
        let threads = std::mem::take(&mut *lock(&self.threads));
        for thread in threads {
            // It cannot have panicked, because it runs no code that can.
            let _ = thread.join();
        }
    }

    /// Waits until this connection may continue; returns false if it is closed.
    pub(super) fn wait_until(&self, id: u64, until: impl Fn(&State) -> bool) -> bool {
        let state = lock(&self.state);
        let waited = self
            .changed
            .wait_while(state, |state| state.links.contains_key(&id) && !until(state));
        waited.is_ok_and(|state| state.links.contains_key(&id))
    }

    /// Waits until a reply that arrived at this time may be forwarded, including its delay.
    pub(super) fn wait_to_forward_reply(&self, id: u64, came: Instant) -> bool {
        loop {
            if !self.wait_until(id, |state| !state.is_stuck(id) && !state.is_held(id)) {
                return false;
            }
            let state = lock(&self.state);
            let wait = state.delay.saturating_sub(came.elapsed());
            if wait.is_zero() {
                return true;
            }
            drop(self.changed.wait_timeout(state, wait));
        }
    }

    /// Counts a request that is about to be forwarded, and notes its number if it is the one that
    /// the trigger waits for.
    pub(super) fn count_request(&self, id: u64, request: &[u8]) {
        self.change(|state| {
            state.requests += 1;
            let Some(link) = state.links.get_mut(&id) else { return };
            if link.requests == link.greetings && resp::is_greeting(request) {
                link.greetings += 1;
            }
            link.requests += 1;
            if let Some((_, action)) = state.trigger.take_if(|(text, _)| resp::contains(request, text)) {
                link.target = Some((link.requests, action));
            }
        });
    }

    /// Counts a reply from Redis and runs the action that replaces it. Returns false if the
    /// connection is closed.
    pub(super) fn count_reply(&self, id: u64) -> bool {
        self.change(|state| {
            let Some(link) = state.links.get_mut(&id) else {
                return false;
            };
            link.replies += 1;
            let Some((_, action)) = link.target.take_if(|(target, _)| *target == link.replies) else {
                return true;
            };
            link.swallowed |= action == TriggerAction::Swallow;
            state.fired = true;
            state.frozen |= action == TriggerAction::Freeze;
            if action == TriggerAction::Cut {
                state.links.remove(&id).iter().for_each(Link::cut);
            }
            action != TriggerAction::Cut
        })
    }
}
