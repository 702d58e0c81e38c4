//! Orders to a process, given as Sidekiq's pages give them: it finds them at its next beat.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::{Command, gone, send, unknown};
use crate::web::announce::Done;
use crate::web::app::App;
use crate::web::reply::{self, Problem};

/// How long an order waits for a process that does not look, in seconds: Sidekiq's number.
const EXPIRE: &str = "60";

/// Answers the buttons.
pub async fn process(
    State(app): State<App>,
    Path((identity, deed)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let outcome = order(&app, &identity, &deed).await;
    reply::to_post(outcome, &headers, &app).await
}

async fn order(app: &App, identity: &str, deed: &str) -> Result<Done, Problem> {
    let (signal, sentence) = match deed {
        "quiet" => ("TSTP", "Asked to take no new jobs; it hears that at its next beat."),
        "stop" => ("TERM", "Asked to finish and end; it hears that at its next beat."),
        _ => return Err(unknown()),
    };
    let sight = app.live.fresh().await.wire.value.unwrap_or_default();
    // Else anybody's key that ends in `-signals` could be written to.
    if !sight
        .snapshot
        .processes
        .iter()
        .any(|process| process.identity == identity)
    {
        return Err(gone("This process"));
    }
    let key = format!("{identity}-signals");
    let commands = vec![
        Command::new([&b"LPUSH"[..], key.as_bytes(), signal.as_bytes()]),
        Command::new([&b"EXPIRE"[..], key.as_bytes(), EXPIRE.as_bytes()]),
    ];
    let shown = commands.iter().map(Command::shown).collect();
    send(app, commands).await?;
    Ok(Done::Acted {
        sentence: sentence.to_owned(),
        commands: shown,
    })
}
