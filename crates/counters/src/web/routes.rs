//! The page's routes and their handlers.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream::{self, Stream};

use super::actions;
use super::enqueue::Change;
use super::reply::Problem;
use super::view::page;
use super::{guard, reply};
use crate::name::Name;
use crate::web::actions::app::{App, blocking};
use crate::web::actions::recount::recount;
use crate::web::actions::success::Success;
use crate::web::live::counters::DefineError;
use crate::web::live::polls::Subscription;

/// The largest form that is accepted, in bytes: a name of 64 characters, each percent-encoded,
/// takes 768.
const MAX_FORM_BYTES: usize = 4096;

/// The maximum age of a poll that a click relies on. While a client watches the page, polls never
/// get this old.
const MAX_AGE: Duration = Duration::from_secs(5);

/// How often an idle event stream sends a keep-alive. The script reconnects if it misses several.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// After which time a browser reconnects a lost event stream.
const RECONNECT_DELAY: Duration = Duration::from_secs(1);

/// Returns the router of all routes.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .route("/", get(index))
        .route("/events", get(events))
        .route("/counters", post(define))
        .route("/counters/{name}/incr", post(incr))
        .route("/counters/{name}/decr", post(decr))
        .route("/actions/push/{what}", post(actions::push))
        .route("/actions/jobs/{set}/{id}/{action}", post(actions::job))
        .route("/actions/processes/{identity}/{action}", post(actions::process))
        .route("/actions/kill", post(actions::kill));
    let routes = if app.recounts {
        routes.route("/recount", post(recount))
    } else {
        routes
    };
    routes
        .fallback(missing)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(middleware::from_fn(guard::check))
        .with_state(app)
}

async fn index(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let state = app.live.fresh().await;
    let success = query.as_deref().and_then(Success::from_query);
    page::respond(
        StatusCode::OK,
        &state,
        app.recounts,
        page::Message::after(success.as_ref()),
    )
}

async fn events(State(app): State<App>) -> impl IntoResponse {
    let keep_alive = KeepAlive::new()
        .interval(KEEP_ALIVE)
        .event(Event::default().event("beat").data(""));
    Sse::new(views(app.live.watch())).keep_alive(keep_alive)
}

/// Returns the view as JSON, once at first and then after each change.
fn views(subscription: Subscription) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((subscription, None), |(mut subscription, last)| async move {
        let mut json = match last {
            None => subscription.fresh().await.json,
            Some(_) => subscription.json(),
        };
        while last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &json)) {
            if !subscription.changed().await {
                return None;
            }
            json = subscription.json();
        }
        let event = Event::default().retry(RECONNECT_DELAY).data(&json);
        Some((Ok(event), (subscription, Some(json))))
    })
}

async fn incr(State(app): State<App>, name: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Response {
    let outcome = press(&app, name, Change::Incr).await;
    reply::respond(outcome, &headers, &app).await
}

async fn decr(State(app): State<App>, name: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Response {
    let outcome = press(&app, name, Change::Decr).await;
    reply::respond(outcome, &headers, &app).await
}

async fn define(State(app): State<App>, headers: HeaderMap, form: Result<Bytes, BytesRejection>) -> Response {
    let outcome = define_named(&app, form).await;
    reply::respond(outcome, &headers, &app).await
}

async fn press(app: &App, name: Result<Path<String>, PathRejection>, change: Change) -> Result<Success, Problem> {
    let Path(name) = name.map_err(|_| unprocessable("A counter’s name is UTF-8, percent-encoded."))?;
    let name = Name::parse(&name).map_err(unprocessable)?;
    if !may_exist(app, &name).await {
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
    let cached = app.live.cached().listing;
    let trusted = Instant::now()
        .checked_sub(MAX_AGE)
        .is_some_and(|since| cached.polled_since(since));
    if trusted && (cached.error.is_some() || cached.value.is_some_and(|listing| listing.has(name))) {
        return true;
    }
    let since = Instant::now();
    let fresh = app.live.fresh().await.listing;
    !fresh.polled_since(since) || fresh.error.is_some() || fresh.value.is_none_or(|listing| listing.has(name))
}

async fn define_named(app: &App, form: Result<Bytes, BytesRejection>) -> Result<Success, Problem> {
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
    let (outcome, took) = blocking(move || {
        let start = Instant::now();
        let outcome = counters.define(&asked);
        (outcome, start.elapsed())
    })
    .await?;
    app.live.wake();
    match outcome {
        Ok(new) => Ok(Success::Defined { name, new, took }),
        Err(DefineError::Refused(status, sentence)) if status.is_client_error() => Err(Problem::new(status, sentence)),
        Err(DefineError::Refused(_, sentence)) => Err(Problem::new(StatusCode::BAD_GATEWAY, sentence)),
        Err(DefineError::Unreachable(sentence)) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, sentence)),
    }
}

async fn missing(State(app): State<App>, headers: HeaderMap) -> Response {
    let problem = Problem::new(
        StatusCode::NOT_FOUND,
        "There is nothing at this address. The page is at /.",
    );
    reply::respond(Err(problem), &headers, &app).await
}

async fn wrong_method(State(app): State<App>, headers: HeaderMap) -> Response {
    let sentence = "This address takes another method: the page is read with GET, and the rest is POST.";
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, sentence);
    reply::respond(Err(problem), &headers, &app).await
}

fn unprocessable(error: impl ToString) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, sentence(&error.to_string()))
}

/// Returns an error's text as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().collect::<String>())
        .unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
