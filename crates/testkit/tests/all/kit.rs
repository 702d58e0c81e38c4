//! The data and commands that a test reads through the kit.

use std::thread;
use std::time::Duration;

/// Tests run in parallel. Catches: a kit that gives two of them one database, or one that is not
/// empty.
#[test]
fn each_test_has_an_empty_database_of_its_own() {
    let (one, other) = (testkit::kit!(), testkit::kit!());
    one.command(&["SET", "a", "1"]);
    assert_eq!(one.keys(), ["a"]);
    assert_eq!(other.keys(), [""; 0]);
    assert_ne!(one.url(), other.url());
}

/// Entries are in the order of the list, head first; invalid UTF-8 does not stop the test.
#[test]
fn a_list_is_read_from_its_head() {
    let kit = testkit::kit!();
    kit.command(&[b"RPUSH".as_slice(), b"q", b"first", b"\xff"]);
    kit.assert_eq(
        "the list is read from head to tail",
        kit.list("q"),
        vec!["first", "\u{fffd}"],
    );
    kit.assert_eq("a missing list is empty", kit.list("none"), Vec::<String>::new());
    kit.assert_eq(
        "an answer has the type that is asked for",
        kit.query::<u64>(&["LLEN", "q"]),
        2,
    );
}

/// The transcript and many tests depend on it. Catches: commands of the kit or of other tests, and
/// commands that come too late.
#[test]
fn commands_are_exactly_what_others_sent() {
    let (kit, other) = (testkit::kit!(), testkit::kit!());
    let client = redis::Client::open(kit.url()).unwrap();
    let mut code = client.get_connection().unwrap();
    for number in 0..200 {
        redis::cmd("lpush")
            .arg("queue:default")
            .arg(format!("{{\"n\":{number}}}"))
            .exec(&mut code)
            .unwrap();
        kit.command(&["LLEN", "queue:default"]);
        redis::cmd("PING").exec(&mut kit.redis()).unwrap();
        other.command(&["PING"]);
        let commands = kit.commands();
        assert_eq!(commands.len(), number + 1);
        assert_eq!(
            commands[number],
            format!("LPUSH \"queue:default\" \"{{\\\"n\\\":{number}}}\"")
        );
    }
    assert_eq!(other.commands(), [""; 0]);
}

/// The commands inside a script were not sent by the code, but are useful to know.
#[test]
fn commands_inside_a_script_are_marked() {
    let kit = testkit::kit!();
    let mut code = redis::Client::open(kit.url()).unwrap().get_connection().unwrap();
    redis::cmd("EVAL")
        .arg("return redis.call('incr', 'n')")
        .arg(0)
        .exec(&mut code)
        .unwrap();
    let commands = kit.commands();
    assert_eq!(commands.len(), 2, "{commands:?}");
    assert!(commands[0].starts_with("EVAL "), "{commands:?}");
    assert_eq!(commands[1], "lua: INCR \"n\"");
}

/// Counts only the clients of this database. Catches: a count over the whole server.
#[test]
fn counts_the_blocked_clients_of_this_database() {
    let (kit, other) = (testkit::kit!(), testkit::kit!());
    let url = kit.url();
    let waiting = kit.spawn(move || {
        let mut code = redis::Client::open(url).unwrap().get_connection().unwrap();
        redis::cmd("BRPOP")
            .arg("q")
            .arg(0)
            .query::<Vec<String>>(&mut code)
            .unwrap()
    });
    kit.eventually("a client waits", || kit.blocked() == 1);
    assert_eq!(other.blocked(), 0);
    kit.command(&["LPUSH", "q", "x"]);
    assert_eq!(waiting.join("the pop returns"), ["q", "x"]);
    assert_eq!(kit.blocked(), 0);
}

/// A test's own server keeps its port and its data, however it was stopped; its log of commands
/// continues.
#[test]
fn an_own_server_can_be_stopped_and_started() {
    let kit = testkit::kit!(own);
    let url = kit.url();
    let send = |command: &str| {
        let mut code = redis::Client::open(url.as_str())?.get_connection_with_timeout(Duration::from_secs(1))?;
        redis::cmd(command).arg("n").query::<i64>(&mut code)
    };
    assert_eq!(send("INCR").unwrap(), 1);
    kit.server().stop();
    assert!(send("INCR").unwrap_err().is_connection_refusal());
    kit.server().start();
    assert_eq!(send("INCR").unwrap(), 2);
    kit.server().kill();
    assert!(send("INCR").unwrap_err().is_connection_refusal());
    kit.server().start();
    assert_eq!(send("INCR").unwrap(), 3);
    kit.server().restart();
    assert_eq!(kit.query::<i64>(&["GET", "n"]), 3);
    assert_eq!(kit.commands(), [r#"INCR "n""#; 3]);
    assert_eq!(kit.url(), url);
}

/// A paused server answers all clients later.
#[test]
fn an_own_server_can_be_paused() {
    let kit = testkit::kit!(own);
    let url = kit.url();
    let (ask, answer) = std::sync::mpsc::channel();
    let mut code = redis::Client::open(url).unwrap().get_connection().unwrap();
    redis::cmd("PING").exec(&mut code).unwrap();
    kit.server().pause(Duration::from_millis(300));
    thread::spawn(move || ask.send(redis::cmd("PING").exec(&mut code)));
    assert!(
        answer.recv_timeout(Duration::from_millis(150)).is_err(),
        "it answered while it was paused"
    );
    assert!(answer.recv_timeout(Duration::from_secs(5)).unwrap().is_ok());
}
