//! The commands that the code under test sends to Redis, read with `MONITOR`: one connection a
//! server, its lines sorted by database.

mod log;

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use redis::{Connection, IntoConnectionInfo, RedisResult, Value, cmd};

use crate::redis::{connect, host_and_port};
use log::KIT_NAME;
pub(crate) use log::{Log, SYNC_MARK};

/// A running `MONITOR`. Dropping it ends its thread.
#[derive(Debug)]
pub(crate) struct Monitor {
    socket: TcpStream,
    reader: Option<JoinHandle<()>>,
}

impl Monitor {
    /// Starts `MONITOR`. When this returns, Redis reports every command that it executes from now
    /// on.
    ///
    /// # Errors
    ///
    /// If Redis cannot be reached, or rejects `MONITOR`.
    pub(crate) fn start(url: &str, log: &Arc<Log>) -> io::Result<Monitor> {
        let mut socket = TcpStream::connect(host_and_port(url)?)?;
        let mut reader = BufReader::new(socket.try_clone()?);
        let address = url.into_connection_info().map_err(io::Error::other)?;
        let settings = address.redis_settings();
        if let Some(password) = settings.password() {
            let mut auth = cmd("AUTH");
            auth.arg(settings.username()).arg(password);
            send_command(&mut socket, &mut reader, &auth)?;
        }
        send_command(&mut socket, &mut reader, &cmd("MONITOR"))?;
        let listener = Arc::clone(log);
        let reader = thread::Builder::new()
            .name("kata-monitor".to_owned())
            .spawn(move || listener.listen(reader))?;
        Ok(Monitor {
            socket,
            reader: Some(reader),
        })
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        // An error means that it is closed already.
        let _ = self.socket.shutdown(Shutdown::Both);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Sends one command whose reply must be `+OK`.
fn send_command(socket: &mut TcpStream, reader: &mut impl BufRead, command: &redis::Cmd) -> io::Result<()> {
    socket.write_all(&command.get_packed_command())?;
    let mut answer = String::new();
    reader.read_line(&mut answer)?;
    if answer.starts_with("+OK") {
        Ok(())
    } else {
        Err(io::Error::other(answer.trim_end().to_owned()))
    }
}

/// Opens a connection that the monitor recognizes as the kit's own.
pub(crate) fn connect_as_kit(url: &str) -> RedisResult<Connection> {
    let mut connection = connect(url)?;
    cmd("ECHO").arg(KIT_NAME).query::<Value>(&mut connection)?;
    Ok(connection)
}
