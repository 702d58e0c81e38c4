//! Commands that a test sends to Redis, and the commands that the code under test has sent.

use std::any::type_name;

use redis::{Arg, Cmd, Connection, FromRedisValue, ToRedisArgs, Value};

use crate::Kit;
use crate::lock::LOCK;
use crate::shown::{cut, shown};

impl Kit {
    /// Opens a connection of the kit's own: its commands are left out of
    /// [`commands`](Kit::commands) and of the transcript. Each reply must arrive within twenty
    /// seconds.
    ///
    /// # Panics
    ///
    /// If Redis does not answer.
    #[track_caller]
    pub fn redis(&self) -> Connection {
        match self.database().connect() {
            Ok(connection) => connection,
            Err(error) => self.fail(&format!("The kit could not connect to Redis: {error}.")),
        }
    }

    /// Sends a command over the kit's own connection and returns the reply unconverted.
    ///
    /// # Panics
    ///
    /// If Redis rejects the command or does not answer.
    #[track_caller]
    pub fn command(&self, args: &[impl ToRedisArgs]) -> Value {
        self.query(args)
    }

    /// Sends a command over the kit's own connection and returns the reply as a `T`.
    ///
    /// ```no_run
    /// # let kit = testkit::kit!();
    /// let waiting = kit.query::<u64>(&["LLEN", "queue:default"]);
    /// ```
    ///
    /// # Panics
    ///
    /// If Redis rejects the command or does not answer, or if the reply is not a `T`; the failure
    /// shows both.
    #[track_caller]
    pub fn query<T: FromRedisValue>(&self, args: &[impl ToRedisArgs]) -> T {
        let command = command(args);
        let reply: Value = match self.database().query(&command) {
            Ok(reply) => reply,
            Err(error) => self.fail(&format!(
                "Redis should answer the kit's command {}\n  It returned an error: {error}",
                title(&command)
            )),
        };
        match T::from_redis_value_ref(&reply) {
            Ok(reply) => reply,
            Err(_) => self.fail(&format!(
                "Redis should answer the kit's command {}\n  expected: a value of type {}\n       got: {}",
                title(&command),
                short(type_name::<T>()),
                cut(&format!("{reply:?}"), 0)
            )),
        }
    }

    /// Returns the value of a counter such as `stat:processed`; 0 if the key does not exist.
    ///
    /// ```no_run
    /// # let kit = testkit::kit!();
    /// kit.assert_eq("no job is counted yet", kit.number("stat:processed"), 0);
    /// ```
    ///
    /// # Panics
    ///
    /// If the key holds another value; the failure shows it.
    #[track_caller]
    pub fn number(&self, key: &str) -> i64 {
        let held: Option<Vec<u8>> = self.query(&["GET", key]);
        let Some(held) = held else { return 0 };
        match str::from_utf8(&held).ok().and_then(|text| text.parse().ok()) {
            Some(number) => number,
            None => self.fail(&format!(
                "the key {key} holds a number\n  got: {}",
                cut(&shown(&held), 0)
            )),
        }
    }

    /// Pushes payloads at a list's head, one after the other, byte for byte.
    ///
    /// # Panics
    ///
    /// If the key is not a list.
    #[track_caller]
    pub fn lpush(&self, key: &str, payloads: &[&[u8]]) {
        self.command(&[&[b"LPUSH", key.as_bytes()], payloads].concat());
    }

    /// Pushes one payload onto a queue as a client does: at the head of the list `queue:NAME`.
    ///
    /// ```no_run
    /// # let kit = testkit::kit!();
    /// kit.push("default", r#"{"class":"AnyWorker","args":[]}"#);
    /// ```
    ///
    /// # Panics
    ///
    /// If the key is not a list.
    #[track_caller]
    pub fn push(&self, queue: &str, payload: impl AsRef<[u8]>) {
        self.lpush(&format!("queue:{queue}"), &[payload.as_ref()]);
    }

    /// Returns the entries of a list from head to tail, byte for byte. Empty if the key does not
    /// exist.
    ///
    /// ```no_run
    /// # let kit = testkit::kit!();
    /// kit.assert_eq("the job is back", kit.payloads("queue:default"), vec![b"not JSON \xff"]);
    /// ```
    ///
    /// # Panics
    ///
    /// If the key is not a list.
    #[track_caller]
    pub fn payloads(&self, key: &str) -> Vec<Vec<u8>> {
        self.query(&["LRANGE", key, "0", "-1"])
    }

