//! All faults of the proxy.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use redis::{Connection, ErrorKind, RedisResult, Value, cmd};
use testkit::{Kit, Proxy};

/// How long a message must not arrive to count as held back.
const SILENCE: Duration = Duration::from_millis(100);

fn connect(proxy: &Proxy) -> RedisResult<Connection> {
    redis::Client::open(proxy.url())?.get_connection_with_timeout(Duration::from_secs(2))
}

/// Returns a connection through a new proxy, and the kit of the same database.
fn through() -> (Kit, Proxy, Connection) {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let code = connect(&proxy).unwrap();
    (kit, proxy, code)
}

/// Runs a blocking call in a thread; its result comes through the channel.
fn behind<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (send, receive) = channel();
    thread::spawn(move || send.send(work()));
    receive
}

const SOON: Duration = Duration::from_secs(5);

/// Without a fault everything is forwarded, byte for byte, to the same database.
#[test]
fn forwards_everything_without_a_fault() {
    let (kit, proxy, mut code) = through();
    let payload: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    cmd("SET").arg("k").arg(&payload).exec(&mut code).unwrap();
    assert_eq!(kit.query::<Vec<u8>>(&["GET", "k"]), payload);
    assert_eq!(cmd("GET").arg("k").query::<Vec<u8>>(&mut code).unwrap(), payload);
    assert_eq!(proxy.connections(), 1);
    drop(code);
    kit.eventually("the closed connection is forgotten", || proxy.connections() == 0);
}

/// Both sides notice that the connection is closed: the client, and Redis, which must forget a
/// blocked client.
#[test]
fn a_cut_closes_both_sides() {
    let (kit, proxy, mut code) = through();
    let waiting = behind(move || cmd("BRPOP").arg("q").arg(0).query::<Value>(&mut code));
    kit.eventually("the client waits", || kit.blocked() == 1);
    proxy.cut();
    assert!(waiting.recv_timeout(SOON).unwrap().unwrap_err().is_connection_dropped());
    kit.eventually("Redis has forgotten it", || kit.blocked() == 0);
    assert!(
        cmd("PING").exec(&mut connect(&proxy).unwrap()).is_ok(),
        "a new connection is taken"
    );
}

/// As if Redis had not been started: new connections are refused, and existing ones continue.
#[test]
fn reopens_a_closed_port() {
    let (_kit, proxy, mut code) = through();
    for _ in 0..3 {
        proxy.refuse();
        proxy.refuse();
        assert!(connect(&proxy).err().unwrap().is_connection_refusal());
        cmd("PING").exec(&mut code).unwrap();
        proxy.accept();
        proxy.accept();
        cmd("PING").exec(&mut connect(&proxy).unwrap()).unwrap();
    }
}

/// A connection is cut even if the proxy accepted it a moment before. Otherwise the program under
/// test keeps, now and then, a connection to a Redis that the test has taken away from it.
#[test]
fn a_cut_closes_connections_that_were_just_accepted() {
    let (kit, proxy, _code) = through();
    let port = proxy
        .url()
        .rsplit(':')
        .next()
        .and_then(|rest| rest.split('/').next()?.parse().ok());
    let address = (Ipv4Addr::LOCALHOST, port.unwrap());
    for _ in 0..20 {
        let clients: Vec<_> = (0..16).map(|_| TcpStream::connect(address).unwrap()).collect();
        proxy.refuse();
        proxy.cut();
        for mut client in clients {
            client.set_read_timeout(Some(SOON)).unwrap();
            let end = client.read(&mut [0]);
            let reset = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionReset;
            kit.assert(
                &format!("the connection ends, got {end:?}"),
                end.as_ref().map_or_else(reset, |&count| count == 0),
            );
        }
        proxy.accept();
    }
}

/// Nothing is forwarded, not even the end of a connection. So a test sees what Redis does to a
/// client that only seems to be connected.
#[test]
fn a_frozen_proxy_passes_nothing() {
    let (kit, proxy, mut code) = through();
    proxy.freeze();
    let stays = behind(move || cmd("INCR").arg("n").query::<i64>(&mut code));
    let new = behind({
        let url = proxy.url();
        move || redis::Client::open(url)?.get_connection().map(drop)
    });
    assert!(stays.recv_timeout(SILENCE).is_err() && new.try_recv().is_err());
    assert!(!kit.keys().contains(&"n".to_owned()), "the request reached Redis");
    proxy.thaw();
    assert_eq!(stays.recv_timeout(SOON).unwrap().unwrap(), 1);
    new.recv_timeout(SOON).unwrap().unwrap();

    let mut code = connect(&proxy).unwrap();
    code.set_read_timeout(Some(SILENCE)).unwrap();
    let blocked = behind(move || {
        cmd("BRPOP")
            .arg("q")
            .arg(0)
            .query::<Value>(&mut code)
            .map_err(|e| (e, drop(code)).0)
    });
    kit.eventually("the client waits", || kit.blocked() == 1);
    proxy.freeze();
    assert!(blocked.recv_timeout(SOON).unwrap().unwrap_err().is_timeout());
    thread::sleep(SILENCE);
    assert_eq!(kit.blocked(), 1, "Redis noticed that the client is gone");
    proxy.thaw();
    kit.eventually("Redis notices it when the proxy thaws", || kit.blocked() == 0);
}

