//! What a test asks Redis, and what it learns about what others asked.

use redis::{Cmd, Connection, FromRedisValue, ToRedisArgs, Value};

use crate::Kit;
use crate::lock::LOCK;

impl Kit {
    /// A new connection of the kit's own: what it sends is left out of [`commands`](Kit::commands) and the transcript.
    /// An answer is waited for ten seconds at most.
    ///
    /// # Panics
    ///
    /// If Redis does not answer.
    #[track_caller]
    pub fn redis(&self) -> Connection {
        match self.place().connect() {
            Ok(connection) => connection,
            Err(error) => self.fail(&format!("The kit could not connect to Redis: {error}.")),
        }
    }

    /// Sends a command over the kit's own connection, and returns the answer as it came.
    ///
    /// # Panics
    ///
    /// If Redis refuses the command or does not answer.
    #[track_caller]
    pub fn command(&self, args: &[impl ToRedisArgs]) -> Value {
        self.query(args)
    }

    /// Sends a command over the kit's own connection, and returns the answer as a `T`.
    ///
    /// ```no_run
    /// # let kit = testkit::kit!();
    /// let waiting = kit.query::<u64>(&["LLEN", "queue:default"]);
    /// ```
    ///
    /// # Panics
    ///
    /// If Redis refuses the command or does not answer, or the answer is no `T`.
    #[track_caller]
    pub fn query<T: FromRedisValue>(&self, args: &[impl ToRedisArgs]) -> T {
        let mut command = Cmd::new();
        for arg in args {
            command.arg(arg);
        }
        match self.place().query(&command) {
            Ok(answer) => answer,
            Err(error) => {
                let sent = String::from_utf8_lossy(&command.get_packed_command()).into_owned();
                // The wire's even lines are the words; the others count them.
                let words: Vec<&str> = sent.split("\r\n").skip(2).step_by(2).collect();
                self.fail(&format!(
                    "Redis did not answer the kit's command {}: {error}.",
                    words.join(" ")
                ))
            }
        }
    }

    /// Pushes payloads at a list's head, one after the other, whatever bytes they hold.
    ///
    /// # Panics
    ///
    /// If the key holds something else than a list.
    #[track_caller]
    pub fn lpush(&self, key: &str, payloads: &[&[u8]]) {
        self.command(&[&[b"LPUSH", key.as_bytes()], payloads].concat());
    }

    /// The entries of a list, from head to tail; bytes that are no UTF-8 are replaced. Empty if there is no such key.
    ///
    /// # Panics
    ///
    /// If the key holds something else than a list.
    #[track_caller]
    pub fn list(&self, key: &str) -> Vec<String> {
        let entries: Vec<Vec<u8>> = self.query(&["LRANGE", key, "0", "-1"]);
        entries
            .iter()
            .map(|entry| String::from_utf8_lossy(entry).into_owned())
            .collect()
    }

    /// The keys of this test's database, sorted, without the kit's own.
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

    /// What others than the kit have sent to this test's database since the test began, in order, such as
    /// `LPUSH "queue:default" "{}"`: the name in capitals, the arguments as `MONITOR` quotes them, and `lua: ` in front
    /// of what a script called. Exact: all that Redis has done up to now is in it.
    ///
    /// What client libraries send to introduce themselves (`SELECT`, `HELLO`, `AUTH`, `CLIENT SETINFO` and `SETNAME`) is
    /// left out.
    ///
    /// # Panics
    ///
    /// If `MONITOR` does not catch up within five seconds.
    #[track_caller]
    pub fn commands(&self) -> Vec<String> {
        if let Err(reason) = self.place().sync() {
            self.fail(&reason);
        }
        self.place().commands()
    }

    /// How many connections are blocked on this test's database now, such as in `BRPOP`.
    #[track_caller]
    pub fn blocked(&self) -> usize {
        let clients: String = self.query(&["CLIENT", "LIST"]);
        let database = format!("db={}", self.place().database);
        let is_blocked = |client: &&str| {
            let has = |wanted: &dyn Fn(&str) -> bool| client.split(' ').any(wanted);
            has(&|field| field == database)
                && has(&|field| field.strip_prefix("flags=").is_some_and(|f| f.contains('b')))
        };
        clients.lines().filter(is_blocked).count()
    }
}
