//! The counters' JSON HTTP API, as slow and as unreliable as configured.
//!
//! | request | answer |
//! |---|---|
//! | `GET /counters` | 200 `[{"name":"hits","value":3}]`, sorted by name |
//! | `GET /counters/{name}` | 200 `{"name":"hits","value":3}` |
//! | `PUT /counters/{name}` | 201 with the value 0, or 200 with its value if it exists |
//! | `PUT /counters/{name}/incr`, `PUT /counters/{name}/decr` | 200 with the new value |
//!
//! Every other response is `{"error":"a sentence"}`: 404 undefined counter or unknown path, 405,
//! 413, 422 invalid name or `Idempotency-Key`, 503 failed on purpose.
//!
//! A PUT may have an `Idempotency-Key` of 1 to 255 printable ASCII characters. A repeated request
//! with the same key gets the first response again, without counting again. Only successes are
//! stored; the same key with another request is 422. All data is in memory.
//!
//! Every PUT takes the configured latency. A GET is answered at once, so that the page can show
//! current values. Only `incr` and `decr` fail on purpose.

mod answer;
mod call;
mod error;
mod faults;
mod key;
mod routes;
mod store;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::name::{Name, NameError};
use crate::server::Server;

pub use call::Call;
pub use error::Error;
pub use faults::Dice;

/// How long running calls may take after the API is stopped: longer than any useful latency.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The API's configuration.
pub struct Config {
    /// The address to listen on; port 0 takes any free one. Default: 127.0.0.1:0.
    pub listen: SocketAddr,
    /// The minimum duration of every PUT. Default: 0.
    pub latency: Duration,
    /// The share of changes that fail, 0 to 1: half of them before and half after the change is
    /// stored. Default: 0.
    pub fail_rate: f64,
    /// Default: a random number.
    pub dice: Dice,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            latency: Duration::ZERO,
            fail_rate: 0.0,
            dice: Box::new(rand::random::<f64>),
        }
    }
}

/// A running API. Dropping it stops it; running calls get 5 seconds to finish.
pub struct Api {
    server: Server,
    app: Arc<routes::App>,
}

impl Api {
    /// Returns its base URL with the real port: `http://127.0.0.1:4000`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Returns the value of a counter without an HTTP request, or `None` if no such counter is
    /// defined.
    ///
    /// # Errors
    /// Returns [`NameError`] if the name is invalid.
    pub fn value(&self, name: &str) -> Result<Option<i64>, NameError> {
        Ok(self.app.store.get(&Name::parse(name)?))
    }

    /// Returns the PUTs received so far, the oldest first; at most the last 1,000. A call is
    /// recorded when it arrives, even if it is rejected later or fails on purpose.
    pub fn calls(&self) -> Vec<Call> {
        let calls = self.app.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().cloned().collect()
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Api({})", self.url())
    }
}

/// Starts the API. It accepts calls when this returns.
///
/// # Errors
/// Returns an [`Error`] if it cannot listen on the address, or if the rate is invalid.
pub fn spawn(config: Config) -> Result<Api, Error> {
    let faults = faults::Faults::new(config.fail_rate, config.dice)?;
    let app = Arc::new(routes::App {
        store: store::Store::default(),
        faults,
        calls: Mutex::default(),
        latency: config.latency,
    });
    let server = Server::start(config.listen, SHUTDOWN_TIMEOUT, routes::router(app.clone())).map_err(|source| {
        Error::Listen {
            address: config.listen,
            source,
        }
    })?;
    Ok(Api { server, app })
}
