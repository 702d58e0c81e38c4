//! Sends `kill -9` to the worker that `cargo kata play` has started, by asking `play`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::unknown_action;
use crate::web::actions::app::{App, blocking};
use crate::web::actions::success::Success;
use crate::web::reply::{self, Problem};

/// Handles the button.
pub async fn kill(State(app): State<App>, headers: HeaderMap) -> Response {
    let outcome = kill_worker(&app).await;
    reply::respond(outcome, &headers, &app).await
}

async fn kill_worker(app: &App) -> Result<Success, Problem> {
    let control = app.control.clone().ok_or_else(unknown_action)?;
    let answer = blocking(move || control.request("kill worker")).await?;
    app.live.wake();
    let pid = answer.map_err(|reason| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("Nothing was killed: {reason}."),
        )
    })?;
    Ok(Success::Acted {
        sentence: "The worker was killed in the middle of its jobs; a new one starts.".to_owned(),
        commands: vec![format!("kill -9 {pid}")],
    })
}
