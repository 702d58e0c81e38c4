//! Responses to posts: a redirect or a page for a form, JSON for the page's script.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::web::actions::app::App;
use crate::web::actions::success::Success;
use crate::web::view::page;

/// The reason why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// A sentence for people: the problem, and what to do.
    pub sentence: String,
}

impl Problem {
    /// Creates a problem.
    pub fn new(status: StatusCode, sentence: impl Into<String>) -> Problem {
        Problem {
            status,
            sentence: sentence.into(),
        }
    }
}

#[derive(Serialize)]
struct SuccessBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    jid: Option<&'a str>,
    message: &'a str,
    commands: &'a [String],
}

#[derive(Serialize)]
struct ProblemBody<'a> {
    error: &'a str,
}

/// Responds to a post: with JSON if the client asks for it, otherwise with a redirect or a page.
pub async fn respond(outcome: Result<Success, Problem>, headers: &HeaderMap, app: &App) -> Response {
    let mut response = match (&outcome, wants_json(headers)) {
        (Ok(success), true) => {
            let message = success.sentence(app.live.cached().latency());
            json(
                StatusCode::OK,
                &SuccessBody {
                    jid: success.jid(),
                    message: &message,
                    commands: success.commands(),
                },
            )
        }
        (Ok(success), false) => see_other(&format!("/?{}", success.query())),
        (Err(problem), true) => json(
            problem.status,
            &ProblemBody {
                error: &problem.sentence,
            },
        ),
        (Err(problem), false) => {
            let state = app.live.fresh().await;
            page::respond(
                problem.status,
                &state,
                app.recounts,
                page::Message::Problem(&problem.sentence),
            )
        }
    };
    if let Some(timing) = outcome.ok().and_then(|success| success.timing()) {
        let name = HeaderName::from_static("server-timing");
        response.headers_mut().insert(name, text(timing));
    }
    response
}

fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .any(|accept| accept.as_bytes().starts_with(b"application/json"))
}

fn see_other(location: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, text(location.to_owned()))]).into_response()
}

fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        // Plain structs of strings always serialise.
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Returns a header's value; all values here are ASCII.
fn text(value: String) -> HeaderValue {
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static("/"))
}
