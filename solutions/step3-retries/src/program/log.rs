//! The program's log: one line for each event, on standard error.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal, Write};
use std::{env, panic, thread};

use tracing::field::Visit;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::field::{MakeExt, VisitOutput};
use tracing_subscriber::fmt::format::{DefaultVisitor, debug_fn};

/// How many bytes of a message and of a payload are logged. A producer may have written both, and
/// they may have megabytes.
const MAX_TEXT: usize = 950;

/// How many bytes of another field are logged, for example of a class.
const MAX_FIELD: usize = 250;

/// How many bytes of them are the end of the text, because a message about a failure ends with the
/// decision about the job.
const END: usize = 50;

/// How many lines wait if the reader of the log is slow or hangs.
const MAX_LINES: usize = 10_000;

/// Starts logging events of at least this level. Uses colors only on a terminal, and not if
/// `NO_COLOR` is set. A panic is printed as one line, too.
///
/// A thread of its own writes the lines, so that a log that hangs stops neither a job nor a
/// shutdown: lines that find no room are lost. When the returned guard is dropped, the thread
/// writes the lines that wait, for at most about a second.
pub fn init(level: LevelFilter) -> WorkerGuard {
    let (writer, guard) = NonBlockingBuilder::default()
        .thread_name("log")
        .buffered_lines_limit(MAX_LINES)
        .finish(io::stderr());
    let colour = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let fields = debug_fn(|writer, field, value| {
        let max = match field.name() {
            "message" | "payload" => MAX_TEXT,
            // The log has the only copy of this job.
            "lost_job" => usize::MAX,
            _ => MAX_FIELD,
        };
        let mut visitor = DefaultVisitor::new(writer.by_ref(), true);
        visitor.record_debug(field, &format_args!("{}", one_line(&format!("{value:?}"), max)));
        visitor.finish()
    });
    tracing_subscriber::fmt()
        .with_writer(writer.clone())
        .with_ansi(colour)
        .with_max_level(level)
        .with_target(false)
        .fmt_fields(fields.delimited(" "))
        // By default, a line that comes after the end of the log is reported on standard error,
        // which panics if its reader is gone.
        .log_internal_errors(false)
        .init();
    panic::set_hook(Box::new(move |panic| {
        let thread = thread::current();
        let name = thread.name().unwrap_or("<unnamed>");
        // The place, a line break, and the message.
        let text = panic.to_string().replacen(":\n", ": ", 1);
        let mut line = format!("thread '{name}' {}\n", one_line(&text, MAX_TEXT));
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            line.push_str(&format!("{backtrace}\n"));
        }
        let _ = writer.clone().write_all(line.as_bytes());
    }));
    guard
}

/// Returns a text that any producer may have written as one line: escapes the characters that break
/// a line or change the terminal, and leaves out the middle of a text of more than `max` bytes.
fn one_line(text: &str, max: usize) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            // The separators of lines and paragraphs, and the changes of the text's direction.
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => line.extend(char.escape_default()),
            char if char.is_control() => line.extend(char.escape_default()),
            char => line.push(char),
        }
    }
    if line.len() <= max {
        return line;
    }
    let boundary = |mut at: usize| {
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (boundary(max - END), boundary(line.len() - END));
    format!("{}…{}", &line[..start], &line[end..])
}
