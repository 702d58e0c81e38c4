//! Draws one screen: the places where a job can be, as on the web page.

use lookout::Snapshot;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Stylize;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::places::{self, When};
use super::{ViewState, figures};

/// The minimum width of a screen on which places are beside each other.
const WIDE: u16 = 76;

/// A screen to draw.
#[derive(Debug)]
pub struct Screen<'a> {
    /// The content.
    pub state: &'a ViewState,
    /// The current time, in seconds since 1970.
    pub now: f64,
}

impl Widget for Screen<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let error = u16::from(self.state.error.is_some());
        let rows = [
            Constraint::Length(1),
            Constraint::Length(error * 2),
            Constraint::Length(4),
            Constraint::Fill(1),
            Constraint::Length(1),
        ];
        let [title, notice, figures, places, keys] = Layout::vertical(rows).areas(area);
        let name = Span::from("cargo kata top").bold();
        Line::from(vec![name, format!("  Redis at {}", self.state.address).dim()]).render(title, buffer);
        if let Some(error) = &self.state.error {
            Paragraph::new(error.as_str())
                .wrap(Wrap { trim: true })
                .black()
                .on_yellow()
                .render(notice, buffer);
        }
        figures::draw(self.state, figures, buffer);
        match &self.state.snapshot {
            Some(snapshot) => draw_places(snapshot, self.now, places, buffer),
            None => Line::from("There is no data yet.").dim().render(places, buffer),
        }
        Line::from("q  quit").dim().right_aligned().render(keys, buffer);
    }
}

fn draw_places(snapshot: &Snapshot, now: f64, area: Rect, buffer: &mut Buffer) {
    let [queues, processes, sets @ ..]: [Rect; 5] = if area.width < WIDE {
        Layout::vertical([3, 4, 3, 2, 2].map(Constraint::Fill)).areas(area)
    } else {
        let [upper, lower] = Layout::vertical([3, 2].map(Constraint::Fill)).areas(area);
        let [queues, processes] = Layout::horizontal([1, 1].map(Constraint::Fill)).areas(upper);
        let [retry, schedule, dead] = Layout::horizontal([2, 1, 2].map(Constraint::Fill)).areas(lower);
        [queues, processes, retry, schedule, dead]
    };
    places::queues(snapshot, now, queues, buffer);
    places::processes(&snapshot.processes, now, processes, buffer);
    let [retry, schedule, dead] = sets;
    places::set("Retry", When::Ahead, &snapshot.retry, now, retry, buffer);
    places::set("Scheduled", When::Ahead, &snapshot.schedule, now, schedule, buffer);
    places::set("Dead", When::Past, &snapshot.dead, now, dead, buffer);
}
