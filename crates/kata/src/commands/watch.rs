//! `cargo kata watch`: a step's tests at each save.

use std::cell::Cell;
use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use console::Term;
use notify::{Event, RecursiveMode, Watcher};

use crate::commands::test::{conclude, resolve};
use crate::interrupt::Interrupt;
use crate::learner::TestSession;
use crate::learner::test_session::End;
use crate::{CliError, Repo, Side, say};

/// For how long nothing must be saved before the tests run: an editor saves in several steps, and several files at once.
const DEBOUNCE: Duration = Duration::from_millis(150);
/// How often it is asked whether Ctrl-C was pressed.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Runs the tests now and whenever something of the step is saved, until Ctrl-C. A save during a round ends it, and begins
/// the next one. The exit code is 0.
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
        // An error means that something may have been missed.
        if event.map_or(true, |event| is_save(&event)) {
            // Nobody listens at the end.
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
            // What is missing now may be there after the next save.
            Err(error) => say::error(&error.text),
        }
        if !saved.get() && !interrupt.is_requested() {
            let words = format!("\nWatching {name}: save a file, and its tests run again. Ctrl-C ends it.");
            say::line(&say::paint(say::QUIET, &words));
            wait(&interrupt, &saves);
        }
        while saves.recv_timeout(DEBOUNCE).is_ok() {}
    }
    say::line("Stopped watching.");
    Ok(ExitCode::SUCCESS)
}

/// Waits for a save or for Ctrl-C.
fn wait(interrupt: &Interrupt, saves: &Receiver<()>) {
    while !interrupt.is_requested() && matches!(saves.recv_timeout(POLL_INTERVAL), Err(RecvTimeoutError::Timeout)) {}
}

/// Whether something was written that cargo would build. To read a file is no save, and cargo reads them all; nor are what
/// editors and tests leave beside the sources.
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

/// Clears the screen, if there is one.
fn clear() {
    let term = Term::stdout();
    if term.is_term() && env::var_os("TERM").is_none_or(|term| term != "dumb") {
        // A screen that is not cleared is no harm.
        let _ = term.clear_screen();
    }
}
