//! Draws how many jobs were performed, and how fast.

use lookout::thousands;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Stylize;
use ratatui::text::Line;
use ratatui::widgets::{Sparkline, Widget};

use super::ViewState;

/// Draws the counters on the left, and a chart of the last minutes on the right.
pub fn draw(state: &ViewState, area: Rect, buffer: &mut Buffer) {
    let [left, right] = Layout::horizontal([Constraint::Length(26), Constraint::Fill(1)]).areas(area);
    let Some(snapshot) = &state.snapshot else { return };
    let (Some(processed), failed) = (snapshot.processed, snapshot.failed.unwrap_or(0)) else {
        Line::from("Performed jobs are not counted.").dim().render(area, buffer);
        return;
    };
    let rate = state.rate.per_second().unwrap_or(0.0).round() as u64;
    let lines = [("performed", processed), ("failed", failed), ("jobs/s", rate)];
    for ((name, number), row) in lines.into_iter().zip(left.rows()) {
        let number = format!("{:>13} ", thousands(number)).bold();
        Line::from(vec![number, name.dim()]).render(row, buffer);
    }
    let history = state.rate.history();
    let newest = history.len().saturating_sub(usize::from(right.width));
    let jobs: Vec<u64> = history[newest..].iter().map(|jobs| *jobs as u64).collect();
    Sparkline::default().data(&jobs).cyan().render(right, buffer);
}
