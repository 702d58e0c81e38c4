//! The program's log: one line for each event, on standard error.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, panic, thread};

use nix::errno::Errno;
use nix::libc::PIPE_BUF;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use sidepunch::Stop;
use tracing::field::Visit;
use tracing::level_filters::LevelFilter;
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

/// How long a line waits for the reader of the log after a stop request, and how often the request
/// is checked before, in milliseconds.
const WAIT: u8 = 100;

/// The stop request after which lines are lost.
static STOP: OnceLock<Stop> = OnceLock::new();

/// True after the first line was lost. From then on, no line waits.
static LOST: AtomicBool = AtomicBool::new(false);

/// Starts logging events of at least this level. Uses colors only on a terminal, and not if
/// `NO_COLOR` is set. A panic is printed as one line, too.
pub fn init(level: LevelFilter) {
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
        .with_writer(|| Stderr)
        .with_ansi(colour)
        .with_max_level(level)
        .with_target(false)
        .fmt_fields(fields.delimited(" "))
        // By default, a failed write is reported on standard error, which panics if the reader is
        // gone, and blocks if the pipe is full. So the line is lost, but not the thread.
        .log_internal_errors(false)
        .init();
    panic::set_hook(Box::new(|panic| {
        let thread = thread::current();
        let name = thread.name().unwrap_or("<unnamed>");
        // The place, a line break, and the message.
        let text = panic.to_string().replacen(":\n", ": ", 1);
        let _ = writeln!(Stderr, "thread '{name}' {}", one_line(&text, MAX_TEXT));
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            let _ = writeln!(Stderr, "{backtrace}");
        }
    }));
}

/// Lets lines wait for the reader of the log only until this stop is requested.
pub fn lose_lines_after(stop: Stop) {
    // It is called once.
    let _ = STOP.set(stop);
}

/// Standard error. If it is a pipe and full, a write waits for the reader, and the job with it. So
/// no line is lost because of a slow reader. But a reader may have stopped for ever, and must not
/// prevent the process from stopping, too. So after a stop request, a line that finds no room is
/// lost.
pub struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Locked, so that no other thread takes the room.
        let mut stderr = io::stderr().lock();
        wait_for_room(&stderr)?;
        // A pipe with room accepts this many bytes without blocking.
        stderr.write(&bytes[..bytes.len().min(PIPE_BUF)])
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        // A thread can take this lock more than once. It keeps the parts of a long line together.
        let _lock = io::stderr().lock();
        while !bytes.is_empty() {
            let written = self.write(bytes)?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Blocks until a write would not block.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`] if that takes too long after a stop request.
fn wait_for_room(stderr: &impl AsFd) -> io::Result<()> {
    loop {
        let stopping = STOP.get().is_some_and(Stop::is_requested);
        let wait = if stopping && LOST.load(Ordering::Relaxed) {
            0
        } else {
            WAIT
        };
        let mut polled = [PollFd::new(stderr.as_fd(), PollFlags::POLLOUT)];
        match poll(&mut polled, PollTimeout::from(wait)) {
            Ok(0) if stopping => {
                LOST.store(true, Ordering::Relaxed);
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(0) | Err(Errno::EINTR) => {}
            // There is room, or the write returns the reason why there will be none.
            Ok(_) | Err(_) => return Ok(()),
        }
    }
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
