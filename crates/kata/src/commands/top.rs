//! `cargo kata top`: the page's twin for those who live in a terminal.

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratatui::DefaultTerminal;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::widgets::Widget;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::top::{Screen, Sight, Watcher};
use crate::{Stop, address, say};

/// How long to wait for a key before the screen is drawn anew: countdowns run in tenths of a second.
const KEY: Duration = Duration::from_millis(100);

/// How long one look may take where it is printed once: two attempts of 2 s each, and a bit.
const LOOK: Duration = Duration::from_secs(6);

/// How high such a print is.
const LINES: u16 = 30;

/// Shows what the Redis at `url` holds, refreshed in place, until q, Esc or Ctrl-C. Where the output is no terminal it is
/// printed once; then the exit code is 1 if Redis is away.
///
/// # Errors
///
/// If `url` is no URL of a Redis, or the terminal cannot be used.
pub fn run(url: &str) -> Result<ExitCode, Stop> {
    address::known(url)?;
    let watcher =
        Watcher::start(url).map_err(|error| format!("{} cannot be watched: {error}.", address::masked(url)))?;
    if !io::stdout().is_terminal() {
        return print(&watcher);
    }
    let over = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // Else the terminal would be left as it is now.
        signal_hook::flag::register(signal, Arc::clone(&over))
            .map_err(|error| format!("Signals cannot be caught: {error}."))?;
    }
    let mut terminal = ratatui::try_init().map_err(|error| format!("The terminal cannot be used: {error}."))?;
    let shown = show(&mut terminal, &watcher, &over);
    ratatui::restore();
    shown.map_err(|error| format!("The terminal cannot be used any longer: {error}."))?;
    Ok(ExitCode::SUCCESS)
}

fn show(terminal: &mut DefaultTerminal, watcher: &Watcher, over: &AtomicBool) -> io::Result<()> {
    let mut sight = Sight::new(watcher.address());
    while !over.load(Ordering::Relaxed) {
        while let Some(look) = watcher.next(Duration::ZERO) {
            sight.note(look, lookout::now());
        }
        let screen = Screen {
            sight: &sight,
            now: lookout::now(),
        };
        terminal.draw(|frame| frame.render_widget(screen, frame.area()))?;
        if event::poll(KEY)?
            && let Event::Key(key) = event::read()?
            && quits(&key)
        {
            break;
        }
    }
    Ok(())
}

fn quits(key: &KeyEvent) -> bool {
    let interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    key.kind == KeyEventKind::Press && (interrupt || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc))
}

/// One look, as text.
fn print(watcher: &Watcher) -> Result<ExitCode, Stop> {
    let mut sight = Sight::new(watcher.address());
    let look = watcher
        .next(LOOK)
        .unwrap_or_else(|| Err("Redis does not answer.".to_owned()));
    let seen = look.is_ok();
    sight.note(look, lookout::now());
    let area = Rect::new(0, 0, 100, LINES);
    let mut buffer = Buffer::empty(area);
    Screen {
        sight: &sight,
        now: lookout::now(),
    }
    .render(area, &mut buffer);
    for row in area.rows() {
        let line: String = row.columns().map(|cell| buffer[(cell.x, cell.y)].symbol()).collect();
        say::line(line.trim_end());
    }
    Ok(if seen { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
