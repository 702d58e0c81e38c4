//! The button that fills a queue with slow jobs, so that a click on + can overtake them.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::web::actions::app::App;
use crate::web::actions::success::Success;
use crate::web::reply::{self, Problem};
use crate::web::view::state::Listing;

/// How many jobs one recount enqueues: enough to keep a worker busy while a user tries the page,
/// and as many as the steps' clients send in one round trip.
pub const RECOUNTS: usize = 1_000;

/// Handles the button.
pub async fn recount(State(app): State<App>, headers: HeaderMap) -> Response {
    let outcome = recount_all(&app).await;
    reply::respond(outcome, &headers, &app).await
}

async fn recount_all(app: &App) -> Result<Success, Problem> {
    let Some(listing) = app.live.fresh().await.listing.value else {
        let sentence = "Nothing was enqueued: the counters’ API has not listed its counters yet. \
                        See that it runs, then press again.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, sentence));
    };
    let names = names(&listing);
    if names.is_empty() {
        let sentence = "There is no counter to recount, so nothing was enqueued. Define one first.";
        return Err(Problem::new(StatusCode::CONFLICT, sentence));
    }
    let (jobs, took) = app.enqueue(move |enqueue| enqueue.recount(names)).await?;
    Ok(Success::Recounted { jobs, took })
}

/// Returns [`RECOUNTS`] names: the counters' names in their order, repeated; none if there is no
/// counter.
fn names(listing: &Listing) -> Vec<String> {
    let all = listing.counters.iter().map(|counter| counter.name.to_string());
    all.cycle().take(RECOUNTS).collect()
}
