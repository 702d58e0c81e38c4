//! Signals to a process, sent as Sidekiq's Web UI does: the process reads them at its next
//! heartbeat.

use axum::extract::{Path, State};

use crate::web::actions::app::App;
use crate::web::actions::command::Command;
use crate::web::actions::outcome::{Problem, Success};

/// How long a signal stays in Redis if the process does not read it, in seconds: Sidekiq's value.
const SIGNAL_TTL: &str = "60";

/// Handles the buttons.
pub async fn process(
    State(app): State<App>,
    Path((identity, action)): Path<(String, String)>,
) -> Result<Success, Problem> {
    let (signal, sentence) = match &*action {
        "quiet" => (
            "TSTP",
            "Asked to take no new jobs; it reads this at its next heartbeat.",
        ),
        "stop" => ("TERM", "Asked to finish and end; it reads this at its next heartbeat."),
        _ => return Err(Problem::unknown_action()),
    };
    let snapshot = app.live.snapshot().await;
    // Otherwise any key that ends in `-signals` could be written to.
    if !snapshot.processes.iter().any(|process| process.identity == identity) {
        return Err(Problem::not_there("This process"));
    }
    let key = format!("{identity}-signals");
    let commands = vec![
        Command::new([&b"LPUSH"[..], key.as_bytes(), signal.as_bytes()]),
        Command::new([&b"EXPIRE"[..], key.as_bytes(), SIGNAL_TTL.as_bytes()]),
    ];
    let (_, success) = app.send(commands, sentence).await?;
    Ok(success)
}
