use std::ffi::OsStr;
use std::io::{self, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use kata::system::address::ReservedPort;
use kata::system::cargo;
use kata::term::printer::{Printer, Stream};
use testkit::redis::{LaunchOptions, NoRedis, Sources, launch};

use crate::{Folder, has};

/// Returns the output of a run, standard output before standard error, and its exit code.
fn output(folder: &Path, args: &[&str]) -> (String, Option<i32>) {
    let (out, err, code) = crate::learner::output(folder, args);
    (out + &err, code)
}

/// Outside of a clone, and for a step that does not exist, a sentence names the remedy. The exit
/// codes differ.
#[test]
fn errors_name_a_remedy() {
    let outside = Folder::new("nowhere");
    let (text, code) = output(&outside.0, &["play"]);
    assert_eq!(code, Some(1));
    has(&text, &["Go to the folder that you cloned"]);
    assert!(text.starts_with("error: "), "{text}");
    let folder = Folder::repository("no-step");
    let (text, code) = output(&folder.0, &["play", "7"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("There is no step \"7\""), "{text}");
    let (text, code) = output(&folder.0, &["verify", "--write"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("--only todos"), "{text}");
}

/// The exit code is 2, as in other programs.
#[test]
fn rejects_wrong_arguments() {
    let folder = Folder::repository("arguments");
    for args in [
        &["play", "--fail-rate", "1.5"][..],
        &["play", "--latency", "soon"],
        &["play", "--latency", "-1s"],
        &["verify", "--only", "everything"],
        &["dance"],
        &["--run", "play"],
        &["diff"],
    ] {
        let (text, code) = output(&folder.0, args);
        assert_eq!(code, Some(2), "{args:?}: {text}");
    }
}

/// The message names the address without its password, and a remedy.
#[test]
fn names_an_unreachable_redis_without_its_password() {
    let folder = Folder::new("away");
    // No program listens on a port that was just released.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (text, code) = output(
        &folder.0,
        &[
            "redis",
            "--redis",
            &format!("redis://:secret@127.0.0.1:{port}/0"),
            "PING",
        ],
    );
    assert_eq!(code, Some(1));
    has(&text, &[&format!("redis://127.0.0.1:{port}/0"), "`cargo kata redis`"]);
    assert!(!text.contains("secret"), "{text}");
}

/// The `redis` crate accepts a password in several places. Catches: one that is printed, also if
/// the address is malformed.
#[test]
fn never_prints_the_password_of_a_redis() {
    let folder = Folder::new("password");
    for url in [
        "unix:///nowhere/redis.sock?pass=secret",
        "unix:///nowhere/redis.sock?db=zero&user=me&pass=secret",
        "rediss://me:secret@127.0.0.1:9/0",
        "redis://127.0.0.1:9/0?pass=secret",
        "redis://me:1/secret@127.0.0.1",
        "redis:secret",
        "me:secret@127.0.0.1",
    ] {
        for args in [&["redis", "--redis", url, "PING"][..], &["top", "--redis", url]] {
            let (text, code) = output(&folder.0, args);
            assert_ne!(code, Some(0), "{args:?}: {text}");
            assert!(!text.contains("secret"), "{args:?}: {text}");
        }
        let doctor = crate::learner::kata(&Folder::repository("password-doctor").0, &["doctor"])
            .env("KATA_REDIS_URL", url)
            .output()
            .unwrap();
        let text = String::from_utf8([doctor.stdout, doctor.stderr].concat()).unwrap();
        assert!(
            text.contains("KATA_REDIS_URL") && !text.contains("secret"),
            "{url}: {text}"
        );
    }
}

/// Catches: no word about a Redis that deletes jobs when it is full; a warning about any other one.
#[test]
fn doctor_warns_of_a_redis_that_deletes_jobs() {
    let redis = testkit::redis::launch(&testkit::redis::LaunchOptions::default()).unwrap();
    let folder = Folder::repository("eviction");
    for (policy, warns) in [("allkeys-lru", true), ("noeviction", false)] {
        let set = [
            "redis",
            "--redis",
            &redis.url,
            "CONFIG",
            "SET",
            "maxmemory-policy",
            policy,
        ];
        assert_eq!(output(&folder.0, &set).1, Some(0));
        let doctor = crate::learner::kata(&folder.0, &["doctor"])
            .env("REDIS_URL", &redis.url)
            .output()
            .unwrap();
        let text = String::from_utf8([doctor.stdout, doctor.stderr].concat()).unwrap();
        assert_eq!(
            text.contains("maxmemory-policy is allkeys-lru"),
            warns,
            "{policy}: {text}"
        );
        assert_eq!(
            text.contains("CONFIG SET maxmemory-policy noeviction"),
            warns,
            "{policy}: {text}"
        );
    }
}

/// Two programs that look for a free port at the same time must not find the same one. Catches: a
/// port that is free until the program listens on it, which takes a moment.
#[test]
fn reserves_a_port_for_one_program() {
    let wanted = testkit::redis::free_port().unwrap();
    let reserved = || ReservedPort::near(wanted).unwrap();
    // A program that another test is starting holds a copy of our files for a moment, so a port
    // that was just released may not be free at once.
    let deadline = Instant::now() + Duration::from_secs(10);
    let wait_for_wanted = || {
        loop {
            let port = reserved();
            if port.number() == wanted {
                return port;
            }
            assert!(Instant::now() < deadline, "{wanted} is not free");
        }
    };
    let first = wait_for_wanted();
    assert_ne!(reserved().number(), wanted);
    drop(first);
    drop(wait_for_wanted());
    let _listener = TcpListener::bind(("127.0.0.1", wanted));
    assert_ne!(reserved().number(), wanted);
}

/// A pipe that is full blocks every write to it. Catches: a command that then cannot stop.
#[test]
fn prints_without_waiting_for_the_reader() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            loop {
                thread::park();
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let begun = Instant::now();
    let printer = Printer::start(Full, Vec::new());
    for number in 0..100_000 {
        printer.line(Stream::Out, &format!("line {number}"));
    }
    printer.finish(Duration::from_millis(100));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());

    let (out, err) = (Shared::default(), Shared::default());
    let printer = Printer::start(out.clone(), err.clone());
    printer.line(Stream::Out, "a");
    printer.line(Stream::Err, "b");
    printer.line(Stream::Out, "c");
    printer.finish(Duration::from_secs(10));
    assert_eq!((out.text(), err.text()), ("a\nc\n".to_owned(), "b\n".to_owned()));
}

/// The output of a [`Printer`].
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The variable would let failures be printed in the middle of the output, where their test is not
/// known. Catches: a failure of which only the name is left.
#[test]
fn runs_tests_that_capture_their_output() {
    let folder = Folder::new("capture");
    for command in [cargo::command(&folder.0), cargo::test(&folder.0, Path::new("all"))] {
        let removed = command
            .get_envs()
            .any(|change| change == (OsStr::new("RUST_TEST_NOCAPTURE"), None));
        assert!(removed, "{command:?}");
    }
}

/// Prints replies as redis-cli does. If Redis returns an error, the exit code is 1.
#[test]
fn prints_replies_like_redis_cli() {
    // A new Redis, because the one of `KATA_REDIS_URL` may contain data of the user.
    let sources = Sources {
        given: false,
        docker: true,
        private: true,
    };
    let launched = match launch(&LaunchOptions {
        sources,
        ..LaunchOptions::default()
    }) {
        Ok(launched) => launched,
        Err(NoRedis::Nowhere { .. }) => {
            // libtest hides the output of `eprintln!`, but a skipped test must be visible.
            let _ = writeln!(
                io::stderr(),
                "SKIPPED: prints_replies_like_redis_cli needs Docker or a redis-server"
            );
            return;
        }
        Err(refused) => panic!("{refused}"),
    };
    let folder = Folder::new("redis");
    let send = |words: &[&str]| output(&folder.0, &[&["redis", "--redis", &launched.url], words].concat());
    assert_eq!(
        send(&["RPUSH", "list", "a", "b"]),
        ("(integer) 2\n".to_owned(), Some(0))
    );
    assert_eq!(
        send(&["LRANGE", "list", "0", "-1"]),
        ("1) \"a\"\n2) \"b\"\n".to_owned(), Some(0))
    );
    let refused = "(error) WRONGTYPE Operation against a key holding the wrong kind of value\n";
    assert_eq!(send(&["GET", "list"]), (refused.to_owned(), Some(1)));
}
