//! What the page's other buttons do, each by the Redis commands that it shows.

mod command;
mod job;
mod kill;
mod push;
mod requeue;
mod signals;

use axum::http::StatusCode;
use redis::Client;

use super::app::{App, blocking};
use super::reason;
use super::reply::Problem;
use command::Command;

pub use job::job;
pub use kill::kill;
pub use push::{Button, push};
pub use signals::process;

/// Sends the commands, and asks for a look at what has become of it. Returns each one's answer as a number.
async fn send(app: &App, commands: Vec<Command>) -> Result<Vec<i64>, Problem> {
    let url = app.redis.clone();
    let sent = blocking(move || Client::open(url).and_then(|client| command::send(&client, &commands))).await?;
    app.live.wake();
    sent.map_err(|error| {
        let reason = reason::redact(reason::plain(&error.to_string()), &app.redis);
        let sentence = format!(
            "Redis did not do it: {}. See that it runs, then press again.",
            reason.trim_end_matches('.')
        );
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
    })
}

/// What is asked for is not there, most often because it has gone on since the page was drawn.
fn not_there(what: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("{what} is not there any more, so nothing was done."),
    )
}

/// An address that no button has.
fn unknown_action() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "There is no such act. The page’s buttons know which there are.",
    )
}
