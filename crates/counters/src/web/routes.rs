//! The page's routes, and the handlers that read.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream::{self, Stream};

use crate::web::actions::outcome::{Problem, Success};
use crate::web::actions::{counters, jobs, kill, push, signals};
use crate::web::live::polls::Subscription;
use crate::web::site::Site;
use crate::web::view::page::{self, Message};
use crate::web::{guard, reply};

/// How often an idle event stream sends a keep-alive. The script reconnects if it misses several.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// After which time a browser reconnects a lost event stream.
const RECONNECT_DELAY: Duration = Duration::from_secs(1);

/// Returns the router of all routes.
pub fn router(site: Site) -> Router {
    let routes = Router::new()
        .route("/", get(index))
        .route("/events", get(events))
        .route("/counters", post(counters::define))
        .route("/counters/{name}/incr", post(counters::incr))
        .route("/counters/{name}/decr", post(counters::decr))
        .route("/actions/push/{word}", post(push::push))
        .route("/actions/jobs/{set}/{id}/{action}", post(jobs::job))
        .route("/actions/processes/{identity}/{action}", post(signals::process))
        .route("/actions/kill", post(kill::kill));
    let routes = if site.setting.recounts {
        routes.route("/recount", post(counters::recount))
    } else {
        routes
    };
    routes
        .fallback(missing)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(site.clone(), reply::reply))
        .layer(DefaultBodyLimit::max(counters::MAX_FORM_BYTES))
        .layer(middleware::from_fn(guard::check))
        .with_state(site)
}

async fn index(State(site): State<Site>, RawQuery(query): RawQuery) -> Response {
    let polls = site.app.live.fresh().await;
    let success = query.as_deref().and_then(Success::from_query);
    let message = success.map_or_else(Message::default, |success| Message {
        text: success.sentence(polls.latency()),
        problem: false,
        jid: success.jid().map(str::to_owned),
    });
    page::respond(StatusCode::OK, &polls, site.setting, &message)
}

async fn events(State(site): State<Site>) -> impl IntoResponse {
    let keep_alive = KeepAlive::new()
        .interval(KEEP_ALIVE)
        .event(Event::default().event("beat").data(""));
    Sse::new(views(site.app.live.watch())).keep_alive(keep_alive)
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

async fn missing() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "There is nothing at this address. The page is at /.",
    )
}

async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "This address takes another method: the page is read with GET, and the rest is POST.",
    )
}
