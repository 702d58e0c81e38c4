//! Draws one screen: the places where a job can be, as on the web page.

use lookout::Snapshot;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Widget, Wrap};

use super::sets::{DEAD, RETRY, SCHEDULE};
use super::{ViewState, figures, processes, queues, sets};

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
    let sets = [
        (&RETRY, &snapshot.retry),
        (&SCHEDULE, &snapshot.schedule),
        (&DEAD, &snapshot.dead),
    ];
    if area.width < WIDE {
        let [queues, workers, rest @ ..]: [Rect; 5] =
            Layout::vertical([3, 4, 3, 2, 2].map(Constraint::Fill)).areas(area);
        queues::draw(snapshot, now, queues, buffer);
        processes::draw(&snapshot.processes, now, workers, buffer);
        for ((kind, set), area) in sets.into_iter().zip(rest) {
            sets::draw(kind, set, now, area, buffer);
        }
        return;
    }
    let [upper, lower] = Layout::vertical([Constraint::Fill(3), Constraint::Fill(2)]).areas(area);
    let [queues, workers] = Layout::horizontal([1, 1].map(Constraint::Fill)).areas(upper);
    queues::draw(snapshot, now, queues, buffer);
    processes::draw(&snapshot.processes, now, workers, buffer);
    let below: [Rect; 3] = Layout::horizontal([2, 1, 2].map(Constraint::Fill)).areas(lower);
    for ((kind, set), area) in sets.into_iter().zip(below) {
        sets::draw(kind, set, now, area, buffer);
    }
}

/// Draws a place with its name, its count, and as many of its lines as fit. The last line then has
/// the number of the others.
pub fn place(title: &str, count: u64, lines: Vec<Line>, area: Rect, buffer: &mut Buffer) {
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
