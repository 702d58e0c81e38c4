//! Draws the sorted sets: jobs that wait for their time, or for a person.

use lookout::{Member, Set, format_duration, format_times};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Stylize;
use ratatui::text::Line;

use super::place;

/// Where the times of a set's jobs are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// In the future: a job waits for its time.
    Ahead,
    /// In the past: a job waits for a person.
    Past,
}

/// Draws each of its first jobs in up to two lines: the time and the job, and the reason if it has
/// failed.
pub fn draw(title: &str, when: When, set: &Set, now: f64, area: Rect, buffer: &mut Buffer) {
    let mut lines = Vec::new();
    for Member { job, at } in &set.members {
        let when = match when {
            When::Ahead => format!("in {:<7} ", format_duration(at - now)),
            When::Past => format!("{:<7} ago ", format_duration(now - at)),
        };
        lines.push(Line::from(vec![when.dim(), job.to_string().into()]));
        let count = job.retry_count.filter(|count| *count >= 0);
        let failed = count.map(|count| format!("failed {}", format_times(count.saturating_add(1))));
        let why: Vec<String> = failed.into_iter().chain(job.error.clone()).collect();
        if !why.is_empty() {
            lines.push(Line::from(format!("  {}", why.join(": "))).red());
        }
    }
    place::draw(title, set.count, lines, area, buffer);
}
