//! Given: reading payloads, connections that break, the program's command line.

use std::collections::BTreeMap;

use sidepunch::Connections;
use sidepunch::{Client, Error, Job, Worker};

use crate::support::{refused, worker};

worker!(Unwritable, "UnwritableWorker", (BTreeMap<[u8; 1], u8>,));

/// Ruby writes other fields, in another order. All of it must survive a round trip.
#[test]
fn preserves_every_byte_of_a_payload() {
    let kit = testkit::kit!();
    let payload = r#"{"retry":true,"queue":"default","class":"HardWorker","args":[1e2,"\u00e9\ud800",18446744073709551617],"jid":"b4a577edbccf1d805744efa9","created_at":1700000000123,"tags":[1.0]}"#;
    let job = Job::parse(payload.as_bytes()).expect("a job");
    kit.assert_eq(
        "a payload that is read and written is the same",
        job.to_string(),
        payload,
    );
    kit.assert_eq("class", job.class(), "HardWorker");
    kit.assert_eq("jid", job.jid().as_deref(), Some("b4a577edbccf1d805744efa9"));
    kit.assert_eq("queue", job.queue(), "default");
    kit.assert_eq("raw values are as written", job.raw("tags"), Some("[1.0]"));
    kit.assert_eq(
        "a field of another type counts as absent",
        job.get::<String>("retry"),
        None,
    );
}

/// A change must not reformat the other fields. An integral float keeps its point, because Sidekiq
/// 8 would read an integer as milliseconds.
#[test]
fn adds_replaces_and_removes_fields_in_place() {
    let kit = testkit::kit!();
    let mut job = Job::parse(br#"{"class":"A","x":1e2,"args":[]}"#).expect("a job");
    job.set_value("at", 1_795_454_181.0);
    job.set_value("class", "B");
    job.set_value("text", "é\u{1}\"");
    job.set_value("infinite", f64::INFINITY);
    job.set("args", &[1]).expect("it can be written as JSON");
    job.remove("x");
    job.remove("unknown");
    kit.assert_eq(
        "the other fields stay where they were",
        job.to_string(),
        r#"{"class":"B","args":[1],"at":1795454181.0,"text":"é\u0001\"","infinite":null}"#.to_owned(),
    );
}

/// Catches: a name that is changed, so that the job goes to another queue than that in its payload.
#[test]
fn returns_the_name_of_the_queue_as_it_is_written() {
    let kit = testkit::kit!();
    for name in ["Critical", " low ", "é:1", "queue:x"] {
        let payload = format!(r#"{{"class":"A","args":[],"queue":"{name}"}}"#);
        let job = Job::parse(payload.as_bytes()).expect("a job");
        kit.assert_eq("queue", job.queue(), name);
    }
}

/// Catches: a check of the first byte, which may be a space; an empty class that is rejected here,
/// although only a push rejects it.
#[test]
fn parses_payloads_of_other_clients() {
    let kit = testkit::kit!();
    for payload in [
        "\n\t { \"class\" : \"A\",\r\n \"args\" : [ ] }\n",
        r#"{"args":[],"class":""}"#,
    ] {
        let job = Job::parse(payload.as_bytes());
        kit.assert(&format!("{payload:?} is a job, got {job:?}"), job.is_ok());
    }
}

/// The error gives the reason. Catches: an array that is read as the fields of a job, and that has
/// none of them when it is written.
#[test]
fn rejects_malformed_payloads() {
    let kit = testkit::kit!();
    for payload in [
        &b"not json"[..],
        b"42",
        b"null",
        b"[1]",
        b"",
        b"{}",
        b"\xff\xfe",
        br#"{"class":"A"}"#,
        br#"{"args":[]}"#,
        br#"{"class":1,"args":[]}"#,
        br#"{"class":"A","args":{}}"#,
        br#"{"class":"A","args":null}"#,
        br#"{"class":"A","args":[]} x"#,
        // An array with the values of an object, in order.
        br#"["A",[]]"#,
    ] {
        let refused = Job::parse(payload);
        let sentence = format!("{:?} is not a job", String::from_utf8_lossy(payload));
        kit.assert(&sentence, matches!(refused, Err(Error::InvalidPayload(_))));
    }
}

fn ping(connections: &Connections, text: &str) -> Result<String, String> {
    let answer = connections.with_connection(|connection| redis::cmd("ECHO").arg(text).query(connection));
    answer.map_err(|error| error.to_string())
}

/// Redis restarted, or closed the connection because it was idle.
#[test]
fn replaces_an_idle_connection_that_was_closed() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let connections = Connections::new(&proxy.url()).expect("a URL of a Redis");
    kit.assert_eq("the first answer", ping(&connections, "a"), Ok("a".to_owned()));
    proxy.cut();
    kit.assert_eq(
        "the next command runs on a new connection",
        ping(&connections, "b"),
        Ok("b".to_owned()),
    );
}

/// The late reply to one command must not be taken for the reply to the next one.
#[test]
fn never_reuses_a_failed_connection() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let connections = Connections::new(&proxy.url()).expect("a URL of a Redis");
    kit.assert_eq("the first answer", ping(&connections, "a"), Ok("a".to_owned()));
    proxy.cut_after_request("ECHO");
    let _ = ping(&connections, "b");
    for text in ["c", "d"] {
        kit.assert_eq(
            "each command gets its own answer",
            ping(&connections, text),
            Ok(text.to_owned()),
        );
    }
}

