//! How many jobs wait, read from Redis as any program that knows Sidekiq's keys could.

use std::time::Duration;

use redis::{Client, Connection, ConnectionAddr, IntoConnectionInfo, RedisResult};

use super::Error;
use super::reason;
use super::state::Queue;

/// How long to wait for Redis to accept a connection, and then for each answer. Nothing asked here takes milliseconds.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Counts the waiting jobs, over one connection that is opened when needed.
pub struct Waiting {
    client: Client,
    address: ConnectionAddr,
    url: String,
    connection: Option<Connection>,
}

impl Waiting {
    /// Prepares to ask the Redis at `url`.
    ///
    /// # Errors
    /// [`Error::BadRedis`] if this is no URL of a Redis.
    pub fn new(url: &str) -> Result<Waiting, Error> {
        let bad = |source| Error::BadRedis {
            url: reason::without_password(url),
            source,
        };
        let info = url.into_connection_info().map_err(bad)?;
        // CLIENT SETINFO would only be noise among the commands that a learner watches with MONITOR.
        let settings = info.redis_settings().clone().set_skip_set_lib_name();
        let address = info.addr().clone();
        let client = Client::open(info.set_redis_settings(settings)).map_err(bad)?;
        Ok(Waiting {
            client,
            address,
            url: url.to_owned(),
            connection: None,
        })
    }

    /// The queues and how many jobs wait in each, sorted by name, in two round trips.
    ///
    /// # Errors
    /// A sentence or two for the page: what is wrong, what it means, and that it is tried again.
    pub fn count(&mut self) -> Result<Vec<Queue>, String> {
        self.read().map_err(|error| {
            let reason = reason::redact(reason::plain(&error.to_string()), &self.url);
            let address = &self.address;
            if error.is_io_error() {
                format!(
                    "Redis at {address} is away ({reason}). Until it is back nothing can be enqueued. \
                     Trying again every second."
                )
            } else {
                format!("Redis at {address} refuses to say how many jobs wait ({reason}). Trying again every second.")
            }
        })
    }

    fn read(&mut self) -> RedisResult<Vec<Queue>> {
        // Taken out, and put back only if all went well: the late answer to a command that failed would be taken for
        // the answer to the next.
        if let Some(connection) = self.connection.take() {
            match self.count_on(connection) {
                // Redis may have closed it long ago, while nobody looked.
                Err(error) if error.is_io_error() && !error.is_timeout() => {}
                answer => return answer,
            }
        }
        self.count_on(self.connect()?)
    }

    fn count_on(&mut self, mut connection: Connection) -> RedisResult<Vec<Queue>> {
        let queues = count(&mut connection)?;
        self.connection = Some(connection);
        Ok(queues)
    }

    fn connect(&self) -> RedisResult<Connection> {
        let connection = self.client.get_connection_with_timeout(TIMEOUT)?;
        connection.set_read_timeout(Some(TIMEOUT))?;
        connection.set_write_timeout(Some(TIMEOUT))?;
        Ok(connection)
    }
}

fn count(connection: &mut Connection) -> RedisResult<Vec<Queue>> {
    let mut names: Vec<Vec<u8>> = redis::cmd("SMEMBERS").arg("queues").query(connection)?;
    names.sort_unstable();
    let mut lengths = redis::pipe();
    for name in &names {
        lengths.cmd("LLEN").arg([b"queue:", name.as_slice()].concat());
    }
    let lengths: Vec<u64> = if names.is_empty() {
        Vec::new()
    } else {
        lengths.query(connection)?
    };
    let queue = |(name, waiting): (&Vec<u8>, u64)| Queue {
        name: String::from_utf8_lossy(name).into_owned(),
        waiting,
    };
    Ok(names.iter().zip(lengths).map(queue).collect())
}