/// The client notices it, but Redis does not: it still serves the client.
#[test]
fn redis_serves_a_client_that_has_hung_up() {
    let (kit, proxy, mut code) = through();
    let waiting = behind(move || {
        cmd("BLMOVE")
            .arg(("q", "taken", "RIGHT", "LEFT", 0))
            .query::<Value>(&mut code)
    });
    kit.eventually("the client waits", || kit.blocked() == 1);
    proxy.hang_up();
    assert!(waiting.recv_timeout(SOON).unwrap().unwrap_err().is_connection_dropped());
    thread::sleep(SILENCE);
    assert_eq!(kit.blocked(), 1, "Redis noticed that the client is gone");
    kit.lpush("q", &[b"served"]);
    assert_eq!(kit.list("taken"), vec!["served"]);
    cmd("PING").exec(&mut connect(&proxy).unwrap()).unwrap();
    proxy.cut();
    kit.eventually("nothing is left of it", || proxy.connections() == 0);
}

/// Nothing is ever forwarded on this connection again; the others are not affected.
#[test]
fn a_swallowed_connection_passes_nothing() {
    let (kit, proxy, mut one) = through();
    let mut other = connect(&proxy).unwrap();
    proxy.swallow_after_request("INCR");
    one.set_read_timeout(Some(SILENCE)).unwrap();
    for _ in 0..2 {
        assert!(cmd("INCR").arg("n").query::<i64>(&mut one).unwrap_err().is_timeout());
    }
    assert!(proxy.fired());
    assert_eq!(kit.query::<i64>(&["GET", "n"]), 1, "one request reached Redis");
    assert_eq!(cmd("INCR").arg("n").query(&mut other), Ok(2));
}

/// How many replies are delayed in [`delays_replies`].
const ANSWERS: u32 = 40;

