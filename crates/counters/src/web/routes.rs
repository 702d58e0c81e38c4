//! The page's addresses, and what each does.

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

use super::acts;
use super::announce::Done;
use super::app::{App, blocking};
use super::counters::DefineError;
use super::enqueue::Change;
use super::live::Watching;
use super::recount::recount;
use super::reply::Problem;
use super::{guard, page, reply};
use crate::name::Name;

/// The largest form that is read, in bytes: a name of 64 characters, each percent-encoded, takes 768.
const LARGEST_FORM: usize = 4096;

/// How old a poll may be for a press to rely on it. While somebody looks at the page it never gets this old.
const TRUST: Duration = Duration::from_secs(5);

/// How often an idle event stream shows that it lives. The script reconnects when it misses several.
const BEAT: Duration = Duration::from_secs(5);

/// After what time a browser reconnects a lost event stream.
const RECONNECT: Duration = Duration::from_secs(1);

/// All addresses of the page.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .route("/", get(index))
        .route("/events", get(events))
        .route("/counters", post(define))
        .route("/counters/{name}/incr", post(incr))
        .route("/counters/{name}/decr", post(decr))
        .route("/acts/push/{what}", post(acts::push))
        .route("/acts/jobs/{set}/{id}/{deed}", post(acts::job))
        .route("/acts/processes/{identity}/{deed}", post(acts::process))
        .route("/acts/kill", post(acts::kill));
    let routes = if app.recounts {
        routes.route("/recount", post(recount))
    } else {
        routes
    };
    routes
        .fallback(missing)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(middleware::from_fn(guard::check))
        .with_state(app)
}

async fn index(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let state = app.live.fresh().await;
    let done = query.as_deref().and_then(Done::from_query);
    page::respond(
        StatusCode::OK,
        &state,
        app.recounts,
        page::Message::after(done.as_ref()),
    )
}

async fn events(State(app): State<App>) -> impl IntoResponse {
    let keep_alive = KeepAlive::new()
        .interval(BEAT)
        .event(Event::default().event("beat").data(""));
    Sse::new(views(app.live.watch())).keep_alive(keep_alive)
}

/// The view as JSON, once at first and then whenever it has changed.
fn views(watching: Watching) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((watching, None), |(mut watching, last)| async move {
        let mut frame = match last {
            None => watching.fresh().await.frame,
            Some(_) => watching.frame(),
        };
        while last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &frame)) {
            if !watching.changed().await {
                return None;
            }
            frame = watching.frame();
        }
        let event = Event::default().retry(RECONNECT).data(&frame);
        Some((Ok(event), (watching, Some(frame))))
    })
}

async fn incr(State(app): State<App>, name: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Response {
    let outcome = press(&app, name, Change::Incr).await;
    reply::to_post(outcome, &headers, &app).await
}

async fn decr(State(app): State<App>, name: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Response {
    let outcome = press(&app, name, Change::Decr).await;
    reply::to_post(outcome, &headers, &app).await
}

async fn define(State(app): State<App>, headers: HeaderMap, form: Result<Bytes, BytesRejection>) -> Response {
    let outcome = define_named(&app, form).await;
    reply::to_post(outcome, &headers, &app).await
}

async fn press(app: &App, name: Result<Path<String>, PathRejection>, change: Change) -> Result<Done, Problem> {
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
    Ok(Done::Enqueued {
        name,
        change,
        jid,
        took,
    })
}

/// Whether the counter exists, as far as it can be told without making a press wait for an API that is away: then it
/// may, and the job will tell.
async fn may_exist(app: &App, name: &Name) -> bool {
    let known = app.live.known().listing;
    let trusted = Instant::now()
        .checked_sub(TRUST)
        .is_some_and(|since| known.asked_since(since));
    if trusted && (known.trouble.is_some() || known.value.is_some_and(|listing| listing.has(name))) {
        return true;
    }
    let since = Instant::now();
    let fresh = app.live.fresh().await.listing;
    !fresh.asked_since(since) || fresh.trouble.is_some() || fresh.value.is_none_or(|listing| listing.has(name))
}

async fn define_named(app: &App, form: Result<Bytes, BytesRejection>) -> Result<Done, Problem> {
    let form = form.map_err(|rejection| {
        let sentence = format!("The form could not be read: it may have at most {LARGEST_FORM} bytes.");
        Problem::new(rejection.status(), sentence)
    })?;
    let field = form_urlencoded::parse(&form)
        .find(|(key, _)| key == "name")
        .map(|(_, value)| value);
    // Phones like to add a space after a word.
    let name = Name::parse(field.as_deref().unwrap_or_default().trim()).map_err(unprocessable)?;
    let (counters, asked) = (app.counters.clone(), name.clone());
    let (outcome, took) = blocking(move || {
        let start = Instant::now();
        let outcome = counters.define(&asked);
        (outcome, start.elapsed())
    })
    .await?;
    app.live.ring();
    match outcome {
        Ok(new) => Ok(Done::Defined { name, new, took }),
        Err(DefineError::Refused(status, sentence)) if status.is_client_error() => Err(Problem::new(status, sentence)),
        Err(DefineError::Refused(_, sentence)) => Err(Problem::new(StatusCode::BAD_GATEWAY, sentence)),
        Err(DefineError::Away(sentence)) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, sentence)),
    }
}

async fn missing(State(app): State<App>, headers: HeaderMap) -> Response {
    let problem = Problem::new(
        StatusCode::NOT_FOUND,
        "There is nothing at this address. The page is at /.",
    );
    reply::to_post(Err(problem), &headers, &app).await
}

async fn wrong_method(State(app): State<App>, headers: HeaderMap) -> Response {
    let sentence = "This address takes another method: the page is read with GET, and the rest is POST.";
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, sentence);
    reply::to_post(Err(problem), &headers, &app).await
}

fn unprocessable(error: impl ToString) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, sentence(&error.to_string()))
}

/// An error's text as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().collect::<String>())
        .unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