    /// Returns the entries of a list from head to tail as text; bytes that are not UTF-8 are
    /// replaced. Empty if the key does not exist.
    ///
    /// # Panics
    ///
    /// If the key is not a list.
    #[track_caller]
    pub fn list(&self, key: &str) -> Vec<String> {
        let entries = self.payloads(key);
        let text = |entry: &Vec<u8>| String::from_utf8_lossy(entry).into_owned();
        entries.iter().map(text).collect()
    }

    /// Returns the entries of a list from head to tail, parsed as JSON. Empty if the key does not
    /// exist.
    ///
    /// ```no_run
    /// # let kit = testkit::kit!();
    /// let jobs = kit.json_list("queue:default");
    /// kit.assert_eq("the job is for its worker", jobs[0]["class"].as_str(), Some("AnyWorker"));
    /// ```
    ///
    /// # Panics
    ///
    /// If the key is not a list, or an entry is not JSON; the failure shows it.
    #[track_caller]
    pub fn json_list(&self, key: &str) -> Vec<serde_json::Value> {
        let mut values = Vec::new();
        for entry in self.payloads(key) {
            match serde_json::from_slice(&entry) {
                Ok(value) => values.push(value),
                Err(error) => {
                    let shown = cut(&shown(&entry), 0);
                    self.fail(&format!("each entry of {key} is JSON ({error})\n  got: {shown}"))
                }
            }
        }
        values
    }

    /// Returns the keys of this test's database, sorted, without the kit's own.
    #[track_caller]
    pub fn keys(&self) -> Vec<String> {
        let keys: Vec<Vec<u8>> = self.query(&["KEYS", "*"]);
        let mut keys: Vec<String> = keys
            .iter()
            .map(|key| String::from_utf8_lossy(key).into_owned())
            .collect();
        keys.retain(|key| key != LOCK);
        keys.sort();
        keys
    }

    /// Returns the commands that the code under test has sent to this test's database since the
    /// test began, in order, such as `LPUSH "queue:default" "{}"`: the name in capitals, the
    /// arguments as `MONITOR` quotes them, and `lua: ` before the commands of a script. The list is
    /// complete: it contains everything that Redis has executed up to this call.
    ///
    /// The commands with which client libraries introduce themselves (`SELECT`, `HELLO`, `AUTH`,
    /// `CLIENT SETINFO` and `SETNAME`) are left out.
    ///
    /// # Panics
    ///
    /// If `MONITOR` does not catch up within fifteen seconds.
    #[track_caller]
    pub fn commands(&self) -> Vec<String> {
        if let Err(reason) = self.database().sync() {
            self.fail(&reason);
        }
        self.database().commands()
    }

    /// Returns how many connections are blocked on this test's database now, for example in
    /// `BRPOP`.
    ///
    /// # Panics
    ///
    /// If Redis rejects `CLIENT LIST` or does not answer.
    #[track_caller]
    pub fn blocked(&self) -> usize {
        match self.database().clients() {
            Ok(clients) => clients.iter().filter(|(_, flags)| flags.contains('b')).count(),
            Err(error) => self.fail(&format!(
                "Redis should answer the kit's command CLIENT LIST\n  It returned an error: {error}"
            )),
        }
    }
}

/// Returns the command of these words.
pub(crate) fn command(args: &[impl ToRedisArgs]) -> Cmd {
    let mut command = Cmd::new();
    for arg in args {
        command.arg(arg);
    }
    command
}

/// Returns the text of a command, such as `LLEN queue:default`.
fn title(command: &Cmd) -> String {
    let word = |arg| match arg {
        Arg::Simple(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => "(a cursor)".to_owned(),
    };
    let words: Vec<String> = command.args_iter().map(word).collect();
    cut(&words.join(" "), 0)
}

/// Returns a type's name without the modules: `Option<Vec<u8>>` for
/// `core::option::Option<alloc::vec::Vec<u8>>`.
fn short(name: &str) -> String {
    let parts = name.split_inclusive(|c: char| !c.is_alphanumeric() && c != ':' && c != '_');
    parts.map(|part| part.rsplit("::").next().unwrap_or(part)).collect()
}
