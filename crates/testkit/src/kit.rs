//! The kit of one test.

use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use crate::databases::{self, TestRedis};
use crate::output::Record;
use crate::redis::{LaunchOptions, Persistence, Sources, free_port};
use crate::test_database::TestDatabase;
use crate::watch::{Watch, lock};
use crate::{Proxy, Server, TestInfo, hook, limit, spawn, transcript, twin};

/// Everything a test needs: a Redis database, assertions that explain, waits that end, programs, faults.
///
/// Made by [`kit!`](crate::kit!). Redis is started when it is first asked for. If the test fails, dropping the kit
/// prints what the database holds, what the code sent to it, and what its programs said.
pub struct Kit {
    pub(crate) info: TestInfo,
    pub(crate) watch: Arc<Watch>,
    pub(crate) records: Mutex<Vec<Arc<Record>>>,
    database: OnceLock<TestDatabase>,
    own: bool,
}

impl Kit {
    /// A kit on the Redis that the tests of this binary share; [`kit!`](crate::kit!) calls it.
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

    /// A kit on a Redis of its own; `None`, having said so, if `KATA_REDIS_URL` rules the shared one and none can be
    /// started besides. [`kit!(own)`](crate::kit!) calls it.
    ///
    /// # Panics
    ///
    /// Like [`new`](Kit::new), and if no Redis is to be had at all.
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

    /// The address of this test's own, empty database: `redis://HOST:PORT/DATABASE`.
    ///
    /// # Panics
    ///
    /// As everything that needs Redis: if none is to be had.
    #[track_caller]
    pub fn url(&self) -> String {
        self.database().url()
    }

    /// This test's own server, to be stopped, paused and started.
    ///
    /// # Panics
    ///
    /// If the kit was not made by `kit!(own)`: the others share theirs.
    #[track_caller]
    pub fn server(&self) -> Server<'_> {
        if !self.own {
            self.fail("Only a test that begins with kit!(own) has a server of its own to stop or pause.");
        }
        Server::new(self)
    }

    /// A proxy in front of this test's database, to break connections with.
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

    /// The database; taken now if it was not yet.
    #[track_caller]
    pub(crate) fn database(&self) -> &TestDatabase {
        if let Some(database) = self.database.get() {
            return database;
        }
        let taken = databases::shared(&self.info).and_then(TestDatabase::acquire);
        match taken {
            // Should another thread have been faster, its database is used and this one given back.
            Ok(database) => self.database.get_or_init(|| database),
            Err(reason) => self.fail(&reason),
        }
    }

    pub(crate) fn add_record(&self, record: &Arc<Record>) {
        lock(&self.records).push(Arc::clone(record));
    }
}

/// A server for one test: it keeps its data over a stop, and comes back on the same port.
fn start_own_redis(info: &TestInfo) -> Result<TestRedis, String> {
    // Somebody may take the port before the server does: another port, then.
    let mut attempts = 3;
    loop {
        let port = free_port().map_err(|error| format!("no free port for a Redis: {error}"))?;
        let options = LaunchOptions {
            databases: databases::OWN_DATABASES,
            port: Some(port),
            data: Persistence::Aof,
            min_version: databases::min_version_of(info),
            sources: Sources {
                given: false,
                docker: true,
                private: true,
            },
        };
        attempts -= 1;
        match databases::start(&options) {
            Err(reason) if attempts > 0 && is_port_taken(&reason) => {}
            other => return other,
        }
    }
}

/// Whether Redis or Docker says that its port is taken.
fn is_port_taken(reason: &str) -> bool {
    ["ddress already in use", "port is already allocated"]
        .iter()
        .any(|sign| reason.contains(sign))
}

impl Drop for Kit {
    fn drop(&mut self) {
        let panic = self.watch.unreported_panic();
        if thread::panicking() || panic.is_some() {
            eprintln!("{}", transcript::write(self, self.database.get()));
        }
        // A panic that no wait came across must not let the test pass.
        if panic.is_some() && !thread::panicking() {
            self.watch.check();
        }
    }
}
