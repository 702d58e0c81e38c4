//! `cargo kata top`: shows the content of the web page in a terminal.

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

use crate::top::{Poller, Screen, ViewState};
use crate::{CliError, address, say};

/// How long to wait for a key before the screen is drawn again. Countdowns show tenths of a second.
const KEY_TIMEOUT: Duration = Duration::from_millis(100);

/// How long a snapshot may take if it is printed once: two attempts of 2 s each, and some spare
/// time.
const SNAPSHOT_TIMEOUT: Duration = Duration::from_secs(6);

/// The number of lines of a screen that is printed once.
const SCREEN_HEIGHT: u16 = 30;

/// Shows the content of the Redis at `url`, and updates it until q, Esc or Ctrl-C. If the output is
/// not a terminal, it prints one screen; then the exit code is 1 if Redis cannot be reached.
///
/// # Errors
///
/// If `url` is not the URL of a Redis, or the terminal cannot be used.
pub fn run(url: &str) -> Result<ExitCode, CliError> {
    address::validate(url)?;
    let poller = Poller::start(url).map_err(|error| format!("{} cannot be watched: {error}.", address::masked(url)))?;
    if !io::stdout().is_terminal() {
        return print(&poller);
    }
    let is_stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // Otherwise a signal would leave the terminal in its current mode.
        signal_hook::flag::register(signal, Arc::clone(&is_stopped))
            .map_err(|error| format!("Signals cannot be caught: {error}."))?;
    }
    let mut terminal = ratatui::try_init().map_err(|error| format!("The terminal cannot be used: {error}."))?;
    let shown = show(&mut terminal, &poller, &is_stopped);
    ratatui::restore();
    shown.map_err(|error| format!("The terminal cannot be used any longer: {error}."))?;
    Ok(ExitCode::SUCCESS)
}

fn show(terminal: &mut DefaultTerminal, poller: &Poller, is_stopped: &AtomicBool) -> io::Result<()> {
    let mut state = ViewState::new(poller.address());
    while !is_stopped.load(Ordering::Relaxed) {
        while let Some(result) = poller.next(Duration::ZERO) {
            state.record(result, lookout::now());
        }
        let screen = Screen {
            state: &state,
            now: lookout::now(),
        };
        terminal.draw(|frame| frame.render_widget(screen, frame.area()))?;
        if event::poll(KEY_TIMEOUT)?
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

/// Prints one screen as text.
fn print(poller: &Poller) -> Result<ExitCode, CliError> {
    let mut state = ViewState::new(poller.address());
    let result = poller
        .next(SNAPSHOT_TIMEOUT)
        .unwrap_or_else(|| Err("Redis does not answer.".to_owned()));
    let is_reached = result.is_ok();
    state.record(result, lookout::now());
    let area = Rect::new(0, 0, 100, SCREEN_HEIGHT);
    let mut buffer = Buffer::empty(area);
    Screen {
        state: &state,
        now: lookout::now(),
    }
    .render(area, &mut buffer);
    for row in area.rows() {
        let line: String = row.columns().map(|cell| buffer[(cell.x, cell.y)].symbol()).collect();
        say::line(line.trim_end());
    }
    Ok(if is_reached {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
