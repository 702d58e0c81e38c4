//! The kit of one test.

use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use crate::databases::{self, TestRedis};
use crate::output::Record;
use crate::place::Place;
use crate::redis::{Ask, Persistence, Ways, free_port};
use crate::watch::{Watch, lock};
use crate::{About, Proxy, Server, hook, limit, spawn, transcript, twin};

/// Everything a test needs: a Redis database, assertions that explain, waits that end, programs, faults.
///
/// Made by [`kit!`](crate::kit!). Redis is started when it is first asked for. If the test fails, dropping the kit
/// prints what the database holds, what the code sent to it, and what its programs said.
pub struct Kit {
    pub(crate) about: About,
    pub(crate) watch: Arc<Watch>,
    pub(crate) records: Mutex<Vec<Arc<Record>>>,
    place: OnceLock<Place>,
    own: bool,
}

impl Kit {
    /// A kit on the Redis that the tests of this binary share; [`kit!`](crate::kit!) calls it.
    ///
    /// # Panics
    ///
    /// If the test or its program is a stale build of the other workspace.
    #[track_caller]
    pub fn new(about: About) -> Kit {
        hook::install();
        spawn::shield();
        limit::raise();
        let watch = Watch::begin();
        if let Err(reason) = twin::check(&about) {
            watch.fail(reason);
        }
        Kit {
            about,
            watch,
            records: Mutex::default(),
            place: OnceLock::new(),
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
    pub fn own(about: About) -> Option<Kit> {
        let mut kit = Kit::new(about);
        kit.own = true;
        match start_own(&about) {
            Ok(redis) => match Place::take(Arc::new(redis)) {
                Ok(place) => drop(kit.place.set(place)),
                Err(reason) => kit.fail(&reason),
            },
            Err(_) if std::env::var_os("KATA_REDIS_URL").is_some_and(|url| !url.is_empty()) => {
                let test = thread::current().name().unwrap_or("this test").to_owned();
                databases::say(format!(
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
        self.place().url()
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
    pub(crate) fn place(&self) -> &Place {
        if let Some(place) = self.place.get() {
            return place;
        }
        let taken = databases::shared(&self.about).and_then(Place::take);
        match taken {
            // Should another thread have been faster, its database is used and this one given back.
            Ok(place) => self.place.get_or_init(|| place),
            Err(reason) => self.fail(&reason),
        }
    }

    pub(crate) fn remember(&self, record: &Arc<Record>) {
        lock(&self.records).push(Arc::clone(record));
    }
}

/// A server for one test: it keeps its data over a stop, and comes back on the same port.
fn start_own(about: &About) -> Result<TestRedis, String> {
    // Somebody may take the port before the server does: another port, then.
    let mut attempts = 3;
    loop {
        let port = free_port().map_err(|error| format!("no free port for a Redis: {error}"))?;
        let ask = Ask {
            databases: databases::OWN,
            port: Some(port),
            data: Persistence::Aof,
            at_least: databases::needed(about),
            ways: Ways {
                given: false,
                docker: true,
                private: true,
            },
        };
        attempts -= 1;
        match databases::start(&ask) {
            Err(reason) if attempts > 0 && port_taken(&reason) => {}
            other => return other,
        }
    }
}

/// Whether Redis or Docker says that its port is taken.
fn port_taken(reason: &str) -> bool {
    ["ddress already in use", "port is already allocated"]
        .iter()
        .any(|sign| reason.contains(sign))
}

impl Drop for Kit {
    fn drop(&mut self) {
        let unheard = self.watch.unheard();
        if thread::panicking() || unheard.is_some() {
            eprintln!("{}", transcript::write(self, self.place.get()));
        }
        // A panic that no wait came across must not let the test pass.
        if unheard.is_some() && !thread::panicking() {
            self.watch.check();
        }
    }
}
