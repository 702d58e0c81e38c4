//! The pipeline: every place where a job can be, with the jobs in it, as ready HTML.
//!
//! It is written here, once, for the page and for all its scripts: what comes from outside is escaped in one place.

mod figures;
mod lane;
pub mod section;
mod set;
mod span;
mod token;
mod workers;

use maud::{Markup, html};
use serde::Serialize;

use super::sampler::Sample;

/// What is played, and where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// The step of the kata whose program serves the page; none if it is another program.
    pub step: Option<u8>,
    /// Whether `cargo kata play` runs it, which can kill the worker and start a new one.
    pub play: bool,
}

impl Setting {
    /// Whether the step has come to where `step` brings something; yes, if there is no step.
    fn has(self, step: u8) -> bool {
        self.step.is_none_or(|here| here >= step)
    }

    /// What an empty place says: what is to come, or that it is empty.
    fn empty(self, step: u8, brings: &str, nothing: &str) -> Markup {
        let future = !self.has(step);
        html! { p .empty .future[future] { @if future { "Step " (step) " brings " (brings) "." } @else { (nothing) } } }
    }
}

/// The inside of each place.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Pipeline {
    /// The queues, a lane each.
    pub queues: String,
    /// The processes and their threads.
    pub workers: String,
    /// Jobs for later.
    pub schedule: String,
    /// Jobs that failed.
    pub retry: String,
    /// Jobs that were given up.
    pub dead: String,
    /// How many were performed, and how fast.
    pub figures: String,
}

impl Pipeline {
    /// Draws what was seen; `now` as for [`State::view`](super::state::State::view).
    pub fn draw(sample: Option<&Sample>, setting: Setting, now: Option<f64>) -> Pipeline {
        let default = Sample::default();
        let sample = sample.unwrap_or(&default);
        let seen = &sample.snapshot;
        Pipeline {
            queues: lane::draw(&seen.queues, now).into_string(),
            workers: workers::draw(&seen.processes, setting, now).into_string(),
            schedule: set::draw(&set::SCHEDULE, &seen.schedule, setting, now).into_string(),
            retry: set::draw(&set::RETRY, &seen.retry, setting, now).into_string(),
            dead: set::draw(&set::DEAD, &seen.dead, setting, now).into_string(),
            figures: figures::draw(sample, setting).into_string(),
        }
    }
}
