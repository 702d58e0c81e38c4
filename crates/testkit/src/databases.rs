//! The Redis that the tests of one program share, and its databases, one for each test.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, Once, Weak};

use crate::TestInfo;
use crate::lock::{Lock, with_database};
use crate::monitor::{Log, Monitor};
use crate::mutex::lock;
use crate::redis::{LaunchOptions, RedisInstance, Source, Version, launch};

/// How many databases a Redis that we start has: more than a program has tests, so that none is
/// used twice. Each costs 450 bytes; 512 do not start measurably slower than 16. More would be
/// worse, because Redis removes expired keys from 160 databases a second, so it would come to each
/// one less often.
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

/// The databases of a Redis that we started, as far as they are free.
#[derive(Debug)]
struct Databases {
    next: u32,
    released: Vec<u32>,
}

/// How many databases a server of one test has; the test gets number 1.
pub(crate) const OWN_DATABASES: u32 = 2;

/// The Redis that all tests share.
struct Shared {
    redis: Weak<TestRedis>,
    /// Keeps the Redis until the process ends, so that tests in series do not start one each. A
    /// static is not dropped at exit; so this is `None` if only the destructor could remove the
    /// Redis. Then the Redis lives as long as a test holds it.
    kept: Option<Arc<TestRedis>>,
    /// Why no Redis could be started, so that not every test tries again.
    failed: Option<String>,
}

static SHARED: Mutex<Shared> = Mutex::new(Shared {
    redis: Weak::new(),
    kept: None,
    failed: None,
});

/// Returns the Redis that the tests of this program share; starts it if it does not run.
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

/// Starts a Redis with these options and begins to record its commands.
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

/// Returns the oldest Redis version that a package's tests run on.
pub(crate) fn min_version_of(info: &TestInfo) -> Version {
    if info.step() >= Some(5) {
        Version::REDIS_6_2
    } else {
        Version::REDIS_6_0
    }
}

/// Prints a line that is shown even when the test passes: libtest shows the output of `eprintln!`
/// only for a test that fails.
pub(crate) fn print_line(text: impl Display) {
    // A closed standard error is not a reason to fail a test.
    let _ = writeln!(io::stderr(), "testkit: {text}");
}

impl TestRedis {
    /// Records its commands from now on.
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

    /// Returns an empty database that no other test uses, with its lock if other programs might use
    /// this Redis.
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

    /// Returns a database to the free ones.
    pub(crate) fn release(&self, database: u32) {
        lock(&self.numbers).released.push(database);
    }

    /// Returns the address of this database.
    pub(crate) fn url(&self, database: u32) -> String {
        with_database(&self.launched.url, database)
    }
}
