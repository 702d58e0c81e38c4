//! `cargo kata watch`: runs the tests of a step at each save.

use std::cell::Cell;
use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use console::Term;
use notify::{Event, RecursiveMode, Watcher};

use super::test::{conclude, resolve};
use crate::learner::TestSession;
use crate::learner::test_session::End;
use crate::system::interrupt::Interrupt;
use crate::term::say;
use crate::{CliError, Repo, Side};

/// How long no file must be saved before the tests run, because an editor saves in several steps
/// and may save several files.
const DEBOUNCE: Duration = Duration::from_millis(150);
/// How often it checks for Ctrl-C.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Runs the tests now and each time a file of the step is saved, until Ctrl-C. A save during a run
/// cancels it and starts the next one. The exit code is 0.
///
/// # Errors
///
/// If there is no such step, or its folder cannot be watched.
pub fn run(repo: &Repo, step: Option<&str>, task: Option<&str>) -> Result<ExitCode, CliError> {
    let interrupt = Interrupt::catch()?;
    let Some(selection) = resolve(repo, step, task, &|| interrupt.is_requested())? else {
        return Ok(ExitCode::SUCCESS);
    };
    let name = &selection.suite.step.name;
    let folder = repo.crate_of(&selection.suite.step, Side::Starter);
    let (sender, saves) = mpsc::channel();
    let report = move |event: notify::Result<Event>| {
        // After an error, an event may be missing.
        if event.map_or(true, |event| is_save(&event)) {
            // At the end there is no receiver.
            let _ = sender.send(());
        }
    };
    let cannot = |error: notify::Error| CliError::path("watch", &folder, &error);
    let mut watcher = notify::recommended_watcher(report).map_err(cannot)?;
    watcher.watch(&folder, RecursiveMode::Recursive).map_err(cannot)?;
    while !interrupt.is_requested() {
        clear();
        let saved = Cell::new(false);
        let cancelled = || {
            saved.set(saved.get() || saves.try_recv().is_ok());
            saved.get() || interrupt.is_requested()
        };
        let session = TestSession {
            repo,
            selection: &selection,
            cancelled: &cancelled,
        };
        match session.run() {
            Ok(End::Cancelled) => {}
            Ok(end) => conclude(&selection, end),
            // A missing file may be there at the next save.
            Err(error) => say::error(&error.text),
        }
        if !saved.get() && !interrupt.is_requested() {
            let words = format!("\nWatching {name}: its tests run again when you save a file. Press Ctrl-C to stop.");
            say::line(&say::paint(say::QUIET, &words));
            wait(&interrupt, &saves);
        }
        while saves.recv_timeout(DEBOUNCE).is_ok() {}
    }
    say::line("Stopped watching.");
    Ok(ExitCode::SUCCESS)
}

/// Waits for a save or Ctrl-C.
fn wait(interrupt: &Interrupt, saves: &Receiver<()>) {
    while !interrupt.is_requested() && matches!(saves.recv_timeout(POLL_INTERVAL), Err(RecvTimeoutError::Timeout)) {}
}

/// Returns true if a file was written that cargo would build. Reads do not count, because cargo
/// reads all sources. Files that editors and tests write beside the sources do not count, either.
pub fn is_save(event: &Event) -> bool {
    let is_source = |path: &Path| {
        path.extension()
            .is_some_and(|extension| ["rs", "toml", "lua"].iter().any(|known| extension == *known))
            && !path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('.'))
    };
    !event.kind.is_access() && event.paths.iter().any(|path| is_source(path))
}

/// Clears the screen, if the output is a terminal.
fn clear() {
    let term = Term::stdout();
    if term.is_term() && env::var_os("TERM").is_none_or(|term| term != "dumb") {
        // It does not matter if this fails.
        let _ = term.clear_screen();
    }
}
