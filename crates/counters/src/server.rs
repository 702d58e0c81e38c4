//! An HTTP server on a thread of its own that stops when its handle is dropped.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use tokio::runtime;
use tokio::sync::watch;
use tokio::time;

/// How many blocking calls (to Redis, the API or the data file) may run at once; more of them wait.
const BLOCKING_THREADS: usize = 64;

/// A running server. Dropping it stops it: it accepts no more requests, and running ones get the
/// time to finish that [`Server::start`] was given.
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `router` at `listen` (port 0: any free one). Requests are accepted from the moment
    /// this returns.
    ///
    /// # Errors
    /// The address is in use or does not belong to this computer, or the system has no thread or
    /// file descriptor left.
    pub fn start(listen: SocketAddr, grace: Duration, router: Router) -> io::Result<Server> {
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(BLOCKING_THREADS)
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (stop, stopping) = watch::channel(false);
        let serve = move || {
            runtime.block_on(run(listener, router, stopping, grace));
            runtime.shutdown_background();
        };
        let thread = thread::Builder::new().name(format!("http {address}")).spawn(serve)?;
        Ok(Server {
            address,
            stop,
            thread: Some(thread),
        })
    }

    /// Returns the real address, also if port 0 was requested.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the server ends, which it does only if it is dropped or panics.
    #[cfg(feature = "web")]
    pub fn join(mut self) {
        self.finish();
    }

    fn finish(&mut self) {
        if let Some(thread) = self.thread.take() {
            // The thread's panic has been printed already.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.finish();
    }
}

async fn run(listener: tokio::net::TcpListener, router: Router, stopping: watch::Receiver<bool>, grace: Duration) {
    let deadline = {
        let stopping = stopping.clone();
        async move {
            stopped(stopping).await;
            time::sleep(grace).await;
        }
    };
    let serving = axum::serve(listener, router).with_graceful_shutdown(stopped(stopping));
    // A client that never finishes its request, or never closes its connection, must not keep the
    // server running.
    tokio::select! {
        _ = serving => {}
        () = deadline => {}
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the handle is gone, which is a stop, too.
    let _ = stopping.wait_for(|stop| *stop).await;
}
