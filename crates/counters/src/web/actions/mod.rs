//! The actions of the page's other buttons. Each sends the Redis commands that it shows.

pub mod app;
mod command;
pub mod control_socket;
mod job;
mod kill;
mod push;
pub mod recount;
mod requeue;
mod signals;
pub mod success;

use axum::http::StatusCode;
use redis::Client;

use crate::web::reason;
use crate::web::reply::Problem;
use crate::web::actions::app::{App, blocking};
use command::Command;

pub use job::job;
pub use kill::kill;
pub use push::{Button, push};
pub use signals::process;

/// Sends the commands, and wakes the polling threads to show the result. Returns each reply as a
/// number.
async fn send(app: &App, commands: Vec<Command>) -> Result<Vec<i64>, Problem> {
    let url = app.redis.clone();
    let sent = blocking(move || Client::open(url).and_then(|client| command::send(&client, &commands))).await?;
    app.live.wake();
    sent.map_err(|error| {
        let reason = lookout::without_password(reason::plain(&error.to_string()), &app.redis);
        let sentence = format!(
            "Redis did not execute the commands: {}. See that it runs, then press again.",
            reason.trim_end_matches('.')
        );
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
    })
}

/// Returns the problem of a missing job or process, most often because it has moved since the page
/// was drawn.
fn not_there(what: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("{what} is not there any more, so nothing was done."),
    )
}

/// Returns the problem of an address without a button.
fn unknown_action() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "Unknown action.")
}
