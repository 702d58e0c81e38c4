//! The page: lists counters, defines one, and enqueues a job for each press on − or +, and many for a recount. Beside them
//! it draws where every job is, and lets one play with them.
//!
//! It never changes a counter itself. What it shows it polls, once for all who watch: the counters from the API, all else
//! from Redis. It listens at loopback addresses only, and refuses what comes from other sites.

mod actions;
mod app;
mod control_socket;
mod counters;
mod enqueue;
mod error;
mod guard;
mod live;
mod number;
mod page;
mod pending;
mod pipeline;
mod reason;
mod recount;
mod reply;
mod routes;
mod sampler;
mod state;
mod step;
mod success;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::server::Server;

pub use enqueue::{Change, Enqueue};
pub use error::Error;

/// How long requests under way may take once the page is stopped.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// Where the page is, and what it talks to.
#[derive(Clone, Debug)]
pub struct Web {
    /// The address to listen at, a loopback one; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where the counters' API is, for example `http://127.0.0.1:4000`.
    pub api: String,
    /// Where Redis is, for example `redis://127.0.0.1:6379/0`. Presses and recounts are enqueued through [`Enqueue`]; the
    /// page's other buttons, and what it draws, need nobody's library.
    pub redis: String,
}

/// A page that is being served. Dropping it stops it, within a second and a bit.
pub struct Page {
    // Declared first, so dropped first: it ends the event streams, for which the server would wait otherwise.
    _polls: live::PollThreads,
    server: Server,
}

impl Page {
    /// The page's real address, also when port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Where a browser finds the page: `http://127.0.0.1:3000`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }
}

/// Starts the page and returns; it takes requests from then on. Neither Redis nor the API need be there yet.
///
/// # Errors
/// [`Error`]: the address cannot be listened at, or a URL is none.
pub fn spawn(web: Web, enqueue: impl Enqueue) -> Result<Page, Error> {
    if !web.listen.ip().is_loopback() {
        return Err(Error::NotLoopback(web.listen));
    }
    let counters = counters::Counters::new(&web.api)?;
    let sampler = sampler::Sampler::new(&web.redis)?;
    let control = control_socket::ControlSocket::open();
    let setting = pipeline::Setting {
        step: step::number(),
        play: control.is_some(),
    };
    let (live, polls) = live::start(counters.clone(), sampler, setting).map_err(Error::Thread)?;
    let app = app::App {
        live,
        counters,
        recounts: enqueue.recounts(),
        enqueue: Arc::new(enqueue),
        redis: web.redis,
        control: control.map(Arc::new),
    };
    let server = Server::start(web.listen, SHUTDOWN_TIMEOUT, routes::router(app)).map_err(|source| Error::Listen {
        address: web.listen,
        source,
    })?;
    Ok(Page { _polls: polls, server })
}

/// Serves the page until the program ends, and prints `page at http://127.0.0.1:3000` once it can be opened.
///
/// # Errors
/// Those of [`spawn`], and [`Error::Ended`].
pub fn serve(web: Web, enqueue: impl Enqueue) -> Result<(), Error> {
    let page = spawn(web, enqueue)?;
    // Nobody reading our output is no reason to serve nobody.
    let _ = writeln!(io::stdout(), "page at {}", page.url());
    let Page { _polls, server } = page;
    server.join();
    Err(Error::Ended)
}
