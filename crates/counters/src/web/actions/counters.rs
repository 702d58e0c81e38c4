//! The buttons of the counters: changes, definitions, and recounts.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::name::Name;
use crate::web::actions::app::{App, blocking};
use crate::web::actions::outcome::{Problem, Success};
use crate::web::buttons::RECOUNTS;
use crate::web::enqueue::Change;
use crate::web::live::counters::{DefineError, Listing};
use crate::web::live::polled::Polled;

/// The largest form that is accepted, in bytes: a name of 64 characters, each percent-encoded,
/// takes 768.
pub const MAX_FORM_BYTES: usize = 4096;

/// The maximum age of a poll that a click relies on. While a client watches the page, polls never
/// get this old.
const MAX_AGE: Duration = Duration::from_secs(5);

/// Enqueues a job that adds one to a counter.
pub async fn incr(app: State<App>, name: Result<Path<String>, PathRejection>) -> Result<Success, Problem> {
    change(app, name, Change::Incr).await
}

/// Enqueues a job that subtracts one from a counter.
pub async fn decr(app: State<App>, name: Result<Path<String>, PathRejection>) -> Result<Success, Problem> {
    change(app, name, Change::Decr).await
}

async fn change(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
    change: Change,
) -> Result<Success, Problem> {
    let Path(name) = name.map_err(|_| unprocessable("A counter’s name is UTF-8, percent-encoded."))?;
    let name = Name::parse(&name).map_err(unprocessable)?;
    if !may_exist(&app, &name).await {
        let sentence = format!("There is no counter “{name}”, so nothing was enqueued. Define it first.");
        return Err(Problem::new(StatusCode::NOT_FOUND, sentence));
    }
    let job = name.clone();
    let (jid, took) = app
        .enqueue(move |enqueue| enqueue.enqueue(job.as_str(), change))
        .await?;
    Ok(Success::Enqueued {
        name,
        change,
        jid,
        took,
    })
}

/// Returns true if the counter exists, or may exist: a click must not wait for an API that cannot
/// be reached. Then the job fails if the counter does not exist.
async fn may_exist(app: &App, name: &Name) -> bool {
    let may_exist =
        |poll: &Polled<Listing>| poll.error.is_some() || poll.value.as_ref().is_none_or(|listing| listing.has(name));
    let now = Instant::now();
    let cached = app.live.cached().counters;
    let is_recent = now.checked_sub(MAX_AGE).is_some_and(|time| cached.polled_since(time));
    if is_recent && may_exist(&cached) {
        return true;
    }
    let fresh = app.live.fresh().await.counters;
    !fresh.polled_since(now) || may_exist(&fresh)
}

/// Defines a counter.
pub async fn define(State(app): State<App>, form: Result<Bytes, BytesRejection>) -> Result<Success, Problem> {
    let form = form.map_err(|rejection| {
        let sentence = format!("The form could not be read: it may have at most {MAX_FORM_BYTES} bytes.");
        Problem::new(rejection.status(), sentence)
    })?;
    let field = form_urlencoded::parse(&form)
        .find(|(key, _)| key == "name")
        .map(|(_, value)| value);
    // Phone keyboards often add a space after a word.
    let name = Name::parse(field.as_deref().unwrap_or_default().trim()).map_err(unprocessable)?;
    let (counters, asked) = (app.counters.clone(), name.clone());
    let (outcome, took) = blocking(move || counters.define(&asked)).await?;
    app.live.wake();
    match outcome {
        Ok(new) => Ok(Success::Defined { name, new, took }),
        Err(DefineError { status, sentence }) => Err(Problem::new(status, sentence)),
    }
}

/// Fills a queue with slow jobs, so that a click on + can overtake them. They have the counters'
/// names in their order, repeated.
pub async fn recount(State(app): State<App>) -> Result<Success, Problem> {
    let Some(listing) = app.live.fresh().await.counters.value else {
        return Err(Problem::unavailable(
            "Nothing was enqueued: the counters’ API has not listed its counters yet. \
             See that it runs, then press again.",
        ));
    };
    let names = listing.counters.iter().map(|counter| counter.name.to_string());
    let names: Vec<String> = names.cycle().take(RECOUNTS).collect();
    if names.is_empty() {
        let sentence = "There is no counter to recount, so nothing was enqueued. Define one first.";
        return Err(Problem::new(StatusCode::CONFLICT, sentence));
    }
    let (jobs, took) = app.enqueue(move |enqueue| enqueue.recount(names)).await?;
    Ok(Success::Recounted { jobs, took })
}

fn unprocessable(error: impl ToString) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, sentence(&error.to_string()))
}

/// Returns an error's text as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{}{}{end}", first.collect::<String>(), letters.as_str())
}
