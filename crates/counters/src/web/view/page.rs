//! The page's HTML.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use lookout::thousands;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::name::MAX_LENGTH;
use crate::web::buttons::RECOUNTS;
use crate::web::live::polls::Polls;
use crate::web::view::content::{Card, View};
use crate::web::view::section;
use crate::web::view::setting::Setting;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const PLACES_STYLE: &str = include_str!("places.css");
const PLACES_SCRIPT: &str = include_str!("places.js");

/// The icon: a plus on the accent colour.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect \
    width='32' height='32' rx='9' fill='%23a63d1e'/%3E%3Cpath d='M16 9v14M9 16h14' stroke='white' stroke-width='3.5' \
    stroke-linecap='round'/%3E%3C/svg%3E";

/// The message on the page: the result of a click.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// A sentence; empty if there is no message.
    pub text: String,
    /// Whether something failed.
    pub problem: bool,
    /// The id of the job, if there is one.
    pub jid: Option<String>,
}

/// Returns the page as a response.
///
/// The style and script are inline and marked with a nonce; the content security policy allows no
/// others. Data from outside is shown as text, and if it were not, it would still not run.
pub fn respond(status: StatusCode, polls: &Polls, setting: Setting, message: &Message) -> Response {
    let nonce = format!("{:032x}", rand::random::<u128>());
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut response = (status, Html(page(polls, setting, message, &nonce).into_string())).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Not `no-referrer`: with that, browsers send `Origin: null` with the page's own forms.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

fn page(polls: &Polls, setting: Setting, message: &Message, nonce: &str) -> Markup {
    let view = View::draw(polls, setting, Some(lookout::now()));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Counters" }
                link rel="icon" href=(PreEscaped(ICON));
                style nonce=(nonce) { (PreEscaped(STYLE)) (PreEscaped(PLACES_STYLE)) }
            }
            body {
                header {
                    h1 { "Counters" }
                    p { "Each press is a job. It waits in Redis until a process makes the slow call." }
                }
                div #notices role="alert" { @for notice in &view.notices { p { (notice) } } }
                main {
                    div #app {
                        (counters(&view))
                        (queue(&view, setting.recounts, message))
                    }
                    (section::draw(&view.places, setting))
                }
                template #card { (card(&Card::default())) }
                script nonce=(nonce) { (PreEscaped(SCRIPT)) (PreEscaped(PLACES_SCRIPT)) }
            }
        }
    }
}

fn counters(view: &View) -> Markup {
    let cards = view.counters.as_deref().unwrap_or_default();
    html! {
        section aria-labelledby="counters-title" {
            h2 #counters-title .unseen { "All counters" }
            ul #counters { @for each in cards { (card(each)) } }
            p #empty hidden[view.counters.as_ref().is_none_or(|cards| !cards.is_empty())] {
                "No counter yet. Define the first one, for example “hits”."
            }
            form #define action="/counters" method="post" {
                label for="name" { "New counter" }
                // Browsers count UTF-16 units. The server counts characters, and returns a sentence
                // if there are too many.
                input #name name="name" required maxlength=(2 * MAX_LENGTH) autocomplete="off" autocapitalize="off" spellcheck="false";
                button { "Define" }
            }
        }
    }
}

fn card(card: &Card) -> Markup {
    html! {
        li data-path=(card.path) {
            h3 { bdi { (card.name) } }
            p .value { (card.value) }
            (button(card, "decr", "−", "Minus one on"))
            (button(card, "incr", "+", "Plus one on"))
            p .pending { (card.pending) }
        }
    }
}

fn button(card: &Card, change: &str, sign: &str, label: &str) -> Markup {
    html! {
        form action={ (card.path) "/" (change) } method="post" data-change=(change) {
            button aria-label={ (label) " " (card.name) } { (sign) }
        }
    }
}

fn queue(view: &View, recounts: bool, message: &Message) -> Markup {
    html! {
        section #queue aria-labelledby="queue-title" {
            h2 #queue-title { "Jobs waiting" }
            p #waiting { (view.waiting.as_deref().unwrap_or("–")) }
            ul #queues hidden[view.queues.is_empty()] {
                @for queue in &view.queues { li { bdi { (queue.name) } " " span { (queue.waiting) } } }
                @if let Some(more) = &view.more { li { (more) } }
            }
            p #message role="status" .problem[message.problem] { (message.text) }
            p #jid hidden[message.jid.is_none()] { "jid " code { (message.jid.as_deref().unwrap_or_default()) } }
            @if recounts { (recount()) }
        }
    }
}

fn recount() -> Markup {
    let many = thousands(RECOUNTS);
    html! {
        form #recount action="/recount" method="post" {
            button aria-describedby="recount-hint" { "Recount " (many) " times" }
            p #recount-hint {
                "Enqueues " (many) " slow jobs on a queue of low priority. A press on + still comes first."
            }
        }
    }
}
