//! Signals to a process, sent as Sidekiq's Web UI does: the process reads them at its next
//! heartbeat.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::{Command, not_there, send, unknown_action};
use crate::web::actions::app::App;
use crate::web::actions::success::Success;
use crate::web::reply::{self, Problem};

/// How long a signal stays in Redis if the process does not read it, in seconds: Sidekiq's value.
const SIGNAL_TTL: &str = "60";

/// Handles the buttons.
pub async fn process(
    State(app): State<App>,
    Path((identity, action)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let outcome = send_signal(&app, &identity, &action).await;
    reply::respond(outcome, &headers, &app).await
}

async fn send_signal(app: &App, identity: &str, action: &str) -> Result<Success, Problem> {
    let (signal, sentence) = match action {
        "quiet" => (
            "TSTP",
            "Asked to take no new jobs; it reads this at its next heartbeat.",
        ),
        "stop" => ("TERM", "Asked to finish and end; it reads this at its next heartbeat."),
        _ => return Err(unknown_action()),
    };
    let sample = app.live.fresh().await.redis_state.value.unwrap_or_default();
    // Otherwise any key that ends in `-signals` could be written to.
    if !sample
        .snapshot
        .processes
        .iter()
        .any(|process| process.identity == identity)
    {
        return Err(not_there("This process"));
    }
    let key = format!("{identity}-signals");
    let commands = vec![
        Command::new([&b"LPUSH"[..], key.as_bytes(), signal.as_bytes()]),
        Command::new([&b"EXPIRE"[..], key.as_bytes(), SIGNAL_TTL.as_bytes()]),
    ];
    let displayed = commands.iter().map(Command::displayed).collect();
    send(app, commands).await?;
    Ok(Success::Acted {
        sentence: sentence.to_owned(),
        commands: displayed,
    })
}
