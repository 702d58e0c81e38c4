//! The web page. It lists and defines counters, and enqueues a job for each click on − or +, and
//! many for a recount. Beside them it shows where every job is, and lets a user experiment with
//! them.
//!
//! It never changes a counter itself. It polls the data that it shows once for all clients: the
//! counters from the API, everything else from Redis. It listens on loopback addresses only, and
//! rejects requests of other sites.
//!
//! - `live/` reads: it polls the [`Snapshot`](lookout::Snapshot) of Redis and the list of counters,
//!   and keeps of each the last value, its age and its error (`Polled`).
//! - `view/` draws them: a `View` is what the page shows, as text and HTML.
//! - `actions/` writes: what the buttons do. Its handlers return a success or a problem, and
//!   `reply` turns it into a redirect, a page or JSON.

mod actions;
mod buttons;
mod enqueue;
mod error;
mod guard;
mod live;
mod reason;
mod reply;
mod routes;
mod site;
mod view;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::server::Server;
use actions::app::App;
use actions::control_socket::ControlSocket;
use live::counters::Counters;
use live::polls::{self, PollThreads, Polls};
use live::redis::Redis;
use site::Site;
use view::content::View;
use view::setting::{self, Setting};

pub use enqueue::{Change, Enqueue};
pub use error::Error;

/// How long running requests may take after the page is stopped.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// The address of the page, and the services that it uses.
#[derive(Clone, Debug)]
pub struct Web {
    /// The address to listen on, a loopback one; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The URL of the counters' API, for example `http://127.0.0.1:4000`.
    pub api: String,
    /// The URL of Redis, for example `redis://127.0.0.1:6379/0`. Clicks and recounts are enqueued
    /// through [`Enqueue`]; the page's other buttons and its drawing use Redis directly.
    pub redis: String,
}

/// A running page. Dropping it stops it, within little more than a second.
pub struct Page {
    // Declared first, so dropped first: it ends the event streams, because the server would wait
    // for them.
    _polls: PollThreads,
    server: Server,
}

impl Page {
    /// Returns the page's real address, also if port 0 was requested.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Returns the URL for a browser: `http://127.0.0.1:3000`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }
}

/// Starts the page. It accepts requests when this returns. Neither Redis nor the API need run yet.
///
/// # Errors
/// Returns an [`Error`] if it cannot listen on the address, or a URL is invalid.
pub fn spawn(web: Web, enqueue: impl Enqueue) -> Result<Page, Error> {
    if !web.listen.ip().is_loopback() {
        return Err(Error::NotLoopback(web.listen));
    }
    let counters = Counters::new(&web.api)?;
    let redis = Redis::new(&web.redis)?;
    let control = ControlSocket::open();
    let setting = Setting {
        step: setting::step(),
        play: control.is_some(),
        recounts: enqueue.recounts(),
    };
    let json = move |polls: &Polls| View::draw(polls, setting, None).json();
    let (live, polls) = polls::start(counters.clone(), redis, json).map_err(Error::Thread)?;
    let app = App {
        live,
        counters,
        enqueue: Arc::new(enqueue),
        redis: web.redis,
        control: control.map(Arc::new),
    };
    let router = routes::router(Site { app, setting });
    let server = Server::start(web.listen, SHUTDOWN_TIMEOUT, router).map_err(|source| Error::Listen {
        address: web.listen,
        source,
    })?;
    Ok(Page { _polls: polls, server })
}

/// Serves the page until the program ends; prints `page at http://127.0.0.1:3000` when it can be
/// opened.
///
/// # Errors
/// Returns the errors of [`spawn`], and [`Error::Ended`].
pub fn serve(web: Web, enqueue: impl Enqueue) -> Result<(), Error> {
    let page = spawn(web, enqueue)?;
    // A closed standard output is not a reason to stop.
    let _ = writeln!(io::stdout(), "page at {}", page.url());
    let Page { _polls, server } = page;
    server.join();
    Err(Error::Ended)
}
