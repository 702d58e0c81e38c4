//! Replies to posts: a redirect or a page for a form, JSON for the page's script.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::json;
use crate::web::actions::outcome::{Outcome, Success};
use crate::web::site::Site;
use crate::web::view::page::{self, Message};

/// Turns the outcome of an action, if the handler returned one, into the reply.
pub async fn reply(State(site): State<Site>, request: Request, next: Next) -> Response {
    let accepted = request.headers().get_all(header::ACCEPT);
    let wants_json = accepted
        .iter()
        .any(|accept| accept.as_bytes().starts_with(b"application/json"));
    let mut response = next.run(request).await;
    let Some(Outcome(outcome)) = response.extensions_mut().remove() else {
        return response;
    };
    let allow = response.headers_mut().remove(header::ALLOW);
    let mut reply = match &outcome {
        Ok(success) if wants_json => json::respond(StatusCode::OK, &success_body(success, &site)),
        Ok(success) => {
            let location = text(format!("/?{}", success.query()));
            (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
        }
        Err(problem) if wants_json => json::respond(problem.status, &serde_json::json!({"error": problem.sentence})),
        Err(problem) => {
            let message = Message {
                text: problem.sentence.clone(),
                problem: true,
                jid: None,
            };
            page::respond(problem.status, &site.app.live.fresh().await, site.setting, &message)
        }
    };
    let timing = outcome.ok().and_then(|success| success.timing()).map(text);
    let headers = [
        (header::ALLOW, allow),
        (HeaderName::from_static("server-timing"), timing),
    ];
    for (name, value) in headers {
        if let Some(value) = value {
            reply.headers_mut().insert(name, value);
        }
    }
    reply
}

fn success_body(success: &Success, site: &Site) -> Value {
    let message = success.sentence(site.app.live.cached().latency());
    let mut body = serde_json::json!({"message": message, "commands": success.commands()});
    if let Some(jid) = success.jid() {
        body["jid"] = jid.into();
    }
    body
}

/// Returns a header's value; all values here are ASCII.
fn text(value: String) -> HeaderValue {
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static("/"))
}
