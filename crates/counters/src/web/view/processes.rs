//! The processes and the jobs of their threads.

use lookout::{Process, Thread};
use maud::{Markup, html};

use crate::web::view::setting::Setting;
use crate::web::view::{span, token};

/// How many threads of a process are drawn.
const MAX_THREADS: usize = 16;

/// A process counts as silent if its lease ends within this time, in seconds: a lease lasts 5 s and
/// is renewed every 2 s.
const SILENT_BELOW: f64 = 2.5;

/// The first step that reports its running jobs in Redis.
const REPORTING_STEP: u8 = 5;

/// Draws all processes. In steps that do not report them, draws one process without its job.
pub fn draw(processes: &[Process], setting: Setting, now: Option<f64>) -> Markup {
    html! {
        @for each in processes { (process(each, now)) }
        @if processes.is_empty() {
            @if setting.has(REPORTING_STEP) || !setting.has(2) {
                (setting.empty(2, "a process", "No process works. Jobs wait until one comes."))
            } @else {
                div .process.unreported data-sink="" {
                    p .who { "One process" }
                    p .empty.future { "Redis does not show which job it performs. Step " (REPORTING_STEP) " changes that." }
                }
            }
        }
    }
}

fn process(process: &Process, now: Option<f64>) -> Markup {
    let silent = process.lease_remaining.is_some_and(|left| left < SILENT_BELOW);
    let who = process
        .pid()
        .map_or(process.identity.clone(), |pid| format!("Process {pid}"));
    html! {
        div .process .silent[silent] data-identity=(process.identity) {
            p .who {
                span title=(process.identity) { (who) } " "
                span .state { (state(process, silent, now)) }
            }
            @if !silent { (signals(process)) }
            (threads(process, now))
        }
    }
}

fn state(process: &Process, silent: bool, now: Option<f64>) -> Markup {
    html! {
        @if let (true, Some(lease)) = (silent, process.lease) {
            "silent: its jobs go back when its lease ends, in " (span::until(lease, now))
        } @else if process.quiet {
            "quiet: takes no new jobs"
        } @else {
            (process.threads.len()) " busy"
            @if let Some(concurrency) = process.concurrency { " of " (concurrency) " threads" }
        }
    }
}

fn signals(process: &Process) -> Markup {
    html! {
        div .actions {
            @for (action, label, quiet) in [("quiet", "Quiet", false), ("stop", "Stop", true)] {
                @if quiet || !process.quiet {
                    form method="post" action={ "/actions/processes/" (process.identity) "/" (action) } {
                        button #{ (process.identity) "-" (action) } aria-label={ (label) " process " (process.identity) } { (label) }
                    }
                }
            }
        }
    }
}

/// Draws a cell for each thread: its job, or that it is idle.
fn threads(process: &Process, now: Option<f64>) -> Markup {
    let concurrency = usize::try_from(process.concurrency.unwrap_or(0)).unwrap_or(usize::MAX);
    let more = concurrency.saturating_sub(MAX_THREADS);
    html! {
        ol .threads { @for thread in cells(&process.threads, concurrency.min(MAX_THREADS)) { (cell(thread, now)) } }
        @if more > 0 { p .empty { "and " (more) " more threads" } }
    }
}

/// Assigns the threads to cells. A numbered thread has its own cell, and the others take those of
/// idle ones: Sidekiq gives its threads names, and Sidepunch has more threads than may perform
/// jobs, so that one can wait for each queue.
fn cells(threads: &[Thread], concurrency: usize) -> Vec<Option<&Thread>> {
    let mut cells = vec![None; concurrency];
    let mut others = Vec::new();
    for thread in threads {
        let own = thread.name.parse().ok().and_then(|number: usize| cells.get_mut(number));
        match own {
            Some(cell) => *cell = Some(thread),
            None => others.push(thread),
        }
    }
    let mut others = others.into_iter();
    for cell in cells.iter_mut().filter(|cell| cell.is_none()) {
        *cell = others.next();
    }
    cells.extend(others.take(MAX_THREADS).map(Some));
    cells
}

fn cell(thread: Option<&Thread>, now: Option<f64>) -> Markup {
    html! {
        @if let Some(Thread { job, since, held, .. }) = thread {
            li title=(job) {
                (token::draw(job)) (span::since(*since, now))
                @if *held > 1 { span .held { "+" (held - 1) } }
            }
        } @else {
            li .idle { span .unseen { "idle" } }
        }
    }
}
