//! The threads of a proxy: one that accepts connections, and two for each connection.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::state::Shared;
use crate::mutex::lock;
use crate::resp::{Messages, is_push};

/// Accepts connections until the proxy no longer listens.
pub(super) fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((client, _)) = listener.accept() {
        if !shared.read(|state| state.listening) {
            return;
        }
        let Ok(side) = client.try_clone() else { continue };
        // Added before its thread runs: once the proxy has stopped accepting, a cut must meet every
        // connection that it accepted.
        let Some(id) = shared.add(side) else { return };
        if !spawn(shared, move |shared| connect(shared, id, client)) {
            shared.cut(id);
        }
    }
}

/// Runs a closure in a thread that the proxy joins when it closes. Returns false if no thread could
/// be started.
fn spawn(shared: &Arc<Shared>, work: impl FnOnce(&Arc<Shared>) + Send + 'static) -> bool {
    let for_thread = Arc::clone(shared);
    let thread = thread::Builder::new()
        .name("kata-proxy".to_owned())
        .spawn(move || work(&for_thread));
    thread.map(|thread| lock(&shared.threads).push(thread)).is_ok()
}

/// Connects a client with Redis and forwards its requests.
fn connect(shared: &Arc<Shared>, id: u64, client: TcpStream) {
    if shared.wait_until(id, |state| !state.is_stuck(id))
        && let Ok(redis) = TcpStream::connect(shared.read(|state| state.target.clone()))
        && let (Ok(from_redis), Ok(side)) = (redis.try_clone(), redis.try_clone())
        && let Ok(to_client) = client.try_clone()
        // Small messages must not wait to be sent together with others.
        && client.set_nodelay(true).and_then(|()| redis.set_nodelay(true)).is_ok()
        && shared.join(id, side)
        && spawn(shared, move |shared| replies(shared, id, from_redis, to_client))
    {
        requests(shared, id, client, redis);
    }
    shared.cut(id);
}

fn requests(shared: &Shared, id: u64, client: TcpStream, mut redis: TcpStream) {
    pump(client, |request, _| {
        if !shared.wait_until(id, |state| !state.is_stuck(id)) {
            return false;
        }
        shared.count_request(id, request);
        redis.write_all(request).is_ok()
    });
    // A frozen proxy does not forward the end of a connection, either.
    shared.wait_until(id, |state| !state.is_stuck(id));
}

fn replies(shared: &Shared, id: u64, redis: TcpStream, mut client: TcpStream) {
    pump(redis, |reply, came| {
        let ahead = shared.read(|state| state.clock_ahead);
        let reply = if ahead == 0 { reply } else { &advance(reply, ahead) };
        (is_push(reply) || shared.count_reply(id))
            && shared.wait_to_forward_reply(id, came)
            && client.write_all(reply).is_ok()
    });
    shared.wait_until(id, |state| !state.is_stuck(id));
    shared.cut(id);
}

/// Adds seconds to each time in a reply: a word of ten digits.
fn advance(reply: &[u8], seconds: u64) -> Vec<u8> {
    let runs = reply.chunk_by(|a, b| a.is_ascii_alphanumeric() == b.is_ascii_alphanumeric());
    let advanced = runs.map(|run| {
        let digits = str::from_utf8(run).ok().filter(|run| run.len() == 10);
        let time = digits.and_then(|digits| digits.parse::<u64>().ok());
        time.map_or_else(|| run.to_vec(), |time| (time + seconds).to_string().into_bytes())
    });
    advanced.flatten().collect()
}

/// Reads whole messages and passes each one on with its time of arrival, until the end of the
/// stream or until `take` returns false.
fn pump(mut from: TcpStream, mut take: impl FnMut(&[u8], Instant) -> bool) {
    let mut messages = Messages::default();
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let came = Instant::now();
        messages.feed(&buffer[..count]);
        while let Some(message) = messages.next() {
            if !take(&message, came) {
                return;
            }
        }
    }
}
