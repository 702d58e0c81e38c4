//! The state that the page's handlers share, and how they call code that blocks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tokio::task;

use crate::web::actions::control_socket::ControlSocket;
use crate::web::enqueue::Enqueue;
use crate::web::live::counters::Counters;
use crate::web::live::polls::Live;
use crate::web::reply::Problem;

/// The state that the handlers share.
#[derive(Clone)]
pub struct App {
    /// The polled state.
    pub live: Live,
    /// The API's client, for defining counters.
    pub counters: Counters,
    /// Enqueues the jobs.
    pub enqueue: Arc<dyn Enqueue>,
    /// Whether recounts are offered. Asked once, so that the page and its routes agree.
    pub recounts: bool,
    /// Redis's URL, for sending commands, and for removing its password from messages.
    pub redis: String,
    /// The control socket to `cargo kata play`, if that has started this program.
    pub control: Option<Arc<ControlSocket>>,
}

impl App {
    /// Calls `work`, which enqueues, on a thread that may block. Returns its result and its
    /// duration.
    ///
    /// # Errors
    /// Returns a [`Problem`] of status 503 if it fails, 500 if it panics.
    pub async fn enqueue<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Enqueue) -> Result<T, Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
    ) -> Result<(T, Duration), Problem> {
        let enqueue = self.enqueue.clone();
        let (outcome, took) = blocking(move || {
            let start = Instant::now();
            let outcome = work(&*enqueue);
            (outcome, start.elapsed())
        })
        .await?;
        let enqueued = outcome.map_err(|error| {
            let text = lookout::without_password(&error.to_string(), &self.redis);
            let text = text.trim_end_matches('.');
            let sentence = format!("Nothing was enqueued: {text}. See that Redis runs, then press again.");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
        })?;
        self.live.wake();
        Ok((enqueued, took))
    }
}

/// Runs blocking code on a thread that may block. If it panics, the response reports that.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    task::spawn_blocking(work).await.map_err(|panic| {
        let sentence = format!("The code behind the button failed ({panic}). See the output in the terminal.");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, sentence)
    })
}
