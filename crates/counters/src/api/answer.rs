//! The answers to calls.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::key::BadKey;
use crate::json;
use crate::name::{Name, NameError};

/// A counter in a response.
#[derive(Serialize)]
pub struct Counter<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its value.
    pub value: i64,
}

/// The result of a PUT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether this call defined the counter.
    pub new: bool,
    /// Its value after the call.
    pub value: i64,
}

/// The reason why a call was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No counter has this name.
    #[error("there is no counter {:?}; define it with PUT /counters/{}", .0.as_str(), .0.encoded())]
    Undefined(Name),

    /// The path is not percent-encoded UTF-8.
    #[error("a counter's name must be UTF-8, percent-encoded; encode each byte that is not a letter or digit as %XX")]
    NotText,

    /// The name breaks a rule.
    #[error("{0}")]
    Name(#[from] NameError),

    /// The header does not hold a key.
    #[error("{0}")]
    Key(#[from] BadKey),

    /// The key was used before for another request.
    #[error("this Idempotency-Key belongs to another request, {0:?}; use a new key for each thing to do")]
    KeyReused(String),

    /// The body could not be read; the status is different if it is too large.
    #[error("the body could not be read: {1}; a PUT needs none")]
    Body(StatusCode, String),

    /// Failed on purpose.
    #[error("this call failed on purpose, as {0} % of them do (--fail-rate); the change may have been stored or not")]
    Fault(f64),

    /// No such path.
    #[error("there is nothing at {0}; the counters are listed at /counters")]
    NoPath(String),

    /// The path supports another method.
    #[error("{1} does not support {0}; read with GET, define and change with PUT")]
    NoMethod(String, String),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Refusal::Undefined(_) | Refusal::NoPath(_) => StatusCode::NOT_FOUND,
            Refusal::NoMethod(..) => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::NotText | Refusal::Name(_) | Refusal::Key(_) | Refusal::KeyReused(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Refusal::Body(status, _) => *status,
            Refusal::Fault(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        json::respond(self.status(), &serde_json::json!({"error": self.to_string()}))
    }
}