/// Catches: a command that Redis has refused on one connection, and that is sent again on a new
/// one.
#[test]
fn does_not_repeat_a_refused_command() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let connections = Connections::new(&kit.url()).expect("a URL of a Redis");
    kit.assert_eq("the connection is used", ping(&connections, "a"), Ok("a".to_owned()));
    let refused: Result<usize, Error> =
        connections.with_connection(|connection| redis::cmd("RPUSH").arg(("queue:default", "x")).query(connection));
    kit.assert(
        "Redis refuses the command",
        matches!(refused, Err(Error::Refused { .. })),
    );
    let commands = kit.commands();
    let sent = commands.iter().filter(|command| command.starts_with("RPUSH")).count();
    kit.assert_eq("the command was sent once", sent, 1);
}

/// The debug output of a client goes into logs. It contains the address, and does not contain the
/// password.
#[test]
fn debug_output_hides_the_password() {
    let kit = testkit::kit!();
    let client = Client::connect("redis://me:s3cret@127.0.0.1:6390/0").expect("a URL of a Redis");
    let shown = format!("{client:?}");
    kit.assert(
        &format!("the address is shown, the password is not: {shown}"),
        shown.contains("127.0.0.1:6390") && !shown.contains("s3cret"),
    );
}

/// The `redis` crate accepts a password in several places, and any part of a malformed URL may
/// belong to one. Catches: an error that contains it.
#[test]
fn rejects_a_malformed_url() {
    let kit = testkit::kit!();
    for (url, shown) in [
        ("", "`…`"),
        ("localhost:6379", "`…`"),
        ("http://127.0.0.1:6379", "`…`"),
        ("s3cret@redis://127.0.0.1", "`…`"),
        ("redis://me:s3cret@127.0.0.1:port/0", "`…`"),
        ("redis://me:s3cret@127.0.0.1/zero", "`redis://…`"),
        ("redis://me:1/s3cret@127.0.0.1", "`redis://…`"),
        ("redis:s3cret", "`redis://…`"),
        ("rediss://:s3cret@127.0.0.1", "`rediss://…`"),
        ("unix:///run/redis.sock?db=zero&pass=s3cret", "`unix://…`"),
    ] {
        match Client::connect(url) {
            Err(error @ Error::InvalidUrl { .. }) => {
                let error = error.to_string();
                kit.assert(
                    &format!("at most the scheme is shown, as {shown}: {error}"),
                    error.contains(shown) && !error.contains("s3cret"),
                );
            }
            other => kit.fail(&format!("{url:?} is rejected with Error::InvalidUrl, got {other:?}")),
        }
    }
}

/// A script must be able to distinguish a wrong call (2) from a command that failed (1).
#[test]
fn enqueue_rejects_args_that_are_not_a_json_array() {
    refused(&["enqueue", "AnyWorker", "hits"], "hits");
    refused(&["enqueue", "AnyWorker", r#"["hits""#], "hits");
    refused(&["enqueue", "AnyWorker", r#"{"name":"hits"}"#], "array");
    refused(&["enqueue", "AnyWorker", "null"], "array");
    refused(&["enqueue", "AnyWorker", ""], "ARGS_JSON");
}

/// No worker could perform a job without a class.
#[test]
fn enqueue_rejects_an_empty_class() {
    refused(&["enqueue", "", "[]"], "CLASS");
}

/// The test kit reads this to check that it runs the right program.
#[test]
fn prints_its_name_and_version() {
    let kit = testkit::kit!();
    let output = kit.run(&["--version"]);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let named = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    kit.assert(
        &format!("--version names the program and its version: {stdout}"),
        stdout.starts_with(named),
    );
}

/// Tools that report an error print its sources as well. Catches: a message that contains the
/// reason, although `source()` returns the reason again.
#[test]
fn shows_the_reason_of_an_error_once() {
    let kit = testkit::kit!();
    let Err(error) = sidepunch::Connections::new("no address") else {
        kit.fail("this URL is rejected");
    };
    let chain: Vec<_> = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source())
        .map(ToString::to_string)
        .collect();
    let repeats = |text: &String| chain.iter().filter(|message| message.contains(text)).count() > 1;
    kit.assert(
        &format!("each message says something new, got {chain:?}"),
        !chain.iter().any(repeats),
    );
}

/// Catches: a variable that is not read, or that can only be found in the source.
#[test]
fn help_names_the_variables() {
    let kit = testkit::kit!();
    for (args, variable) in [(&["--help"][..], "REDIS_URL"), (&["web", "--help"], "COUNTERS_API")] {
        let output = kit.run(args);
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        kit.assert(
            &format!("{args:?} names {variable}: {help}"),
            help.contains(&format!("[env: {variable}")),
        );
    }
}

/// In JSON, a key is a string. Catches: arguments that serde cannot write, and that are replaced by
/// none.
#[test]
fn typed_arguments_that_json_cannot_express_are_rejected() {
    let kit = testkit::kit!();
    let args = || (BTreeMap::from([([1], 2)]),);
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    let refused = Unwritable::perform_bulk(&client, [args()]);
    kit.assert(
        &format!("the error is Error::Json, got {refused:?}"),
        matches!(refused, Err(Error::Json(_))),
    );
    let refused = Unwritable::perform_async(&client, args());
    kit.assert(
        &format!("also for one job, got {refused:?}"),
        matches!(refused, Err(Error::Json(_))),
    );
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
}
