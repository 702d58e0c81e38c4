//! Orders to a process, given as Sidekiq's pages give them: it finds them at its next beat.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::{Command, not_there, send, unknown_action};
use crate::web::app::App;
use crate::web::reply::{self, Problem};
use crate::web::success::Success;

/// How long an order waits for a process that does not look, in seconds: Sidekiq's number.
const SIGNAL_TTL: &str = "60";

/// Answers the buttons.
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
        "quiet" => ("TSTP", "Asked to take no new jobs; it hears that at its next beat."),
        "stop" => ("TERM", "Asked to finish and end; it hears that at its next beat."),
        _ => return Err(unknown_action()),
    };
    let sample = app.live.fresh().await.redis_state.value.unwrap_or_default();
    // Else anybody's key that ends in `-signals` could be written to.
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
