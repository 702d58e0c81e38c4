//! The section of the page with the places where jobs are, an explanation of each, and the buttons
//! to try them.

use maud::{Markup, PreEscaped, html};

use crate::web::buttons::{BUTTONS, Button};
use crate::web::view::places::Places;
use crate::web::view::setting::Setting;

/// Draws the section. The script fills the places again whenever they change.
pub fn draw(places: &Places, setting: Setting) -> Markup {
    html! {
        section #pipeline aria-labelledby="pipeline-title" {
            h2 #pipeline-title .unseen { "Where every job is" }
            (actions(setting))
            div #places {
                svg #roads aria-hidden="true" {}
                (place("queues", "Queues", &places.queues, html! {
                    "A queue is a list of jobs in Redis. New ones enter on the left; the one on the right is next."
                }))
                (place("processes", "Processes", &places.processes, html! {
                    "A process takes jobs and performs them; each of its threads, one at a time."
                    @if setting.play && setting.step != Some(1) { (kill()) }
                }))
                (place("figures", "Done", &places.figures, html! { "Every job that was performed, however it ended." }))
                (place("schedule", "Scheduled", &places.schedule, html! { "Jobs for later. A due one enters its queue." }))
                (place("retry", "Retry", &places.retry, html! {
                    "A job that failed waits here until it is tried again: longer each time."
                }))
                (place("dead", "Dead", &places.dead, html! {
                    "Jobs that failed too often. They stay here until a person decides."
                }))
            }
        }
    }
}

fn place(id: &str, title: &str, inside: &str, what: Markup) -> Markup {
    html! {
        section .place #{ "place-" (id) } aria-labelledby={ "title-" (id) } {
            h3 #{ "title-" (id) } { (title) }
            div .what { (what) }
            div .inside data-place=(id) { (PreEscaped(inside)) }
        }
    }
}

fn actions(setting: Setting) -> Markup {
    html! {
        div #actions {
            p #actions-label { "Enqueue" }
            div .actions role="group" aria-labelledby="actions-label" {
                @for Button { word, label, .. } in BUTTONS.iter().filter(|button| setting.has(button.step)) {
                    form method="post" action={ "/actions/push/" (word) } { button #{ "push-" (word) } { (label) } }
                }
            }
            p #result role="status" {}
            pre #commands tabindex="0" aria-label="The commands that did it" hidden {}
        }
    }
}

fn kill() -> Markup {
    html! {
        form #kill method="post" action="/actions/kill" {
            button title="cargo kata play kills the process, and starts a new one" { "kill −9 the process" }
        }
    }
}
