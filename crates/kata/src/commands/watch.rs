//! `cargo kata watch`: runs the tests of a step at each save.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;
use std::{env, thread};

use console::Term;
use notify::{Event, RecursiveMode, Watcher};

use super::test::{conclude, resolve};
use crate::learner::TestSession;
use crate::system::{Cancellation, files};
use crate::term::say;
use crate::{CliError, Outcome, Repo, Side};

/// How long no file must be saved before the tests run, because an editor saves in several steps
/// and may save several files.
const DEBOUNCE: Duration = Duration::from_millis(150);
/// How often it checks for a save and for Ctrl-C.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Runs the tests now and each time a file of the step is saved, until Ctrl-C. A save during a run
/// cancels it and starts the next one. The exit code is 0.
///
/// # Errors
///
/// If there is no such step, or its folder cannot be watched.
pub fn run(repo: &Repo, step: Option<&str>, task: Option<&str>) -> Result<Outcome, CliError> {
    let interrupt = Cancellation::at_first_signal()?;
    let selection = match resolve(repo, step, task, &interrupt) {
        Err(error) if error.is_cancelled() => return Ok(Outcome::SUCCESS),
        selection => selection?,
    };
    let selection = &selection;
    let name = &selection.suite.step.name;
    let folder = repo.crate_of(&selection.suite.step, Side::Starter);
    // Cancelled by a save, and by Ctrl-C.
    let token = &interrupt.child();
    let save = token.clone();
    let report = move |event: notify::Result<Event>| {
        // After an error, an event may be missing.
        if event.map_or(true, |event| is_save(&event)) {
            save.cancel();
        }
    };
    let cannot = |error: notify::Error| CliError::path("watch", &folder, &error);
    let mut watcher = notify::recommended_watcher(report).map_err(cannot)?;
    watcher.watch(&folder, RecursiveMode::Recursive).map_err(cannot)?;
    while !interrupt.is_cancelled() {
        clear();
        match (TestSession { repo, selection, token }).run() {
            Ok(state) => conclude(selection, state),
            // A missing file may be there at the next save.
            Err(error) if !error.is_cancelled() => say::error(&error.text),
            Err(_) => {}
        }
        if !token.is_cancelled() {
            let words = format!("\nWatching {name}: its tests run again when you save a file. Press Ctrl-C to stop.");
            say::line(&say::paint(say::QUIET, &words));
        }
        while !token.is_cancelled() {
            thread::sleep(POLL_INTERVAL);
        }
        while token.take() {
            thread::sleep(DEBOUNCE);
        }
    }
    say::line("Stopped watching.");
    Ok(Outcome::SUCCESS)
}

/// Returns true if a file was written that cargo would build. Reads do not count, because cargo
/// reads all sources. Files that editors and tests write beside the sources do not count, either.
pub fn is_save(event: &Event) -> bool {
    let is_source = |path: &Path| {
        let is_known = |end: &OsStr| ["rs", "toml", "lua"].iter().any(|known| end == *known);
        path.extension().is_some_and(is_known) && !files::name(path).starts_with('.')
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
