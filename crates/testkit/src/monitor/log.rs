//! The commands of each database during its test, as `MONITOR` reports them.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::process;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use crate::mutex::lock;

/// The kit's connections send this first, so that their commands can be recognized; every version
/// shows `ECHO`.
pub(super) const KIT_NAME: &str = "kata:kit";
/// Marks a moment: everything that Redis executed before it is reported before it.
pub(crate) const SYNC_MARK: &str = "kata:mark:";
/// Commands that client libraries send on a new connection before the first one of their user.
const HANDSHAKE_COMMANDS: [&str; 5] = [
    "SELECT ",
    "HELLO ",
    "AUTH ",
    "CLIENT \"SETINFO\" ",
    "CLIENT \"SETNAME\" ",
];

/// The commands so far. It outlives the connection, so that a server that was stopped and started
/// has one log.
#[derive(Debug, Default)]
pub(crate) struct Log {
    state: Mutex<LogState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct LogState {
    /// The commands of each database that belongs to a running test. Others are not kept, because a
    /// server that a test has left running sends commands until the process ends.
    lines: HashMap<u32, Vec<String>>,
    /// The addresses of the kit's connections, each with its database.
    ours: HashMap<String, u32>,
    /// Marks of this process that [`Log::reached`] has not taken yet.
    marks: HashSet<String>,
}

impl Log {
    pub(super) fn listen(&self, mut reader: impl BufRead) {
        let mut line = Vec::new();
        while let Ok(1..) = reader.read_until(b'\n', &mut line) {
            if let Some(line) = MonitorLine::of(&String::from_utf8_lossy(&line))
                && lock(&self.state).process(line)
            {
                self.changed.notify_all();
            }
            line.clear();
        }
    }

    /// Waits until the monitor has reported the mark; returns false if it has not in time.
    pub(crate) fn reached(&self, mark: &str, timeout: Duration) -> bool {
        let seen = lock(&self.state);
        let waited = self
            .changed
            .wait_timeout_while(seen, timeout, |seen| !seen.marks.remove(mark));
        waited.is_ok_and(|(_, time)| !time.timed_out())
    }

    /// Starts the log of a database, because its test begins.
    pub(crate) fn begin(&self, database: u32) {
        lock(&self.state).lines.insert(database, Vec::new());
    }

    /// Ends the log of a database, because its test ends. Also forgets the kit's connections to it,
    /// because other connections may get their ports.
    pub(crate) fn end(&self, database: u32) {
        let mut seen = lock(&self.state);
        seen.lines.remove(&database);
        seen.ours.retain(|_, of| *of != database);
    }

    /// Returns true if a connection to this database is the kit's own.
    pub(crate) fn is_from_kit(&self, address: &str, database: u32) -> bool {
        lock(&self.state).ours.get(address) == Some(&database)
    }

