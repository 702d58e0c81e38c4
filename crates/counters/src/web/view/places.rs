//! The pipeline: every place where a job can be, with the jobs in it, as HTML.
//!
//! It is rendered here only, for the page and for its script, so that all data from outside is
//! escaped in one place.

use maud::{Markup, html};
use serde::Serialize;

use super::{figures, queues, set, workers};
use crate::web::live::sampler::Sample;

/// The step, and whether `cargo kata play` runs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// The step of the kata whose program serves the page; none for another program.
    pub step: Option<u8>,
    /// Whether `cargo kata play` runs it, which can kill the worker and start a new one.
    pub play: bool,
}

impl Setting {
    /// Returns true if the program has the feature that `step` brings; also if there is no step.
    fn has(self, step: u8) -> bool {
        self.step.is_none_or(|here| here >= step)
    }

    /// Draws an empty place: the step that brings its feature, or that it is empty.
    fn empty(self, step: u8, brings: &str, nothing: &str) -> Markup {
        let future = !self.has(step);
        html! { p .empty .future[future] { @if future { "Step " (step) " brings " (brings) "." } @else { (nothing) } } }
    }
}

/// The content of each place.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Pipeline {
    /// The queues, a lane each.
    pub queues: String,
    /// The processes and their threads.
    pub workers: String,
    /// Scheduled jobs.
    pub schedule: String,
    /// Failed jobs that wait for a retry.
    pub retry: String,
    /// Jobs in the dead set.
    pub dead: String,
    /// The number of performed jobs, and their rate.
    pub figures: String,
}

impl Pipeline {
    /// Draws a sample; `now` as for [`State::view`](crate::web::view::state::State::view).
    pub fn draw(sample: Option<&Sample>, setting: Setting, now: Option<f64>) -> Pipeline {
        let default = Sample::default();
        let sample = sample.unwrap_or(&default);
        let seen = &sample.snapshot;
        Pipeline {
            queues: queues::draw(&seen.queues, now).into_string(),
            workers: workers::draw(&seen.processes, setting, now).into_string(),
            schedule: set::draw(&set::SCHEDULE, &seen.schedule, setting, now).into_string(),
            retry: set::draw(&set::RETRY, &seen.retry, setting, now).into_string(),
            dead: set::draw(&set::DEAD, &seen.dead, setting, now).into_string(),
            figures: figures::draw(sample, setting).into_string(),
        }
    }
}
