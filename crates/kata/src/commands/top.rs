//! `cargo kata top`: shows the content of the web page in a terminal.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::process;
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ratatui::DefaultTerminal;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use crate::system::{Cancellation, address};
use crate::term::say;
use crate::top::{Poller, Screen, ViewState};
use crate::{CliError, Outcome};

/// How long to wait for a key before the screen is drawn again. Countdowns show tenths of a second.
const KEY_TIMEOUT: Duration = Duration::from_millis(100);

/// How long a snapshot may take if it is printed once: two attempts of 2 s each, and some spare
/// time.
const SNAPSHOT_TIMEOUT: Duration = Duration::from_secs(6);

/// The exit code if the terminal is gone, as in shells after SIGHUP.
const EXIT_HANGUP: i32 = 129;

/// The number of lines of a screen that is printed once.
const SCREEN_HEIGHT: u16 = 30;

/// Shows the content of the Redis at `url`, and updates it until q, Esc or Ctrl-C. If the output is
/// not a terminal, it prints one screen; then the exit code is 1 if Redis cannot be reached.
///
/// # Errors
///
/// If `url` is not the URL of a Redis, or the terminal cannot be used.
pub fn run(url: &str) -> Result<Outcome, CliError> {
    address::validate(url)?;
    let poller = Poller::start(url).map_err(|error| format!("{} cannot be watched: {error}.", lookout::masked(url)))?;
    if !io::stdout().is_terminal() {
        return print(&poller);
    }
    // Otherwise a signal would leave the terminal in its current mode.
    let token = Cancellation::at_each_signal()?;
    end_with_terminal().map_err(|error| format!("The terminal cannot be used: {error}."))?;
    let mut terminal = ratatui::try_init().map_err(|error| format!("The terminal cannot be used: {error}."))?;
    let shown = show(&mut terminal, &poller, &token);
    ratatui::restore();
    shown.map_err(|error| format!("The terminal cannot be used any longer: {error}."))?;
    Ok(Outcome::SUCCESS)
}

fn show(terminal: &mut DefaultTerminal, poller: &Poller, token: &Cancellation) -> io::Result<()> {
    let mut state = ViewState::new(poller.address());
    while !token.is_cancelled() {
        while let Some(result) = poller.next(Duration::ZERO) {
            state.record(result, lookout::now());
        }
        let (state, now) = (&state, lookout::now());
        terminal.draw(|frame| frame.render_widget(Screen { state, now }, frame.area()))?;
        if event::poll(KEY_TIMEOUT)?
            && let Event::Key(key) = event::read()?
            && quits(&key)
        {
            break;
        }
    }
    Ok(())
}

/// Ends this process when its terminal is gone, for example because its window was closed. Then
/// `event::poll` would never return: it reads an error or nothing, again and again. SIGHUP does not
/// help, because it may be ignored, and because the process may not be in the session of the
/// terminal.
fn end_with_terminal() -> io::Result<()> {
    // The terminal from which `event::poll` reads.
    let stdin = io::stdin();
    let terminal: OwnedFd = if stdin.is_terminal() {
        stdin.as_fd().try_clone_to_owned()?
    } else {
        File::open("/dev/tty")?.into()
    };
    thread::Builder::new().name("terminal".to_owned()).spawn(move || {
        // Without requested events, only the end of the terminal is reported.
        let mut files = [PollFd::new(terminal.as_fd(), PollFlags::empty())];
        while poll(&mut files, PollTimeout::NONE) == Err(Errno::EINTR) {}
        process::exit(EXIT_HANGUP);
    })?;
    Ok(())
}

fn quits(key: &KeyEvent) -> bool {
    let interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    key.kind == KeyEventKind::Press && (interrupt || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc))
}

/// Prints one screen as text.
fn print(poller: &Poller) -> Result<Outcome, CliError> {
    let mut state = ViewState::new(poller.address());
    let result = poller
        .next(SNAPSHOT_TIMEOUT)
        .unwrap_or_else(|| Err("Redis does not answer.".to_owned()));
    let is_reached = result.is_ok();
    state.record(result, lookout::now());
    let area = Rect::new(0, 0, 100, SCREEN_HEIGHT);
    let mut buffer = Buffer::empty(area);
    let (state, now) = (&state, lookout::now());
    Screen { state, now }.render(area, &mut buffer);
    for row in area.rows() {
        let line: String = row.columns().map(|cell| buffer[(cell.x, cell.y)].symbol()).collect();
        say::line(line.trim_end());
    }
    Ok(Outcome::of(is_reached))
}