    /// Returns the commands of this database, in order.
    pub(crate) fn commands(&self, database: u32) -> Vec<String> {
        lock(&self.state).lines.get(&database).cloned().unwrap_or_default()
    }
}

impl LogState {
    /// Processes one line; returns true if it was a mark.
    fn process(&mut self, line: MonitorLine) -> bool {
        if let Some(word) = line.text.strip_prefix("ECHO ").map(|word| word.trim_matches('"')) {
            if word == KIT_NAME {
                self.ours.insert(line.source, line.database);
                return false;
            }
            if let Some(number) = word.strip_prefix(SYNC_MARK) {
                // Another process on the same Redis sends marks, too.
                let own = number.starts_with(&format!("{}-", process::id()));
                return own && self.marks.insert(word.to_owned());
            }
        }
        if HANDSHAKE_COMMANDS.iter().any(|name| line.text.starts_with(name)) {
            // A new connection. If a connection of the kit had its port before, it does not have it
            // any more.
            self.ours.remove(&line.source);
            return false;
        }
        let own = self.ours.get(&line.source) == Some(&line.database);
        let Some(lines) = self.lines.get_mut(&line.database).filter(|_| !own) else {
            return false;
        };
        let text = if line.source == "lua" {
            format!("lua: {}", line.text)
        } else {
            line.text
        };
        lines.push(text);
        false
    }
}

/// One line of `MONITOR`: `+1339518083.107412 [0 127.0.0.1:60866] "lpush" "queue:default" "{}"`.
#[derive(Debug, PartialEq)]
struct MonitorLine {
    database: u32,
    source: String,
    /// The command's name in capitals, then its arguments as Redis quotes them.
    text: String,
}

impl MonitorLine {
    fn of(line: &str) -> Option<MonitorLine> {
        let (_, rest) = line.trim_end().split_once(" [")?;
        let (from, command) = rest.split_once("] \"")?;
        let (database, source) = from.split_once(' ')?;
        let (name, args) = command.split_once('"')?;
        let text = format!("{}{args}", name.to_ascii_uppercase());
        Some(MonitorLine {
            database: database.parse().ok()?,
            source: source.to_owned(),
            text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds lines of database 5 to a log, with `source` as their connection.
    fn feed(log: &Log, source: u16, commands: &[&str]) {
        for command in commands {
            let line = format!("+1.2 [5 127.0.0.1:{source}] {command}\r\n");
            lock(&log.state).process(MonitorLine::of(&line).unwrap());
        }
    }

    /// With 300 tests in a process, the commands of servers left running would fill the memory.
    #[test]
    fn keeps_commands_only_during_the_test() {
        let log = Log::default();
        feed(&log, 1, &[r#""PING""#]);
        log.begin(5);
        feed(&log, 1, &[r#""GET" "a""#]);
        assert_eq!(log.commands(5), [r#"GET "a""#]);
        log.end(5);
        feed(&log, 1, &[r#""GET" "b""#]);
        assert_eq!(log.commands(5), [""; 0]);
        assert!(lock(&log.state).lines.is_empty());
    }

    /// The kit's connections close, and the system assigns their ports to the code under test.
    #[test]
    fn shows_a_connection_that_has_the_port_of_one_of_the_kits() {
        let log = Log::default();
        log.begin(5);
        feed(&log, 1, &[r#""SELECT" "5""#, r#""ECHO" "kata:kit""#, r#""GET" "kit""#]);
        feed(&log, 1, &[r#""SELECT" "5""#, r#""GET" "code""#]);
        assert_eq!(log.commands(5), [r#"GET "code""#]);
    }

    /// Only marks wake a test that waits, and those of another process are not kept.
    #[test]
    fn keeps_the_marks_of_this_process() {
        let log = Log::default();
        let mark = format!("{SYNC_MARK}{}-0", process::id());
        feed(
            &log,
            1,
            &[&format!(r#""ECHO" "{SYNC_MARK}1-0""#), &format!(r#""ECHO" "{mark}""#)],
        );
        assert_eq!(lock(&log.state).marks.len(), 1);
        assert!(log.reached(&mark, Duration::ZERO));
        assert!(lock(&log.state).marks.is_empty());
    }

    fn parse(line: &str) -> Option<(u32, String, String)> {
        MonitorLine::of(line).map(|line| (line.database, line.source, line.text))
    }

    /// Arguments stay as Redis quotes them, so a bracket or quote in them ends nothing.
    #[test]
    fn reads_a_whole_line() {
        let line = "+1339518083.107412 [12 127.0.0.1:60866] \"lpush\" \"q\" \"[1] \\\"x\\\"\"\r\n";
        assert_eq!(
            parse(line),
            Some((12, "127.0.0.1:60866".into(), "LPUSH \"q\" \"[1] \\\"x\\\"\"".into()))
        );
        assert_eq!(
            parse("+1.2 [0 [::1]:5000] \"PING\"\r\n"),
            Some((0, "[::1]:5000".into(), "PING".into()))
        );
        assert_eq!(
            parse("+1.2 [3 lua] \"rpop\" \"q\"\r\n"),
            Some((3, "lua".into(), "RPOP \"q\"".into()))
        );
        assert_eq!(parse("+OK\r\n"), None);
    }
}
