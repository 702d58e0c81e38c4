//! Draws the places where jobs can be: the queues, the processes, and the sorted sets.

use lookout::{Member, Process, Set, Snapshot, format_duration, format_times, thousands};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Style, Stylize};
use ratatui::text::Line;
use ratatui::widgets::{Block, Widget};

/// The width of a queue's name, in characters.
const NAME: usize = 12;

/// A process whose lease has less time left, in seconds, is shown as silent. A lease lasts 5 s and
/// is renewed every 2 s.
const SILENT_LEASE: f64 = 2.5;

/// Where the times of a set's jobs are.
#[derive(Clone, Copy)]
pub enum When {
    /// In the future: a job waits for its time.
    Ahead,
    /// In the past: a job waits for a person.
    Past,
}

/// Draws for each queue how many jobs wait, how long the next one has waited, and what it is.
pub fn queues(snapshot: &Snapshot, now: f64, area: Rect, buffer: &mut Buffer) {
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
    draw("Queues", snapshot.waiting(), lines, area, buffer);
}

/// Draws a line for each process, and one for each thread with a job.
pub fn processes(processes: &[Process], now: f64, area: Rect, buffer: &mut Buffer) {
    let mut lines = Vec::new();
    for process in processes {
        lines.push(head(process));
        for thread in &process.threads {
            let since = format!("  {:<4}{:>7}  ", thread.name, format_duration(now - thread.since));
            let mut line = vec![since.dim(), thread.job.to_string().into()];
            if thread.held > 1 {
                line.push(format!(" +{}", thread.held - 1).dim());
            }
            lines.push(Line::from(line));
        }
    }
    draw("Processes", processes.len() as u64, lines, area, buffer);
}

fn head(process: &Process) -> Line<'_> {
    let busy = process.threads.len();
    let of = process
        .concurrency
        .map_or(String::new(), |threads| format!(" of {threads} threads"));
    let state = format!("  {busy} busy{of}");
    let name = process.identity.as_str().bold();
    match process.lease_remaining {
        Some(left) if left < SILENT_LEASE => Line::from(vec![
            name,
            format!("  silent; jobs requeued in {}", format_duration(left)).yellow(),
        ]),
        _ if process.quiet => Line::from(vec![name, state.into(), ", quiet".yellow()]),
        _ => Line::from(vec![name, state.into()]),
    }
}

/// Draws each of the first jobs of a sorted set in up to two lines: the time and the job, and the
/// reason if it has failed.
pub fn set(title: &str, when: When, set: &Set, now: f64, area: Rect, buffer: &mut Buffer) {
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
    draw(title, set.count, lines, area, buffer);
}

/// Draws a place with its name, its count, and as many of its lines as fit. The last line then has
/// the number of the others.
fn draw(title: &str, count: u64, lines: Vec<Line>, area: Rect, buffer: &mut Buffer) {
    let title = format!(" {title} {} ", thousands(count));
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
