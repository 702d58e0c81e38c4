//! The kit of one test: the entry point of this crate.

use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use crate::databases::{self, TestRedis};
use crate::failure::AbortReason;
use crate::mutex::lock;
use crate::output::Record;
use crate::redis::{LaunchOptions, Sources, free_port};
use crate::test_database::TestDatabase;
use crate::watch::Watch;
use crate::{Proxy, TestInfo, hook, limit, mark, spawn, transcript, twin};

/// Everything a test needs: a Redis database, assertions that explain themselves, waits with a
/// deadline, programs, faults.
///
/// Made by [`kit!`](crate::kit!). Redis starts at the first use. If the test fails, dropping the
/// kit prints the contents of the database, the commands that it received, and the output of the
/// programs.
pub struct Kit {
    pub(crate) info: TestInfo,
    pub(crate) watch: Arc<Watch>,
    pub(crate) records: Mutex<Vec<Arc<Record>>>,
    database: OnceLock<TestDatabase>,
    pub(crate) own: bool,
}

impl Kit {
    /// Creates a kit on the Redis that the tests of this program share. [`kit!`](crate::kit!) calls
    /// it.
    ///
    /// # Panics
    ///
    /// If the test or its program is a stale build of the other workspace.
    #[track_caller]
    pub fn new(info: TestInfo) -> Kit {
        hook::install();
        spawn::shield();
        limit::raise();
        let watch = Watch::begin();
        mark::mark_thread(&watch);
        if let Err(reason) = twin::check(&info) {
            watch.fail(reason);
        }
        Kit {
            info,
            watch,
            records: Mutex::default(),
            database: OnceLock::new(),
            own: false,
        }
    }

    /// Creates a kit on a Redis of its own. [`kit!(own)`](crate::kit!) calls it. If
    /// `KATA_REDIS_URL` is set and no other Redis can be started, prints that the test is skipped
    /// and returns `None`.
    ///
    /// # Panics
    ///
    /// Like [`new`](Kit::new), and if no Redis is available.
    #[track_caller]
    pub fn own(info: TestInfo) -> Option<Kit> {
        let mut kit = Kit::new(info);
        kit.own = true;
        match start_own_redis(&info) {
            Ok(redis) => match TestDatabase::acquire(Arc::new(redis)) {
                Ok(database) => drop(kit.database.set(database)),
                Err(reason) => kit.fail(&reason),
            },
            Err(_) if std::env::var_os("KATA_REDIS_URL").is_some_and(|url| !url.is_empty()) => {
                let test = thread::current().name().unwrap_or("this test").to_owned();
                databases::print_line(format!(
                    "SKIPPED: {test} needs a Redis of its own; install redis-server, or start Docker, to run it"
                ));
                return None;
            }
            Err(reason) => kit.fail(&reason),
        }
        Some(kit)
    }

    /// Returns the address of this test's own, empty database: `redis://HOST:PORT/DATABASE`.
    ///
    /// # Panics
    ///
    /// If no Redis is available.
    #[track_caller]
    pub fn url(&self) -> String {
        self.database().url()
    }

    /// Starts a proxy in front of this test's database, which can break connections.
    ///
    /// # Panics
    ///
    /// If no port is free.
    #[track_caller]
    pub fn proxy(&self) -> Proxy {
        match Proxy::start(&self.url()) {
            Ok(proxy) => proxy,
            Err(error) => self.fail(&format!("The proxy could not be started: {error}.")),
        }
    }

    /// Returns the database; acquires it at the first call.
    #[track_caller]
    pub(crate) fn database(&self) -> &TestDatabase {
        if let Some(database) = self.database.get() {
            return database;
        }
        let taken = databases::shared(&self.info).and_then(TestDatabase::acquire);
        match taken {
            // If another thread was faster, its database is used and this one is released.
            Ok(database) => self.database.get_or_init(|| database),
            Err(reason) => self.fail(&reason),
        }
    }

    pub(crate) fn add_record(&self, record: &Arc<Record>) {
        lock(&self.records).push(Arc::clone(record));
    }
}

/// Starts a server for one test. It keeps its data when it is stopped, and starts again on the same
/// port.
fn start_own_redis(info: &TestInfo) -> Result<TestRedis, String> {
    // Another process may take the port first; then the next attempt uses another port.
    let mut attempts = 3;
    loop {
        let port = free_port().map_err(|error| format!("no free port for a Redis: {error}"))?;
        let options = LaunchOptions {
            databases: databases::OWN_DATABASES,
            port: Some(port),
            keeps_data: true,
            min_version: databases::min_version_of(info),
            sources: Sources::STARTED,
            prefers_program: true,
        };
        attempts -= 1;
        match databases::start(&options) {
            Err(reason) if attempts > 0 && is_port_taken(&reason) => {}
            other => return other,
        }
    }
}

/// Returns true if Redis or Docker reports that the port is taken.
fn is_port_taken(reason: &str) -> bool {
    ["ddress already in use", "port is already allocated"]
        .iter()
        .any(|sign| reason.contains(sign))
}

impl Drop for Kit {
    fn drop(&mut self) {
        let has_panic = matches!(self.watch.abort_reason(), Some(AbortReason::Panic(_)));
        if thread::panicking() || has_panic {
            let records = lock(&self.records);
            let text = transcript::write(&self.info, &self.watch, &records, self.database.get());
            eprintln!("{text}");
        }
        // A panic that no wait has reported must not let the test pass.
        if has_panic && !thread::panicking() {
            self.watch.check();
        }
    }
}
