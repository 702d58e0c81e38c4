//! The API's paths and their handlers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use tokio::time;

use super::answer::{Counter, Refusal};
use super::call::{Call, MAX_CALLS};
use super::faults::{Fault, Faults};
use super::key::{self, Key};
use super::store::{Action, Store};
use crate::json;
use crate::name::Name;

/// The largest body that is accepted, in bytes. The path of a PUT says everything, so its body is
/// ignored.
const MAX_BODY_BYTES: usize = 4096;

/// The header of the listing with the API's latency in milliseconds, so that the page can show it.
const LATENCY_HEADER: &str = "latency-ms";

/// The state that the handlers share.
pub struct App {
    /// Values and keys.
    pub store: Store,
    /// Decides which calls fail.
    pub faults: Faults,
    /// The last calls received, the oldest first.
    pub calls: Mutex<VecDeque<Call>>,
    /// The duration of a PUT.
    pub latency: Duration,
}

type Shared = State<Arc<App>>;
type Named = Result<Path<String>, PathRejection>;
type Body = Result<Bytes, BytesRejection>;

/// Returns the router of all paths.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/counters", get(list))
        .route("/counters/{name}", get(read).put(define))
        .route("/counters/{name}/incr", put(incr))
        .route("/counters/{name}/decr", put(decr))
        // An empty name is not a segment to the router; these routes reject it as a name.
        .route("/counters/", get(unnamed).put(unnamed))
        .route("/counters//incr", put(unnamed))
        .route("/counters//decr", put(unnamed))
        .fallback(no_path)
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), record_call))
        .with_state(app)
}

async fn record_call(State(app): Shared, request: Request, next: Next) -> Response {
    if *request.method() == Method::PUT {
        let key = request
            .headers()
            .get(key::HEADER)
            .and_then(|key| key.to_str().ok())
            .map(str::to_owned);
        let path = request.uri().path().to_owned();
        let mut calls = app.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == MAX_CALLS {
            calls.pop_front();
        }
        calls.push_back(Call { path, key });
    }
    next.run(request).await
}

async fn list(State(app): Shared) -> Response {
    let latency = app.latency.as_millis().to_string();
    let counters = app.store.list();
    let counters: Vec<_> = counters
        .iter()
        .map(|(name, value)| Counter { name, value: *value })
        .collect();
    ([(LATENCY_HEADER, latency)], json::respond(StatusCode::OK, &counters)).into_response()
}

async fn read(State(app): Shared, name: Named) -> Result<Response, Refusal> {
    let name = parse(name)?;
    match app.store.get(&name) {
        Some(value) => Ok(counter(StatusCode::OK, &name, value)),
        None => Err(Refusal::Undefined(name)),
    }
}

async fn define(app: Shared, name: Named, headers: HeaderMap, body: Body) -> Result<Response, Refusal> {
    change(app, Action::Define, name, headers, body).await
}

async fn incr(app: Shared, name: Named, headers: HeaderMap, body: Body) -> Result<Response, Refusal> {
    change(app, Action::Incr, name, headers, body).await
}

async fn decr(app: Shared, name: Named, headers: HeaderMap, body: Body) -> Result<Response, Refusal> {
    change(app, Action::Decr, name, headers, body).await
}

async fn change(
    State(app): Shared,
    action: Action,
    name: Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    body.map_err(|rejection| Refusal::Body(rejection.status(), rejection.body_text()))?;
    let name = parse(name)?;
    let key = Key::read(&headers)?;
    time::sleep(app.latency).await;
    let fault = if action == Action::Define {
        None
    } else {
        app.faults.next()
    };
    let rate = app.faults.rate() * 100.0;
    if fault == Some(Fault::Before) {
        return Err(Refusal::Fault(rate));
    }
    let outcome = app.store.put(action, &name, key)?;
    if fault == Some(Fault::After) {
        return Err(Refusal::Fault(rate));
    }
    let status = if outcome.new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(counter(status, &name, outcome.value))
}

fn counter(status: StatusCode, name: &Name, value: i64) -> Response {
    let name = name.as_str();
    json::respond(status, &Counter { name, value })
}

async fn unnamed() -> Refusal {
    Refusal::Name(crate::name::NameError::Empty)
}

async fn no_path(uri: Uri) -> Refusal {
    Refusal::NoPath(uri.path().to_owned())
}

async fn no_method(method: Method, uri: Uri) -> Refusal {
    Refusal::NoMethod(method.to_string(), uri.path().to_owned())
}

fn parse(name: Named) -> Result<Name, Refusal> {
    let Path(name) = name.map_err(|_| Refusal::NotText)?;
    Ok(Name::parse(&name)?)
}
