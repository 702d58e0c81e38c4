//! A stand-in for Redis that knows what the page asks: SMEMBERS and LLEN. It can be stopped, started and frozen.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

#[derive(Default)]
struct Shared {
    lengths: Mutex<BTreeMap<String, u64>>,
    connections: Mutex<Vec<TcpStream>>,
    stopped: AtomicBool,
    frozen: AtomicBool,
    /// What any command is answered instead, if set.
    refusal: Mutex<Option<String>>,
    polls: AtomicUsize,
}

/// A Redis, as far as the page sees. Dropping it closes its port and all connections.
pub struct FakeRedis {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl FakeRedis {
    pub fn start() -> FakeRedis {
        FakeRedis::start_at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    pub fn start_at(address: SocketAddr) -> FakeRedis {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let accept = {
            let shared = shared.clone();
            move || {
                for connection in listener.incoming().map_while(Result::ok) {
                    if shared.stopped.load(Ordering::SeqCst) {
                        return;
                    }
                    shared.connections.lock().unwrap().push(connection.try_clone().unwrap());
                    let shared = shared.clone();
                    thread::spawn(move || serve(connection, &shared));
                }
            }
        };
        FakeRedis {
            address,
            shared,
            accepting: Some(thread::spawn(accept)),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn set(&self, queue: &str, length: u64) {
        self.shared.lengths.lock().unwrap().insert(queue.to_owned(), length);
    }

    pub fn freeze(&self) {
        self.shared.frozen.store(true, Ordering::SeqCst);
    }

    pub fn refuse(&self, error: &str) {
        *self.shared.refusal.lock().unwrap() = Some(error.to_owned());
    }

    /// How often the queues' names were asked for.
    pub fn polls(&self) -> usize {
        self.shared.polls.load(Ordering::SeqCst)
    }
}

impl Drop for FakeRedis {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        let _ = self.accepting.take().map(JoinHandle::join);
        for connection in self.shared.connections.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

fn serve(connection: TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut writer = connection;
    while let Some(command) = read(&mut reader) {
        if shared.frozen.load(Ordering::SeqCst) {
            continue;
        }
        let answer = match shared.refusal.lock().unwrap().as_deref() {
            Some(refusal) => format!("-{refusal}\r\n"),
            None => answer(&command, shared),
        };
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(command: &[String], shared: &Shared) -> String {
    let lengths = shared.lengths.lock().unwrap();
    match command.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["SMEMBERS", "queues"] => {
            shared.polls.fetch_add(1, Ordering::SeqCst);
            let names: String = lengths
                .keys()
                .map(|name| format!("${}\r\n{name}\r\n", name.len()))
                .collect();
            format!("*{}\r\n{names}", lengths.len())
        }
        ["LLEN", key] => format!(":{}\r\n", lengths[key.strip_prefix("queue:").unwrap()]),
        _ => format!("-ERR not expected: {command:?}\r\n"),
    }
}

fn read(reader: &mut impl BufRead) -> Option<Vec<String>> {
    let count = read_number(reader, '*')?;
    (0..count).map(|_| read_bulk(reader)).collect()
}

fn read_bulk(reader: &mut impl BufRead) -> Option<String> {
    let mut bytes = vec![0; read_number(reader, '$')? + 2];
    reader.read_exact(&mut bytes).ok()?;
    bytes.truncate(bytes.len() - 2);
    String::from_utf8(bytes).ok()
}

fn read_number(reader: &mut impl BufRead, sign: char) -> Option<usize> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    line.strip_prefix(sign)?.trim_end().parse().ok()
}
