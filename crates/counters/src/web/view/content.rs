//! The state of the page: the counters, the state of Redis, and the errors of the last polls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::name::Name;
use crate::web::live::sampler::Sample;
use crate::web::view::pending::PendingChanges;
use crate::web::view::pipeline::{Pipeline, Setting};

/// The most queues that are listed: more would push the buttons off the screen.
pub const MAX_QUEUES: usize = 20;

/// All data of the page that changes by itself.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// From the API.
    pub listing: Polled<Listing>,
    /// From Redis.
    pub redis_state: Polled<Arc<Sample>>,
    /// The step, and whether `cargo kata play` runs it.
    pub setting: Setting,
    /// The [`View`] as JSON, written once for each change, however many clients watch.
    pub json: Arc<str>,
}

/// The last result of one source.
#[derive(Clone, Debug)]
pub struct Polled<T> {
    /// Its last value, however old.
    pub value: Option<T>,
    /// The error of the last poll, as a sentence; none if it succeeded or there was none yet.
    pub error: Option<String>,
    /// When the last completed poll began.
    pub asked: Option<Instant>,
}

impl<T> Default for Polled<T> {
    fn default() -> Self {
        Polled {
            value: None,
            error: None,
            asked: None,
        }
    }
}

impl<T> Polled<T> {
    /// Stores the result of a poll that began at `asked`.
    pub fn update(&mut self, asked: Instant, answer: Result<T, String>) {
        self.asked = Some(asked);
        match answer {
            Ok(value) => (self.value, self.error) = (Some(value), None),
            Err(error) => self.error = Some(error),
        }
    }

    /// Returns true if a poll that began at `time` or later has ended.
    pub fn polled_since(&self, time: Instant) -> bool {
        self.asked.is_some_and(|asked| asked >= time)
    }
}

/// The API's answer to `GET /counters`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// In the API's order.
    pub counters: Vec<Counter>,
    /// The API's duration of a change; none if it does not report it.
    pub latency: Option<Duration>,
}

impl Listing {
    /// Returns true if a counter of this name is defined.
    pub fn has(&self, name: &Name) -> bool {
        self.counters.iter().any(|counter| counter.name == *name)
    }
}

/// One counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Its name.
    pub name: Name,
    /// Its value when it was read.
    pub value: i64,
}

/// The state as the page shows it: formatted text, which the server's HTML and the script put in
/// the same places.
#[derive(Debug, Serialize)]
pub struct View {
    /// None if the API has never answered.
    pub counters: Option<Vec<Card>>,
    /// How many jobs wait in all queues together; none if Redis has never answered.
    pub waiting: Option<String>,
    /// The queues, at most [`MAX_QUEUES`]. Empty if there are fewer than two, because the total
    /// says it all.
    pub queues: Vec<QueueView>,
    /// How many queues are not listed, such as `and 3 more`; none if all are.
    pub more: Option<String>,
    /// The errors, as one or two sentences each.
    pub notices: Vec<String>,
    /// The pipeline.
    pub pipeline: Pipeline,
}

/// A counter as the page shows it.
#[derive(Debug, Default, Serialize)]
pub struct Card {
    /// The name, as typed.
    pub name: String,
    /// The path of its buttons: `/counters/a%2Fb`.
    pub path: String,
    /// The value, with a real minus sign. Text, because JavaScript numbers are exact only up to
    /// 2⁵³.
    pub value: String,
    /// The number of pending changes as text; empty if there are none.
    pub pending: String,
}

/// A queue as the page shows it.
#[derive(Debug, Serialize)]
pub struct QueueView {
    /// Its name.
    pub name: String,
    /// How many jobs wait in it. Text, like a card's value.
    pub waiting: String,
}

impl State {
    /// Updates the JSON; must be called after each change.
    pub fn draw(&mut self) {
        // Plain structs of strings always serialise.
        let json = serde_json::to_string(&self.view(None)).unwrap_or_default();
        if *self.json != *json {
            self.json = json.into();
        }
    }

    /// Returns the view. If `now` is given, durations are formatted for that time; otherwise the
    /// script does it.
    pub fn view(&self, now: Option<f64>) -> View {
        let sample = self.redis_state.value.as_deref();
        let pending = sample
            .map(|sample| PendingChanges::of(&sample.snapshot))
            .unwrap_or_default();
        let card = |counter: &Counter| Card {
            pending: pending.words(counter.name.as_str()).unwrap_or_default(),
            name: counter.name.to_string(),
            path: format!("/counters/{}", counter.name.encoded()),
            value: counter.value.to_string().replace('-', "−"),
        };
        let queue = |queue: &lookout::Queue| QueueView {
            name: queue.name.clone(),
            waiting: queue.length.to_string(),
        };
        let queues = sample.map(|sample| &*sample.snapshot.queues);
        let listed = queues.filter(|queues| queues.len() > 1).unwrap_or_default();
        let more = listed.len().saturating_sub(MAX_QUEUES);
        View {
            counters: self
                .listing
                .value
                .as_ref()
                .map(|listing| listing.counters.iter().map(card).collect()),
            waiting: sample.map(|sample| sample.snapshot.waiting().to_string()),
            queues: listed.iter().take(MAX_QUEUES).map(queue).collect(),
            more: (more > 0).then(|| format!("and {more} more")),
            notices: self.notices(),
            pipeline: Pipeline::draw(sample, self.setting, now),
        }
    }

    fn notices(&self) -> Vec<String> {
        // If Redis cannot be reached, either, a click would be lost.
        let cheer = if self.redis_state.error.is_none() {
            " Go on pressing: the jobs wait in Redis."
        } else {
            ""
        };
        let api = self.listing.error.as_ref().map(|error| format!("{error}{cheer}"));
        let unreadable = self
            .redis_state
            .value
            .as_ref()
            .and_then(|sample| sample.snapshot.notice());
        api.into_iter()
            .chain(self.redis_state.error.clone())
            .chain(unreadable)
            .collect()
    }

    /// Returns the API's duration of a change.
    pub fn latency(&self) -> Option<Duration> {
        self.listing.value.as_ref()?.latency
    }
}
