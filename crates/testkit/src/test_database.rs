//! A test's database, the kit's connection to it, and the commands that it received.

use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use redis::{Cmd, Connection, ConnectionLike, FromRedisValue, RedisResult, Value, cmd};

use crate::databases::TestRedis;
use crate::lock::Lock;
use crate::monitor::{SYNC_MARK, connect_as_kit};
use crate::mutex::lock;

/// How long the monitor may take to report what Redis has executed; it usually takes well under a
/// millisecond.
const MONITOR_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a test that has ended waits for its servers to close their connections to a database
/// that other tests will use.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(3);

/// The database of one test.
pub(crate) struct TestDatabase {
    pub(crate) redis: Arc<TestRedis>,
    pub(crate) number: u32,
    lock: Option<Lock>,
    connection: Mutex<Option<Connection>>,
}

impl TestDatabase {
    /// Acquires an empty database of this Redis.
    pub(crate) fn acquire(redis: Arc<TestRedis>) -> Result<TestDatabase, String> {
        let (number, lock) = redis.acquire()?;
        let locked = lock.is_some();
        let database = TestDatabase {
            redis,
            number,
            lock,
            connection: Mutex::new(None),
        };
        if !locked {
            database
                .query::<Value>(&cmd("FLUSHDB"))
                .map_err(|error| format!("FLUSHDB: {error}"))?;
        }
        // The monitor must have received the commands sent before, for example those of the
        // database's previous test.
        database.sync()?;
        database.redis.log.begin(number);
        Ok(database)
    }

    pub(crate) fn url(&self) -> String {
        self.redis.url(self.number)
    }

    /// Opens a connection that the monitor recognizes as the kit's own.
    pub(crate) fn connect(&self) -> RedisResult<Connection> {
        connect_as_kit(&self.url())
    }

    /// Sends a command over the kit's own connection, opening it if necessary.
    pub(crate) fn query<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let mut held = lock(&self.connection);
        if held.as_ref().is_none_or(|connection| !connection.is_open()) {
            *held = Some(self.connect()?);
        }
        match held.as_mut() {
            Some(connection) => command.query(connection),
            None => self.connect().and_then(|mut connection| command.query(&mut connection)),
        }
    }

    /// Closes the kit's own connection; the next command opens another.
    pub(crate) fn hang_up(&self) {
        *lock(&self.connection) = None;
    }

    /// Waits until the monitor has reported everything that Redis has executed so far.
    pub(crate) fn sync(&self) -> Result<(), String> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let mark = format!("{SYNC_MARK}{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        self.query::<Value>(cmd("ECHO").arg(&mark))
            .map_err(|error| format!("ECHO: {error}"))?;
        if self.redis.log.reached(&mark, MONITOR_TIMEOUT) {
            return Ok(());
        }
        Err(format!(
            "MONITOR did not report within {} s what Redis has executed",
            MONITOR_TIMEOUT.as_secs()
        ))
    }

    /// Returns the clients of this database except the kit's own: the id and the `flags` of each in
    /// `CLIENT LIST`.
    pub(crate) fn clients(&self) -> RedisResult<Vec<(u64, String)>> {
        let list: String = self.query(cmd("CLIENT").arg("LIST"))?;
        let number = self.number.to_string();
        let others = list.lines().filter_map(|client| {
            let field = |name: &str| {
                let mut fields = client.split(' ');
                fields.find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
            };
            let own = self.redis.log.is_from_kit(field("addr")?, self.number);
            let other = (field("id")?.parse().ok()?, field("flags")?.to_owned());
            (field("db")? == number && !own).then_some(other)
        });
        Ok(others.collect())
    }

    /// Waits until the code under test has left this database, for at most [`LEAVE_TIMEOUT`]:
    /// servers that are stopping still write to it, and the next test will get it.
    fn wait_until_left(&self, lock: &Lock) {
        let deadline = Instant::now() + LEAVE_TIMEOUT;
        // A client that was there before the test belongs to the owner of this Redis and may stay;
        // so may another program's monitor.
        let came = |(id, flags): &(u64, String)| *id > lock.taken_by && !flags.contains('O');
        let is_used = || self.clients().is_ok_and(|clients| clients.iter().any(came));
        while is_used() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Returns the commands of the code under test that the monitor has reported so far.
    pub(crate) fn commands(&self) -> Vec<String> {
        self.redis.log.commands(self.number)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            self.wait_until_left(lock);
            // If Redis is gone, its data is gone, too. Otherwise the lock becomes stale, and the
            // next run cleans up.
            let _ = self.connect().and_then(|mut connection| lock.release(&mut connection));
        }
        self.hang_up();
        self.redis.log.end(self.number);
        if self.lock.is_none() {
            self.redis.release(self.number);
        }
    }
}
