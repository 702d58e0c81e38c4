//! The content of the page: the counters, the state of Redis, and the errors of the last polls.

use lookout::Snapshot;
use serde::Serialize;

use crate::web::live::counters::Counter;
use crate::web::live::polls::Polls;
use crate::web::view::pending::PendingChanges;
use crate::web::view::places::Places;
use crate::web::view::queues;
use crate::web::view::setting::Setting;

/// Both sources as the page shows them: formatted text, which the server's HTML and the script put
/// in the same places.
#[derive(Debug, Serialize)]
pub struct View {
    /// None if the API has never answered.
    pub counters: Option<Vec<Card>>,
    /// How many jobs wait in all queues together; none if Redis has never answered.
    pub waiting: Option<String>,
    /// The queues, at most [`queues::MAX`]. Empty if there are fewer than two, because the total
    /// says it all.
    pub queues: Vec<QueueView>,
    /// How many queues are not listed, such as `and 3 more`; none if all are.
    pub more: Option<String>,
    /// The errors, as one or two sentences each.
    pub notices: Vec<String>,
    /// The places where jobs are, drawn.
    pub places: Places,
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

impl View {
    /// Draws the last results. If `now` is given, durations are formatted for that time; otherwise
    /// the script does it.
    pub fn draw(polls: &Polls, setting: Setting, now: Option<f64>) -> View {
        let listing = polls.counters.value.as_ref();
        let snapshot = polls.redis.value.as_deref();
        let pending = snapshot.map(PendingChanges::of).unwrap_or_default();
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
        let queues = snapshot.map(|snapshot| &*snapshot.queues);
        let listed = queues.filter(|queues| queues.len() > 1).unwrap_or_default();
        let more = listed.len().saturating_sub(queues::MAX);
        View {
            counters: listing.map(|listing| listing.counters.iter().map(card).collect()),
            waiting: snapshot.map(|snapshot| snapshot.waiting().to_string()),
            queues: listed.iter().take(queues::MAX).map(queue).collect(),
            more: (more > 0).then(|| format!("and {more} more")),
            notices: notices(polls),
            places: Places::draw(snapshot.unwrap_or(&Snapshot::default()), setting, now),
        }
    }

    /// Returns the view as JSON, for the script.
    pub fn json(&self) -> String {
        // Plain structs of strings always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn notices(polls: &Polls) -> Vec<String> {
    // If Redis cannot be reached, either, a click would be lost.
    let cheer = if polls.redis.error.is_none() {
        " Go on pressing: the jobs wait in Redis."
    } else {
        ""
    };
    let api = polls.counters.error.as_ref().map(|error| format!("{error}{cheer}"));
    let unreadable = polls.redis.value.as_ref().and_then(|snapshot| snapshot.notice());
    [api, polls.redis.error.clone(), unreadable]
        .into_iter()
        .flatten()
        .collect()
}
