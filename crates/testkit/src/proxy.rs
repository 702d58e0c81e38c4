//! A TCP proxy in front of Redis that breaks connections at a chosen moment.

mod link;
mod state;

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::mutex::lock;
use crate::redis::{host_and_port, listen_again, listen_anywhere};
use state::{Shared, TriggerAction};

/// A proxy in front of a test's database. Made by [`Kit::proxy`](crate::Kit::proxy); dropping it
/// closes all connections and ends its threads.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    url: String,
    port: u16,
    listener: Mutex<Option<JoinHandle<()>>>,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1 and forwards to the Redis of this address.
    pub(crate) fn start(url: &str) -> io::Result<Proxy> {
        let shared = Arc::new(Shared::new(host_and_port(url)?));
        let listener = listen_anywhere()?;
        let port = listener.local_addr()?.port();
        let mut parsed = redis::parse_redis_url(url).ok_or(io::ErrorKind::InvalidInput)?;
        parsed.set_host(Some("127.0.0.1")).map_err(io::Error::other)?;
        parsed.set_port(Some(port)).map_err(|()| io::ErrorKind::InvalidInput)?;
        let proxy = Proxy {
            shared,
            url: parsed.to_string(),
            port,
            listener: Mutex::new(None),
        };
        proxy.listen(listener)?;
        Ok(proxy)
    }

    /// Returns the address of this test's database through the proxy.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Forwards new connections to the Redis of this address. Existing ones stay where they are,
    /// as with a proxy or a DNS name after a failover.
    pub(crate) fn lead_to(&self, url: &str) -> io::Result<()> {
        let target = host_and_port(url)?;
        self.shared.change(|state| state.target = target);
        Ok(())
    }

    /// Closes all connections on both sides. The proxy accepts new ones.
    pub fn cut(&self) {
        self.shared.cut_all();
    }

    /// Closes all connections towards the client only. Redis keeps its ends and executes what it
    /// received, like a server that has not noticed yet that its client is gone. They still count
    /// as [open](Proxy::connections).
    pub fn hang_up(&self) {
        self.shared.hang_up_all();
    }

    /// Closes the port: new connections are refused. Existing ones stay.
    pub fn refuse(&self) {
        let Some(listener) = lock(&self.listener).take() else {
            return;
        };
        self.shared.change(|state| state.listening = false);
        // The listener blocks in accept(); a connection wakes it.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
        // It cannot have panicked, because it runs no code that can.
        let _ = listener.join();
        // A program that another thread is starting holds a copy of the port for a moment.
        let deadline = Instant::now() + Duration::from_secs(5);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() && Instant::now() < deadline {
            thread::yield_now();
        }
    }

    /// Opens the port again.
    ///
    /// # Panics
    ///
    /// If another process has taken the port meanwhile.
    #[track_caller]
    pub fn accept(&self) {
        if lock(&self.listener).is_some() {
            return;
        }
        if let Err(error) = listen_again(self.port).and_then(|listener| self.listen(listener)) {
            panic!("The proxy's port {} could not be opened again: {error}.", self.port);
        }
    }

    /// Forwards nothing in either direction, neither bytes nor the end of a connection, like a
    /// cable that was pulled out. Connections stay open, and new ones are accepted.
    pub fn freeze(&self) {
        self.shared.change(|state| state.frozen = true);
    }

    /// Ends [`freeze`](Proxy::freeze) and forwards everything that was held.
    pub fn thaw(&self) {
        self.shared.change(|state| state.frozen = false);
    }

    /// Delays each reply by this time from now on. Zero ends it.
    pub fn delay(&self, time: Duration) {
        self.shared.change(|state| state.delay = time);
    }

    /// Sets Redis's clock forward, as the program sees it, as after a failover to a server whose clock
    /// is ahead. The time is added to each word of ten digits in a reply.
    pub fn advance_clock(&self, time: Duration) {
        self.shared.change(|state| state.clock_ahead = time.as_secs());
    }

    /// Forwards requests and holds the replies: all commands that reach Redis now were sent in one
    /// round trip. A connection can still be opened: its first commands (`SELECT`, `AUTH`, `HELLO`,
    /// `CLIENT`, `PING`) are answered.
    pub fn hold_replies(&self) {
        self.shared.change(|state| state.holding = true);
    }

    /// Ends [`hold_replies`](Proxy::hold_replies) and forwards everything that was held.
    pub fn release_replies(&self) {
        self.shared.change(|state| state.holding = false);
    }

    /// Waits for the next request that contains this text, in any case, and forwards it. When Redis
    /// has answered it, the proxy closes the connection instead of forwarding the reply. Earlier
    /// replies are forwarded. Works once.
    pub fn cut_after_request(&self, text: &str) {
        self.shared.arm(text, TriggerAction::Cut);
    }

    /// Like [`cut_after_request`](Proxy::cut_after_request), but freezes the whole proxy instead.
    /// The reply is forwarded when the proxy thaws.
    pub fn freeze_after_request(&self, text: &str) {
        self.shared.arm(text, TriggerAction::Freeze);
    }

    /// Like [`cut_after_request`](Proxy::cut_after_request), but forwards nothing on this
    /// connection any more, like a firewall that has forgotten it.
    pub fn swallow_after_request(&self, text: &str) {
        self.shared.arm(text, TriggerAction::Swallow);
    }

    /// Returns true if the event that [`cut_after_request`](Proxy::cut_after_request) or one of its
    /// variants waited for has happened since its last call.
    pub fn fired(&self) -> bool {
        self.shared.read(|state| state.fired)
    }

    /// Returns how many connections are open now.
    pub fn connections(&self) -> usize {
        self.shared.read(|state| state.links.len())
    }

    /// Returns how many requests have been forwarded to Redis.
    pub fn requests(&self) -> usize {
        self.shared.read(|state| state.requests)
    }

    /// Accepts connections from now on.
    fn listen(&self, listener: TcpListener) -> io::Result<()> {
        self.shared.change(|state| state.listening = true);
        let shared = Arc::clone(&self.shared);
        *lock(&self.listener) = Some(
            thread::Builder::new()
                .name("kata-proxy".to_owned())
                .spawn(move || link::accept(&listener, &shared))?,
        );
        Ok(())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.refuse();
        self.shared.close();
    }
}
