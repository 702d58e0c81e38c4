//! A fake Redis that only knows how many jobs wait in each queue. It can be stopped, started and
//! frozen.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

#[derive(Default)]
struct Shared {
    lengths: Mutex<BTreeMap<Vec<u8>, u64>>,
    connections: Mutex<Vec<TcpStream>>,
    stopped: AtomicBool,
    frozen: AtomicBool,
    /// The error that every command gets, if set.
    refusal: Mutex<Option<String>>,
    polls: AtomicUsize,
}

/// A fake Redis. Dropping it closes its port and all connections.
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

    pub fn set(&self, queue: impl AsRef<[u8]>, length: u64) {
        let queue = queue.as_ref().to_owned();
        self.shared.lengths.lock().unwrap().insert(queue, length);
    }

    pub fn freeze(&self) {
        self.shared.frozen.store(true, Ordering::SeqCst);
    }

    pub fn refuse(&self, error: &str) {
        *self.shared.refusal.lock().unwrap() = Some(error.to_owned());
    }

    /// Returns how often the queues' names were requested.
    pub fn polls(&self) -> usize {
        self.shared.polls.load(Ordering::SeqCst)
    }
}

impl Drop for FakeRedis {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts connections.
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
    let mut transaction = None;
    while let Some(command) = read(&mut reader) {
        if shared.frozen.load(Ordering::SeqCst) {
            continue;
        }
        let answer = match shared.refusal.lock().unwrap().as_deref() {
            Some(refusal) => format!("-{refusal}\r\n").into_bytes(),
            None => queue_up(&command, &mut transaction, shared),
        };
        if writer.write_all(&answer).is_err() {
            return;
        }
    }
}

/// Returns the reply to a command, also within a transaction.
fn queue_up(command: &[Vec<u8>], transaction: &mut Option<Vec<Vec<u8>>>, shared: &Shared) -> Vec<u8> {
    match (&*command[0], transaction.as_mut()) {
        (b"MULTI", _) => {
            *transaction = Some(Vec::new());
            b"+OK\r\n".to_vec()
        }
        (b"EXEC", _) => {
            let answers = transaction.take().unwrap();
            [format!("*{}\r\n", answers.len()).into_bytes(), answers.concat()].concat()
        }
        (_, Some(answers)) => {
            answers.push(answer(command, shared));
            b"+QUEUED\r\n".to_vec()
        }
        (_, None) => answer(command, shared),
    }
}

fn answer(command: &[Vec<u8>], shared: &Shared) -> Vec<u8> {
    let lengths = shared.lengths.lock().unwrap();
    match command.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] {
        [b"SMEMBERS", b"queues"] => {
            shared.polls.fetch_add(1, Ordering::SeqCst);
            let mut answer = format!("*{}\r\n", lengths.len()).into_bytes();
            // A set has no order; sorted names would hide that.
            for name in lengths.keys().rev() {
                answer.extend(format!("${}\r\n", name.len()).into_bytes());
                answer.extend([name, &b"\r\n"[..]].concat());
            }
            answer
        }
        [b"LLEN", key] => format!(":{}\r\n", lengths[key.strip_prefix(b"queue:").unwrap()]).into_bytes(),
        [b"TIME"] => b"*2\r\n$10\r\n1795454181\r\n$1\r\n0\r\n".to_vec(),
        [b"SCAN" | b"SSCAN" | b"HSCAN", ..] => b"*2\r\n$1\r\n0\r\n*0\r\n".to_vec(),
        [b"LRANGE" | b"ZRANGE" | b"ZREVRANGE" | b"HMGET", ..] => b"*0\r\n".to_vec(),
        [b"ZCARD", _] => b":0\r\n".to_vec(),
        [b"GET", _] => b"$-1\r\n".to_vec(),
        _ => format!("-ERR not expected: {command:?}\r\n").into_bytes(),
    }
}

fn read(reader: &mut impl BufRead) -> Option<Vec<Vec<u8>>> {
    let count = read_number(reader, '*')?;
    (0..count).map(|_| read_bulk(reader)).collect()
}

fn read_bulk(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut bytes = vec![0; read_number(reader, '$')? + 2];
    reader.read_exact(&mut bytes).ok()?;
    bytes.truncate(bytes.len() - 2);
    Some(bytes)
}

fn read_number(reader: &mut impl BufRead, sign: char) -> Option<usize> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    line.strip_prefix(sign)?.trim_end().parse().ok()
}
