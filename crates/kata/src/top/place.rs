//! Draws a place where jobs can be.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Style, Stylize};
use ratatui::text::Line;
use ratatui::widgets::{Block, Widget};

/// Draws a place with its name, its count, and as many of its lines as fit. The last line then has
/// the number of the others.
pub fn draw(title: &str, count: u64, lines: Vec<Line>, area: Rect, buffer: &mut Buffer) {
    let title = format!(" {title} {} ", lookout::thousands(count));
    let block = Block::bordered().title(title.bold()).border_style(Style::new().dim());
    let inside = block.inner(area);
    block.render(area, buffer);
    let room = usize::from(inside.height);
    let more = lines.len().saturating_sub(room);
    let shown = if more > 0 { room.saturating_sub(1) } else { room };
    let hidden = lines.len() - lines.len().min(shown);
    let last = (more > 0).then(|| Line::from(format!("… {hidden} more lines")).dim());
    for (line, row) in lines.into_iter().take(shown).chain(last).zip(inside.rows()) {
        line.render(row, buffer);
    }
}
