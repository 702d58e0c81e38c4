//! The services that the actions use, and how they call code that blocks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use redis::Client;
use tokio::task;

use crate::web::actions::command::{self, Command};
use crate::web::actions::control_socket::ControlSocket;
use crate::web::actions::outcome::{Problem, Success};
use crate::web::enqueue::Enqueue;
use crate::web::live::counters::Counters;
use crate::web::live::polls::Live;
use crate::web::reason;

/// The services that the actions share.
#[derive(Clone)]
pub struct App {
    /// The polls of both sources.
    pub live: Live,
    /// The API's client, for defining counters.
    pub counters: Counters,
    /// Enqueues the jobs.
    pub enqueue: Arc<dyn Enqueue>,
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
        let (outcome, took) = blocking(move || work(&*enqueue)).await?;
        let enqueued = outcome.map_err(|error| self.refused("Nothing was enqueued", &error.to_string(), "Redis"))?;
        self.live.wake();
        Ok((enqueued, took))
    }

    /// Sends the commands, and wakes the polling threads to show the result. Returns each reply as
    /// a number, and the success with this sentence.
    ///
    /// # Errors
    /// Returns a [`Problem`] of status 503 if Redis cannot be reached or rejects a command.
    pub async fn send(
        &self,
        commands: Vec<Command>,
        sentence: impl Into<String>,
    ) -> Result<(Vec<i64>, Success), Problem> {
        let success = Success::Acted {
            sentence: sentence.into(),
            commands: commands.iter().map(Command::displayed).collect(),
        };
        let url = self.redis.clone();
        let send = move || Client::open(url).and_then(|client| command::send(&client, &commands));
        let (sent, _) = blocking(send).await?;
        self.live.wake();
        match sent {
            Ok(replies) => Ok((replies, success)),
            Err(error) => {
                let error = error.to_string();
                Err(self.refused("Redis did not execute the commands", reason::plain(&error), "it"))
            }
        }
    }

    fn refused(&self, effect: &str, error: &str, redis: &str) -> Problem {
        let reason = lookout::without_password(error, &self.redis);
        let reason = reason.trim_end_matches('.');
        Problem::unavailable(format!("{effect}: {reason}. See that {redis} runs, then press again."))
    }
}

/// Runs blocking code on a thread that may block, and returns its result and its duration.
///
/// # Errors
/// Returns a [`Problem`] of status 500 if it panics.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<(T, Duration), Problem> {
    let timed = || {
        let start = Instant::now();
        (work(), start.elapsed())
    };
    task::spawn_blocking(timed).await.map_err(|panic| {
        let sentence = format!("The code behind the button failed ({panic}). See the output in the terminal.");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, sentence)
    })
}
