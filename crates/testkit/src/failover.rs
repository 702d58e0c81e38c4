//! Two Redis servers that exchange their roles, and an address that always leads to the leader.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use redis::{Connection, FromRedisValue, IntoConnectionInfo, RedisResult, ToRedisArgs};

use crate::commands::command;
use crate::lock::with_database;
use crate::redis::{LaunchOptions, RedisInstance, Source, Sources, connect, launch};
use crate::{Kit, Proxy, databases};

/// How long a replica may take to have all data of its leader, in milliseconds.
const SYNC_TIMEOUT: u64 = 20_000;

/// How long a container may take to reach another one.
const LINK_TIMEOUT: Duration = Duration::from_secs(5);

/// The server of a test that began with `kit!(own)`, a second server, and a proxy that leads to the
/// one that is the leader. Made by [`Kit::failover`].
///
/// The kit's own commands still go to the first server.
pub struct Failover<'a> {
    kit: &'a Kit,
    proxy: Proxy,
    second: RedisInstance,
    is_linked: Cell<bool>,
    is_second_leader: Cell<bool>,
}

impl Kit {
    /// Starts a second server, a replica of this test's own one, and a proxy in front of both.
    ///
    /// # Panics
    ///
    /// If the kit was not made by `kit!(own)`, or if the second server cannot be started.
    #[track_caller]
    pub fn failover(&self) -> Failover<'_> {
        // Only a test with a server of its own may do this.
        self.server();
        let options = LaunchOptions {
            databases: databases::OWN_DATABASES,
            min_version: databases::min_version_of(&self.info),
            sources: Sources::STARTED,
            prefers_program: true,
            ..LaunchOptions::default()
        };
        let second = launch(&options)
            .unwrap_or_else(|error| self.fail(&format!("A second Redis could not be started: {error}.")));
        let failover = Failover {
            kit: self,
            proxy: self.proxy(),
            second,
            is_linked: Cell::new(true),
            is_second_leader: Cell::new(false),
        };
        for url in failover.servers() {
            // Redis 7 would wait for 5 s before it sends its data to a replica.
            failover.send::<()>(&url, &["CONFIG", "SET", "repl-diskless-sync-delay", "0"]);
        }
        failover.follow();
        if !matches!(failover.second.source, Source::Private { .. }) {
            // Some containers cannot reach each other.
            let deadline = Instant::now() + LINK_TIMEOUT;
            while !failover.is_synced() && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(20));
            }
            failover.is_linked.set(failover.is_synced());
        }
        failover.wait_for_replica();
        failover
    }
}

