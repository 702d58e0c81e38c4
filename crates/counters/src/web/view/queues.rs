//! The queues: the newest job on the left, the next one on the right.

use lookout::{Queue, thousands};
use maud::{Markup, html};

use crate::web::view::{span, token};

/// The most queues that are listed: more would push the buttons off the screen.
pub const MAX: usize = 20;

/// Draws all queues, a lane each.
pub fn draw(queues: &[Queue], now: Option<f64>) -> Markup {
    html! {
        @for queue in queues.iter().take(MAX) { (lane(queue, now)) }
        @if queues.is_empty() { p .empty { "No queue yet. The first job makes one." } }
        @if queues.len() > MAX { p .empty { "and " (queues.len() - MAX) " more" } }
    }
}

fn lane(queue: &Queue, now: Option<f64>) -> Markup {
    let between = queue.between();
    html! {
        div .lane {
            p .label {
                bdi { (queue.name) } " "
                span .count { (thousands(queue.length)) " waiting" }
                @if let Some(since) = queue.next().and_then(|job| job.enqueued_at) {
                    " " span .latency { "for " (span::since(since, now)) }
                }
            }
            div .belt {
                @for job in &queue.head { (token::draw(job)) }
                @if between > 0 { span .between { "+ " (thousands(between)) } }
                @for job in &queue.tail { (token::draw(job)) }
            }
        }
    }
}
