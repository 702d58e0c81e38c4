//! Draws the processes, and the jobs of their threads.

use lookout::{Process, format_duration};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Stylize;
use ratatui::text::Line;

use super::place;

/// A process whose lease has less time left, in seconds, is shown as silent. A lease lasts 5 s and
/// is renewed every 2 s.
const SILENT_LEASE: f64 = 2.5;

/// Draws a line for each process, and one for each thread with a job.
pub fn draw(processes: &[Process], now: f64, area: Rect, buffer: &mut Buffer) {
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
    place::draw("Workers", processes.len() as u64, lines, area, buffer);
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