/// Each reply is delayed by this time, not by the sum of the delays before it.
#[test]
fn delays_replies() {
    let (_kit, proxy, mut code) = through();
    proxy.delay(SILENCE);
    let mut raw = TcpStream::connect(proxy.url().split('/').nth(2).unwrap()).unwrap();
    raw.set_nodelay(true).unwrap();
    let begun = Instant::now();
    for _ in 0..ANSWERS {
        raw.write_all(b"PING\r\n").unwrap();
        // Otherwise Redis would read several at once and answer them at once.
        thread::sleep(SILENCE / 20);
    }
    raw.read_exact(&mut [0; "+PONG\r\n".len() * ANSWERS as usize]).unwrap();
    let took = begun.elapsed();
    assert!(took >= SILENCE && took < ANSWERS / 2 * SILENCE, "{took:?}");
    proxy.delay(SOON);
    proxy.delay(Duration::ZERO);
    let begun = Instant::now();
    cmd("PING").exec(&mut code).unwrap();
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

/// Only times change, and only in replies.
#[test]
fn advances_the_clock() {
    let (kit, proxy, mut code) = through();
    proxy.advance_clock(Duration::from_secs(60));
    let before = kit.query::<(u64, u64)>(&["TIME"]).0;
    let (ahead, _): (u64, u64) = cmd("TIME").query(&mut code).unwrap();
    let after = kit.query::<(u64, u64)>(&["TIME"]).0;
    assert!((before + 60..=after + 60).contains(&ahead), "{before} {ahead} {after}");
    let text = "a 1764525000.25, 17645250001, 123456789 and 8a1764525000";
    cmd("SET").arg("k").arg(text).exec(&mut code).unwrap();
    assert_eq!(kit.query::<String>(&["GET", "k"]), text);
    let advanced = cmd("GET").arg("k").query::<String>(&mut code).unwrap();
    assert_eq!(advanced, "a 1764525060.25, 17645250001, 123456789 and 8a1764525000");
    proxy.advance_clock(Duration::ZERO);
    assert_eq!(cmd("GET").arg("k").query::<String>(&mut code).unwrap(), text);
}

/// Redis executes the command, but no client gets a reply until the replies are released.
#[test]
fn holds_replies() {
    let (kit, proxy, code) = through();
    proxy.hold_replies();
    assert_held(&kit, &proxy, code);
}

/// A test holds the replies to the commands that it is about; code that needs another connection
/// for them must get one.
#[test]
fn opens_a_connection_while_replies_are_held() {
    let (kit, proxy, _) = through();
    proxy.hold_replies();
    let code = connect(&proxy).unwrap();
    assert_held(&kit, &proxy, code);
}

/// Checks that Redis executes a command, and that its reply comes only when it is released.
#[track_caller]
fn assert_held(kit: &Kit, proxy: &Proxy, mut code: Connection) {
    let answer = behind(move || cmd("INCR").arg("n").query::<i64>(&mut code));
    kit.eventually("Redis has executed it", || kit.keys() == ["n"]);
    assert!(answer.recv_timeout(SILENCE).is_err());
    proxy.release_replies();
    assert_eq!(answer.recv_timeout(SOON).unwrap().unwrap(), 1);
}

/// The important moment: Redis has executed the command, but the client does not know. Earlier
/// replies are forwarded, and other connections stay whole.
#[test]
fn cuts_between_execution_and_reply() {
    let (kit, proxy, mut code) = through();
    proxy.cut_after_request("incr");
    assert_eq!(cmd("PING").query::<String>(&mut code).unwrap(), "PONG");
    assert!(!proxy.fired());
    let error = cmd("INCR").arg("n").exec(&mut code).unwrap_err();
    assert!(error.is_connection_dropped(), "{error}");
    assert!(proxy.fired());
    assert_eq!(kit.query::<i64>(&["GET", "n"]), 1);
    assert_eq!(
        cmd("INCR")
            .arg("n")
            .query::<i64>(&mut connect(&proxy).unwrap())
            .unwrap(),
        2,
        "it fires once"
    );
}

/// In a pipeline the reply to this request is missing, not an earlier one.
#[test]
fn forwards_earlier_replies_of_a_pipeline() {
    let (kit, proxy, mut code) = through();
    proxy.cut_after_request("second");
    for key in ["first", "second", "third"] {
        code.send_packed_command(&cmd("INCR").arg(key).get_packed_command())
            .unwrap();
    }
    assert_eq!(code.recv_response().unwrap(), Value::Int(1));
    assert_eq!(code.recv_response().unwrap_err().kind(), ErrorKind::Io);
    assert!(proxy.fired());
    assert!(kit.keys().contains(&"second".to_owned()));
}

/// The fault happens when a blocked request is answered, not when it is sent.
#[test]
fn a_blocked_request_fires_when_it_is_answered() {
    let (kit, proxy, mut code) = through();
    proxy.cut_after_request("BRPOP");
    let popped = behind(move || cmd("BRPOP").arg("q").arg(0).query::<Value>(&mut code));
    kit.eventually("the client waits", || kit.blocked() == 1);
    assert!(!proxy.fired());
    kit.command(&["LPUSH", "q", "x"]);
    assert!(popped.recv_timeout(SOON).unwrap().unwrap_err().is_connection_dropped());
    assert!(proxy.fired());
    assert_eq!(kit.keys(), [""; 0]);
}

/// The same moment with a cable pulled out; the reply arrives after it is plugged in again.
#[test]
fn freezes_between_execution_and_reply() {
    let (kit, proxy, mut code) = through();
    proxy.freeze_after_request("INCR");
    let answer = behind(move || cmd("INCR").arg("n").query::<i64>(&mut code));
    kit.eventually("the proxy has frozen", || proxy.fired());
    assert_eq!(kit.query::<i64>(&["GET", "n"]), 1);
    assert!(answer.recv_timeout(SILENCE).is_err());
    proxy.thaw();
    assert_eq!(answer.recv_timeout(SOON).unwrap().unwrap(), 1);
}

/// How a test distinguishes a pipeline from a loop: commands sent together reach Redis while all
/// replies are held.
#[test]
fn a_pipeline_is_one_round_trip() {
    let (kit, proxy, mut code) = through();
    let before = proxy.requests();
    proxy.hold_replies();
    let pipeline = behind(move || {
        let done = redis::pipe().cmd("INCR").arg("n").cmd("INCR").arg("n").exec(&mut code);
        done.and_then(|()| cmd("INCR").arg("n").exec(&mut code))
    });
    kit.eventually("the pipeline's commands are forwarded", || {
        proxy.requests() - before == 2
    });
    kit.eventually("they are executed", || {
        kit.query::<Option<i64>>(&["GET", "n"]) == Some(2)
    });
    assert!(pipeline.recv_timeout(SILENCE).is_err());
    assert_eq!(kit.query::<i64>(&["GET", "n"]), 2);
    proxy.release_replies();
    pipeline.recv_timeout(SOON).unwrap().unwrap();
    assert_eq!(proxy.requests() - before, 3);
}

/// No thread and no open port is left, whatever state the proxy is in.
#[test]
fn a_dropped_proxy_is_gone() {
    let kit = testkit::kit!();
    for fault in [Proxy::cut, Proxy::freeze, Proxy::hold_replies, Proxy::refuse] {
        let proxy = kit.proxy();
        let mut code = connect(&proxy).unwrap();
        fault(&proxy);
        let answer = behind(move || cmd("PING").exec(&mut code));
        let url = proxy.url();
        kit.within(SOON, "the proxy's threads end", move || drop(proxy));
        // Unless the reply was faster, the connection is closed now.
        let _ = answer.recv_timeout(SOON).unwrap();
        assert!(
            redis::Client::open(url)
                .unwrap()
                .get_connection()
                .err()
                .unwrap()
                .is_connection_refusal()
        );
    }
}
