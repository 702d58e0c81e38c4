//! What others sent to Redis, as `MONITOR` tells it: one connection a server, its lines sorted by database.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use redis::{ConnectionAddr, IntoConnectionInfo};

use crate::watch::lock;

/// The kit's connections send this first, so that what they send is told apart; `ECHO` is shown by every version.
pub(crate) const OURS: &str = "kata:kit";
/// Marks a moment: all that Redis did before it comes through `MONITOR` before it.
pub(crate) const MARK: &str = "kata:mark:";
/// What client libraries send when they connect, before anybody asked for anything.
const HANDSHAKES: [&str; 5] = [
    "SELECT ",
    "HELLO ",
    "AUTH ",
    "CLIENT \"SETINFO\" ",
    "CLIENT \"SETNAME\" ",
];

/// A running `MONITOR`. Dropping it ends its thread.
#[derive(Debug)]
pub(crate) struct Monitor {
    socket: TcpStream,
    reader: Option<JoinHandle<()>>,
}

/// What has been seen; it outlives the connection, so that a server that was stopped and started has one story.
#[derive(Debug, Default)]
pub(crate) struct Log {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Seen {
    lines: HashMap<u32, Vec<String>>,
    /// The addresses of the kit's connections, and the database each belongs to.
    ours: HashMap<String, u32>,
    marks: HashSet<String>,
}

impl Monitor {
    /// Starts to listen; when this returns, Redis tells everything that it is sent from now on.
    ///
    /// # Errors
    ///
    /// If Redis cannot be reached, or refuses.
    pub(crate) fn start(url: &str, log: &Arc<Log>) -> io::Result<Monitor> {
        let address = url.into_connection_info().map_err(io::Error::other)?;
        let ConnectionAddr::Tcp(host, port) = address.addr() else {
            return Err(io::Error::other("MONITOR needs a plain TCP address"));
        };
        let mut socket = TcpStream::connect((host.as_str(), *port))?;
        let mut reader = BufReader::new(socket.try_clone()?);
        let settings = address.redis_settings();
        if let Some(password) = settings.password() {
            let mut auth = redis::cmd("AUTH");
            auth.arg(settings.username()).arg(password);
            order(&mut socket, &mut reader, &auth)?;
        }
        order(&mut socket, &mut reader, &redis::cmd("MONITOR"))?;
        let listener = Arc::clone(log);
        let reader = thread::Builder::new()
            .name("kata-monitor".to_owned())
            .spawn(move || listener.listen(reader))?;
        Ok(Monitor {
            socket,
            reader: Some(reader),
        })
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        // An error means that it is closed already.
        let _ = self.socket.shutdown(Shutdown::Both);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Sends one command that is answered by `+OK`.
fn order(socket: &mut TcpStream, reader: &mut impl BufRead, command: &redis::Cmd) -> io::Result<()> {
    socket.write_all(&command.get_packed_command())?;
    let mut answer = String::new();
    reader.read_line(&mut answer)?;
    if answer.starts_with("+OK") {
        Ok(())
    } else {
        Err(io::Error::other(answer.trim_end().to_owned()))
    }
}

impl Log {
    fn listen(&self, mut reader: impl BufRead) {
        let mut line = Vec::new();
        while let Ok(1..) = reader.read_until(b'\n', &mut line) {
            if let Some(told) = Told::of(&String::from_utf8_lossy(&line)) {
                lock(&self.seen).take(told);
                self.changed.notify_all();
            }
            line.clear();
        }
    }

    /// Waits until the mark has come through; `false` if it has not in time.
    pub(crate) fn reached(&self, mark: &str, patience: Duration) -> bool {
        let seen = lock(&self.seen);
        let waited = self
            .changed
            .wait_timeout_while(seen, patience, |seen| !seen.marks.remove(mark));
        waited.is_ok_and(|(_, time)| !time.timed_out())
    }

    /// Forgets what this database was sent: a test begins or ends.
    pub(crate) fn forget(&self, database: u32) {
        let mut seen = lock(&self.seen);
        seen.lines.remove(&database);
    }

    /// Forgets which connections were the kit's own for this database: others may get their ports.
    pub(crate) fn disown(&self, database: u32) {
        lock(&self.seen).ours.retain(|_, of| *of != database);
    }

    /// What this database was sent, in order.
    pub(crate) fn commands(&self, database: u32) -> Vec<String> {
        lock(&self.seen).lines.get(&database).cloned().unwrap_or_default()
    }
}

impl Seen {
    fn take(&mut self, told: Told) {
        if let Some(word) = told.text.strip_prefix("ECHO ").map(|word| word.trim_matches('"')) {
            if word == OURS {
                self.ours.insert(told.source, told.database);
                return;
            }
            if word.starts_with(MARK) {
                self.marks.insert(word.to_owned());
                return;
            }
        }
        if self.ours.contains_key(&told.source) || HANDSHAKES.iter().any(|name| told.text.starts_with(name)) {
            return;
        }
        let text = if told.source == "lua" {
            format!("lua: {}", told.text)
        } else {
            told.text
        };
        self.lines.entry(told.database).or_default().push(text);
    }
}

/// One line of `MONITOR`: `+1339518083.107412 [0 127.0.0.1:60866] "lpush" "queue:default" "{}"`.
#[derive(Debug, PartialEq)]
struct Told {
    database: u32,
    source: String,
    /// The command's name in capitals, then its arguments as Redis quotes them.
    text: String,
}

impl Told {
    fn of(line: &str) -> Option<Told> {
        let (_, rest) = line.trim_end().split_once(" [")?;
        let (from, command) = rest.split_once("] \"")?;
        let (database, source) = from.split_once(' ')?;
        let (name, args) = command.split_once('"')?;
        let text = format!("{}{args}", name.to_ascii_uppercase());
        Some(Told {
            database: database.parse().ok()?,
            source: source.to_owned(),
            text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<(u32, String, String)> {
        Told::of(line).map(|told| (told.database, told.source, told.text))
    }

    /// Arguments stay as Redis quotes them, so a bracket or quote in them cuts nothing off.
    #[test]
    fn a_line_is_read_whole() {
        let line = "+1339518083.107412 [12 127.0.0.1:60866] \"lpush\" \"q\" \"[1] \\\"x\\\"\"\r\n";
        assert_eq!(
            told(line),
            Some((12, "127.0.0.1:60866".into(), "LPUSH \"q\" \"[1] \\\"x\\\"\"".into()))
        );
        assert_eq!(
            told("+1.2 [0 [::1]:5000] \"PING\"\r\n"),
            Some((0, "[::1]:5000".into(), "PING".into()))
        );
        assert_eq!(
            told("+1.2 [3 lua] \"rpop\" \"q\"\r\n"),
            Some((3, "lua".into(), "RPOP \"q\"".into()))
        );
        assert_eq!(told("+OK\r\n"), None);
    }
}