impl Failover<'_> {
    /// Returns false if the two servers are containers that cannot reach each other. Then the new
    /// leader does not have the data of the old one.
    pub fn is_linked(&self) -> bool {
        self.is_linked.get()
    }

    /// Returns the address of this test's database, which leads to the leader.
    pub fn url(&self) -> String {
        self.proxy.url()
    }

    /// Makes the other server the leader, as `REPLICAOF` does it, when it has all data. New
    /// connections lead to it, and all others stay open: they lead to a server that is a replica
    /// now.
    ///
    /// # Panics
    ///
    /// If a server does not answer, or has not all data in time.
    #[track_caller]
    pub fn fail_over(&self) {
        let [old, new] = self.servers();
        if self.is_linked() {
            let mut connection = self.connect(&old);
            // `WAIT` waits for the writes of its own connection.
            let mut pipe = redis::pipe();
            pipe.cmd("SET").arg(("testkit:mark", 1));
            pipe.cmd("DEL").arg("testkit:mark");
            pipe.cmd("WAIT").arg(1).arg(SYNC_TIMEOUT);
            let synced: RedisResult<(String, u64, u64)> = pipe.query(&mut connection);
            if !matches!(synced, Ok((.., 1))) {
                self.kit.fail(&format!("The replica has not all data: {synced:?}."));
            }
        }
        self.send::<()>(&new, &["REPLICAOF", "NO", "ONE"]);
        self.is_second_leader.set(!self.is_second_leader.get());
        if let Err(error) = self.proxy.lead_to(&new) {
            self.kit.fail(&format!("The proxy cannot lead to {new}: {error}."));
        }
        self.follow();
        self.wait_for_replica();
    }

    /// Sends a command to the leader and returns the reply.
    ///
    /// # Panics
    ///
    /// If the leader rejects the command or does not answer, or if the reply is not a `T`.
    #[track_caller]
    pub fn query<T: FromRedisValue>(&self, args: &[impl ToRedisArgs]) -> T {
        self.send(&self.servers()[0], args)
    }

    /// Pushes payloads at the head of a list of the leader, one after the other.
    ///
    /// # Panics
    ///
    /// Like [`query`](Failover::query).
    #[track_caller]
    pub fn lpush(&self, key: &str, payloads: &[&[u8]]) {
        self.query::<()>(&[&[b"LPUSH", key.as_bytes()], payloads].concat());
    }

    /// Returns how many clients wait at the leader for jobs.
    ///
    /// # Panics
    ///
    /// Like [`query`](Failover::query).
    #[track_caller]
    pub fn blocked(&self) -> usize {
        let list: String = self.query(&["CLIENT", "LIST"]);
        list.lines().filter(|client| client.contains(" flags=b")).count()
    }

    /// Waits until the replica has all data of the leader, so that it also answers with it.
    ///
    /// # Panics
    ///
    /// If it takes too long.
    #[track_caller]
    pub fn wait_for_replica(&self) {
        let limit = Duration::from_millis(SYNC_TIMEOUT);
        self.kit
            .eventually_in(limit, "the replica has all data of the leader", || {
                !self.is_linked() || self.is_synced()
            });
    }

    #[track_caller]
    fn is_synced(&self) -> bool {
        let [leader, replica] = self.servers();
        let field = |url: &str, name: &str| {
            let info: String = self.send(url, &["INFO", "replication"]);
            let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.map(|value| value.trim().to_owned())
        };
        field(&replica, "master_link_status").as_deref() == Some("up")
            && field(&replica, "slave_repl_offset") == field(&leader, "master_repl_offset")
    }

    /// Returns the addresses of the database, at the leader and at the other server.
    fn servers(&self) -> [String; 2] {
        let (first, number) = (self.kit.url(), self.kit.database().number);
        let second = with_database(&self.second.url, number);
        if self.is_second_leader.get() {
            [second, first]
        } else {
            [first, second]
        }
    }

    /// Makes the other server a replica of the leader.
    #[track_caller]
    fn follow(&self) {
        let [leader, replica] = self.servers();
        if !self.is_linked() {
            // There is no leader at this address, so it has only old data, which it must not show.
            self.send::<()>(&replica, &["CONFIG", "SET", "replica-serve-stale-data", "no"]);
            return self.send(&replica, &["REPLICAOF", "127.0.0.1", "1"]);
        }
        // The address at which the leader itself was reached, because a container does not know the
        // one of the host. Redis has this field since 6.2.
        let clients: String = self.send(&leader, &["CLIENT", "LIST"]);
        let own = clients
            .split_whitespace()
            .find_map(|field| field.strip_prefix("laddr="));
        let url = leader
            .as_str()
            .into_connection_info()
            .map(|info| info.addr().to_string());
        let address = own.map_or_else(|| url.unwrap_or_default(), str::to_owned);
        let (host, port) = address.split_once(':').unwrap_or_default();
        self.send::<()>(&replica, &["REPLICAOF", host, port]);
    }

    #[track_caller]
    fn send<T: FromRedisValue>(&self, url: &str, args: &[impl ToRedisArgs]) -> T {
        let reply = command(args).query(&mut self.connect(url));
        reply.unwrap_or_else(|error| {
            let sentence = format!("The server {url} rejects the kit's command: {error}.");
            self.kit.fail(&sentence)
        })
    }

    #[track_caller]
    fn connect(&self, url: &str) -> Connection {
        let connection = connect(url);
        connection.unwrap_or_else(|error| self.kit.fail(&format!("The kit could not connect to {url}: {error}.")))
    }
}
