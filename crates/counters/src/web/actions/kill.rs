//! Sends `kill -9` to the job process that `cargo kata play` has started, by asking `play`.

use axum::extract::State;

use crate::web::actions::app::{App, blocking};
use crate::web::actions::outcome::{Problem, Success};

/// Handles the button.
pub async fn kill(State(app): State<App>) -> Result<Success, Problem> {
    let control = app.control.clone().ok_or_else(Problem::unknown_action)?;
    let (answer, _) = blocking(move || control.request("kill jobs")).await?;
    app.live.wake();
    let pid = answer.map_err(|reason| Problem::unavailable(format!("Nothing was killed: {reason}.")))?;
    Ok(Success::Acted {
        sentence: "The process was killed in the middle of its jobs; a new one starts.".to_owned(),
        commands: vec![format!("kill -9 {pid}")],
    })
}
