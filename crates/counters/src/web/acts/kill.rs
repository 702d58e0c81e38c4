//! `kill -9` for the worker that `cargo kata play` has started, by asking `play`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::unknown;
use crate::web::announce::Done;
use crate::web::app::{App, blocking};
use crate::web::reply::{self, Problem};

/// Answers the button.
pub async fn kill(State(app): State<App>, headers: HeaderMap) -> Response {
    let outcome = ask(&app).await;
    reply::to_post(outcome, &headers, &app).await
}

async fn ask(app: &App) -> Result<Done, Problem> {
    let stage = app.stage.clone().ok_or_else(unknown)?;
    let answer = blocking(move || stage.ask("kill worker")).await?;
    app.live.ring();
    let pid = answer.map_err(|reason| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("Nothing was killed: {reason}."),
        )
    })?;
    Ok(Done::Acted {
        sentence: "The worker is dead, in the middle of its jobs; a new one starts.".to_owned(),
        commands: vec![format!("kill -9 {pid}")],
    })
}
