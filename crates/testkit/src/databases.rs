//! The Redis that the tests of one program share, and its databases, one for each test.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, Once, Weak};

use crate::TestInfo;
use crate::lock::{Lock, with_database};
use crate::monitor::{Log, Monitor};
use crate::redis::{LaunchOptions, RedisInstance, Source, Version, launch};
use crate::watch::lock;

/// How many databases a Redis of ours is started with: more than a program has tests, so that none is used twice. Each
/// costs 450 bytes; 512 do not start measurably slower than 16. But Redis removes expired keys from 160 databases a
/// second, so with more of them it takes longer to come to each.
const DATABASES: u32 = 512;

/// A Redis with its monitor.
#[derive(Debug)]
pub(crate) struct TestRedis {
    // The monitor comes first, so that it ends before the server that it listens to.
    pub(crate) monitor: Mutex<Option<Monitor>>,
    pub(crate) log: Arc<Log>,
    pub(crate) launched: RedisInstance,
    numbers: Mutex<Databases>,
}

/// Which databases of a Redis of ours are free.
#[derive(Debug)]
struct Databases {
    next: u32,
    released: Vec<u32>,
}

/// How many databases a server of one test is started with; the test is given number 1.
pub(crate) const OWN_DATABASES: u32 = 2;

/// The Redis that all tests share.
struct Shared {
    redis: Weak<TestRedis>,
    /// Keeps the Redis until the process ends, so that tests in series do not start one each. A static is not dropped
    /// at exit, so this is empty if nothing but the destructor could remove the Redis; then it lives as long as a test
    /// holds it.
    kept: Option<Arc<TestRedis>>,
    /// Why none could be started, so that not every test tries again.
    failed: Option<String>,
}

static SHARED: Mutex<Shared> = Mutex::new(Shared {
    redis: Weak::new(),
    kept: None,
    failed: None,
});

/// Returns the Redis that the tests of this program share; starts it if there is none.
pub(crate) fn shared(info: &TestInfo) -> Result<Arc<TestRedis>, String> {
    let mut shared = lock(&SHARED);
    if let Some(redis) = shared.redis.upgrade() {
        return Ok(redis);
    }
    if let Some(reason) = &shared.failed {
        return Err(reason.clone());
    }
    let options = LaunchOptions {
        databases: DATABASES,
        min_version: min_version_of(info),
        ..LaunchOptions::default()
    };
    match start(&options) {
        Ok(redis) => {
            static REPORTED: Once = Once::new();
            REPORTED.call_once(|| print_line(&redis.launched));
            let redis = Arc::new(redis);
            shared.redis = Arc::downgrade(&redis);
            shared.kept = redis.launched.is_guarded().then(|| Arc::clone(&redis));
            Ok(redis)
        }
        Err(reason) => {
            shared.failed = Some(reason.clone());
            Err(reason)
        }
    }
}

/// Starts a Redis as asked, and listens to it.
pub(crate) fn start(options: &LaunchOptions) -> Result<TestRedis, String> {
    let launched = launch(options).map_err(|error| error.to_string())?;
    let log = Arc::new(Log::default());
    let redis = TestRedis {
        monitor: Mutex::new(None),
        log,
        launched,
        numbers: Mutex::new(Databases {
            next: 1,
            released: Vec::new(),
        }),
    };
    redis.listen()?;
    Ok(redis)
}

/// The oldest Redis that a package's tests run on.
pub(crate) fn min_version_of(info: &TestInfo) -> Version {
    if info.step() >= Some(5) {
        Version::REDIS_6_2
    } else {
        Version::REDIS_6_0
    }
}

/// Says a line that is seen even when the test passes: libtest shows `eprintln!` only of a test that fails.
pub(crate) fn print_line(text: impl Display) {
    // A closed standard error is no reason to fail a test.
    let _ = writeln!(io::stderr(), "testkit: {text}");
}

impl TestRedis {
    /// Listens to what it is sent, from now on.
    pub(crate) fn listen(&self) -> Result<(), String> {
        let started = Monitor::start(&self.launched.url, &self.log).map_err(|error| {
            format!(
                "{} does not allow MONITOR, which the tests need: {error}",
                self.launched
            )
        })?;
        *lock(&self.monitor) = Some(started);
        Ok(())
    }

    /// A database that nobody else uses, and that is empty; with its lock, if others might use it.
    pub(crate) fn acquire(&self) -> Result<(u32, Option<Lock>), String> {
        if self.launched.source == Source::Given {
            let lock = Lock::take(&self.launched.url)?;
            return Ok((lock.database, Some(lock)));
        }
        let mut numbers = lock(&self.numbers);
        if numbers.next < DATABASES {
            numbers.next += 1;
            return Ok((numbers.next - 1, None));
        }
        let number = numbers
            .released
            .pop()
            .ok_or("All databases of the tests' Redis are in use at once: run with --test-threads=64.")?;
        Ok((number, None))
    }

    /// Gives a database of ours back.
    pub(crate) fn release(&self, database: u32) {
        lock(&self.numbers).released.push(database);
    }

    /// The address with this database in it.
    pub(crate) fn url(&self, database: u32) -> String {
        with_database(&self.launched.url, database)
    }
}
