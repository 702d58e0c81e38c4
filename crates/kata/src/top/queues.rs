//! Draws the queues, one in each line.

use lookout::{Snapshot, format_duration, thousands};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Stylize;
use ratatui::text::Line;

use super::place;

/// The width of a queue's name, in characters.
const NAME: usize = 12;

/// Draws for each queue how many jobs wait, how long the next one has waited, and what it is.
pub fn draw(snapshot: &Snapshot, now: f64, area: Rect, buffer: &mut Buffer) {
    let line = |queue: &lookout::Queue| {
        let name: String = queue.name.chars().take(NAME).collect();
        let start = format!("{name:<NAME$} {:>9}", thousands(queue.length));
        let Some(next) = queue.next() else {
            return Line::from(start);
        };
        let waits = format!("  {:>7}  ", format_duration(queue.latency(now)));
        Line::from(vec![start.into(), waits.dim(), next.to_string().into()])
    };
    let lines = snapshot.queues.iter().map(line).collect();
    place::draw("Queues", snapshot.waiting(), lines, area, buffer);
}
