//! The sorted sets: jobs that wait for their time, or for a person's decision.

use lookout::{Member, Set, format_times, thousands};
use maud::{Markup, html};

use crate::web::view::setting::Setting;
use crate::web::view::{span, token};

/// How many jobs of a set are shown.
const MAX_SHOWN: usize = 5;

/// The properties of a set on the page.
pub struct Kind {
    key: &'static str,
    /// The step that brings it, and how the page names the feature.
    step: u8,
    brings: &'static str,
    empty: &'static str,
    /// Whether its times are in the future.
    ahead: bool,
    /// The actions on its jobs: the name in the address, and the label.
    actions: &'static [(&'static str, &'static str)],
}

/// Scheduled jobs.
pub const SCHEDULE: Kind = Kind {
    key: "schedule",
    step: 3,
    brings: "jobs for later",
    empty: "No job is scheduled.",
    ahead: true,
    actions: &[("now", "Now"), ("delete", "Delete")],
};

/// Failed jobs that wait for a retry.
pub const RETRY: Kind = Kind {
    key: "retry",
    step: 3,
    brings: "retries",
    empty: "No job has failed lately.",
    ahead: true,
    actions: &[("now", "Retry now"), ("kill", "Kill"), ("delete", "Delete")],
};

/// Jobs in the dead set.
pub const DEAD: Kind = Kind {
    key: "dead",
    step: 3,
    brings: "the dead set",
    empty: "No job is dead.",
    ahead: false,
    actions: &[("now", "Revive"), ("delete", "Delete")],
};

/// Draws the first jobs of a set, each with its actions.
pub fn draw(kind: &Kind, set: &Set, setting: Setting, now: Option<f64>) -> Markup {
    let more = set.count.saturating_sub(MAX_SHOWN as u64);
    html! {
        @if set.count == 0 { (setting.empty(kind.step, kind.brings, kind.empty)) }
        ul .jobs { @for member in set.members.iter().take(MAX_SHOWN) { (row(kind, member, now)) } }
        @if more > 0 { p .empty { "and " (thousands(more)) " more" } }
    }
}

fn row(kind: &Kind, Member { job, at }: &Member, now: Option<f64>) -> Markup {
    let id = job.id();
    html! {
        li {
            (token::draw(job))
            p .name { (job) }
            p .when {
                @if let Some(count) = job.retry_count.filter(|count| *count >= 0) { "failed " (format_times(count.saturating_add(1))) " · " }
                @if kind.ahead { "in " (span::until(*at, now)) } @else { (span::since(*at, now)) " ago" }
            }
            @if let Some(error) = &job.error { p .error { (error) } }
            div .actions {
                @for (action, label) in kind.actions {
                    form method="post" action={ "/actions/jobs/" (kind.key) "/" (id) "/" (action) } {
                        button #{ (id) "-" (action) } aria-label={ (label) ": " (job) } { (label) }
                    }
                }
            }
        }
    }
}
