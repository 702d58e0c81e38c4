//! Draws the sorted sets: jobs that wait for their time, or for a person.

use lookout::{Member, Set, format_duration, format_times};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Stylize;
use ratatui::text::Line;

use super::screen::place;

/// The kind of a set.
pub struct Kind {
    title: &'static str,
    /// True if the times of its jobs are in the future.
    ahead: bool,
}

/// Jobs that failed.
pub const RETRY: Kind = Kind {
    title: "Retry",
    ahead: true,
};

/// Jobs that are scheduled for later.
pub const SCHEDULE: Kind = Kind {
    title: "Scheduled",
    ahead: true,
};

/// Jobs that will not be retried.
pub const DEAD: Kind = Kind {
    title: "Dead",
    ahead: false,
};

/// Draws each of its first jobs in up to two lines: the time and the job, and the reason if it has
/// failed.
pub fn draw(kind: &Kind, set: &Set, now: f64, area: Rect, buffer: &mut Buffer) {
    let mut lines = Vec::new();
    for Member { job, at } in &set.members {
        let when = if kind.ahead {
            format!("in {:<7} ", format_duration(at - now))
        } else {
            format!("{:<7} ago ", format_duration(now - at))
        };
        lines.push(Line::from(vec![when.dim(), job.to_string().into()]));
        let count = job.retry_count.filter(|count| *count >= 0);
        let failed = count.map(|count| format!("failed {}", format_times(count.saturating_add(1))));
        let why: Vec<String> = failed.into_iter().chain(job.error.clone()).collect();
        if !why.is_empty() {
            lines.push(Line::from(format!("  {}", why.join(": "))).red());
        }
    }
    place(kind.title, set.count, lines, area, buffer);
}
