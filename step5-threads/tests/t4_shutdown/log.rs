//! What a stop logs.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use testkit::{Kit, Program};

use crate::server::{add_in_flight, identity};

/// Runs the program, with or without a running job, lets the test break something, and stops the
/// program. Returns its warnings.
fn warnings(kit: &Kit, is_running: bool, break_something: impl FnOnce(&str)) -> Vec<String> {
    warnings_at(kit, &kit.url(), is_running, break_something)
}

/// Like [`warnings`], with another URL of Redis.
fn warnings_at(kit: &Kit, redis: &str, is_running: bool, break_something: impl FnOnce(&str)) -> Vec<String> {
    let (program, _call) = start(kit, redis, is_running);
    break_something(&identity(kit));
    program.terminate();
    let status = program.wait("the program ends");
    kit.assert_eq("it ends with exit code 0", status.code(), Some(0));
    kit.assert_eq(
        "Sidekiq's pages do not show the process any more",
        kit.query::<usize>(&["SCARD", "processes"]),
        0,
    );
    warnings_in(&program)
}

/// Starts the program, with or without a job that runs until its call of the API ends.
fn start(kit: &Kit, redis: &str, is_running: bool) -> (Program, Option<TcpStream>) {
    // An API that never replies, so that a job that calls it does not end.
    let api = TcpListener::bind("127.0.0.1:0").expect("a free port");
    api.set_nonblocking(true).expect("a socket");
    let url = format!("http://{}", api.local_addr().expect("an address"));
    let program = kit.start(&[
        "--redis", redis, "work", "-c", "1", "-t", "0.2", "--lease", "1", "--api", &url,
    ]);
    let call = is_running.then(|| {
        kit.lpush(
            "queue:default",
            &[br#"{"class":"UpdateCounterWorker","args":["hits","incr"]}"#],
        );
        kit.wait_for("the job begins", || api.accept().ok()).0
    });
    (program, call)
}

fn warnings_in(program: &Program) -> Vec<String> {
    let log = program.stderr();
    let warnings = log.lines().filter_map(|line| line.split_once("WARN"));
    warnings.map(|(_, message)| message.to_owned()).collect()
}

/// Like [`warnings`], with two more jobs in flight in the lists of two queues. One of the jobs
/// cannot be requeued: that of the first or of the second list, in the order of `SMEMBERS`, because
/// the list itself or its queue has another type.
fn warnings_about_a_list(kit: &Kit, is_running: bool, broken: usize, is_list: bool) -> Vec<String> {
    let mut good = String::new();
    let warnings = warnings(kit, is_running, |own| {
        for queue in ["a", "b"] {
            add_in_flight(kit, own, "9", queue, "a job");
        }
        let lists: Vec<String> = kit.query(&["SMEMBERS", &format!("sidepunch:lists:{own}")]);
        let prefix = format!("sidepunch:inflight:{own}:9:");
        let queues: Vec<&str> = lists.iter().filter_map(|list| list.strip_prefix(&prefix)).collect();
        let (broken, other) = (queues[broken], queues[1 - broken]);
        let key = if is_list {
            format!("{prefix}{broken}")
        } else {
            format!("queue:{broken}")
        };
        kit.command(&["SET", &key, "not a list"]);
        good = format!("queue:{other}");
    });
    kit.assert_eq("the job of the other queue is in it", kit.list(&good), vec!["a job"]);
    warnings
}

/// Returns true if the number 1 is a word of this message.
fn is_about_one_job(message: &str) -> bool {
    message.split(|c: char| !c.is_alphanumeric()).any(|word| word == "1")
}

/// The job that cannot be requeued stays in flight, and only the log says so. Catches: a shutdown
/// that forgets an error because it tries the other lists, or that does not try them; a warning
/// about no running job; a process that stays in `processes` after an error.
#[test]
fn logs_a_list_that_cannot_be_requeued() {
    for (broken, is_list) in [(0, false), (1, false), (0, true), (1, true)] {
        let kit = testkit::kit!();
        let warnings = warnings_about_a_list(&kit, false, broken, is_list);
        kit.assert(
            &format!("there is one warning, with the error of Redis, got {warnings:?}"),
            warnings.len() == 1 && warnings[0].contains("WRONGTYPE"),
        );
    }
}

/// Catches: an error that is returned before the running jobs are logged; a warning that counts all
/// jobs in flight, and not only those that were running.
#[test]
fn logs_the_running_jobs_although_a_list_cannot_be_requeued() {
    for is_list in [false, true] {
        let kit = testkit::kit!();
        let warnings = warnings_about_a_list(&kit, true, 0, is_list);
        kit.assert(
            &format!("there is a warning about 1 running job, then one with the error of Redis, got {warnings:?}"),
            warnings.len() == 2 && is_about_one_job(&warnings[0]) && warnings[1].contains("WRONGTYPE"),
        );
    }
}

/// Two lists cannot be requeued, for different reasons. Catches: the error of the list that was tried
/// last.
#[test]
fn logs_the_first_error() {
    for is_first_forbidden in [false, true] {
        let kit = testkit::kit!(own);
        kit.command(&["ACL", "SETUSER", "worker", "on", ">secret", "allkeys", "+@all"]);
        let url = kit.url().replace("redis://", "redis://worker:secret@");
        // While the job runs, nothing is added to the set, so its order stays the same.
        let warnings = warnings_at(&kit, &url, true, |own| {
            let prefix = format!("sidepunch:inflight:{own}:");
            for queue in ["a", "b"] {
                add_in_flight(&kit, own, "9", queue, "a job");
            }
            let lists: Vec<String> = kit.query(&["SMEMBERS", &format!("sidepunch:lists:{own}")]);
            let lists = lists
                .iter()
                .filter_map(|list| list.strip_prefix(&format!("{prefix}9:")));
            let mut queues: Vec<&str> = lists.collect();
            if is_first_forbidden {
                queues.reverse();
            }
            kit.command(&["SET", &format!("queue:{}", queues[0]), "not a list"]);
            // All keys but the list of the other queue.
            let allowed = [
                "~[^s]*".to_owned(),
                "~s[^i]*".to_owned(),
                "~sidepunch:[^i]*".to_owned(),
                format!("~{own}*"),
                format!("~{prefix}0*"),
                format!("~{prefix}9:{}", queues[0]),
            ];
            let allowed = allowed.iter().map(String::as_str);
            let command: Vec<&str> = ["ACL", "SETUSER", "worker", "resetkeys"]
                .into_iter()
                .chain(allowed)
                .collect();
            kit.command(&command);
        });
        let (first, is_right) = match (is_first_forbidden, warnings.get(1)) {
            (true, Some(warning)) => ("NOPERM", !warning.contains("WRONGTYPE")),
            (_, warning) => (
                "WRONGTYPE",
                warning.is_some_and(|warning| warning.contains("WRONGTYPE")),
            ),
        };
        kit.assert(
            &format!("the second of two warnings has the error of the first list, {first}, got {warnings:?}"),
            warnings.len() == 2 && is_right,
        );
    }
}

/// If Redis hangs, nothing has been requeued. Catches: a warning that says the opposite, because it
/// comes before the attempt.
#[test]
fn logs_only_running_jobs_that_it_could_requeue() {
    for hangs in [false, true] {
        let kit = testkit::kit!();
        let proxy = kit.proxy();
        let (program, _call) = start(&kit, &proxy.url(), true);
        add_in_flight(&kit, &identity(&kit), "9", "other", "a job");
        if hangs {
            proxy.freeze_after_request(":9:other");
        }
        program.terminate();
        let status = program.wait_in(Duration::from_secs(20), "the program ends");
        kit.assert_eq("it ends with exit code 0", status.code(), Some(0));
        kit.assert_eq("it has tried to requeue the jobs", proxy.fired(), hangs);
        let warnings = warnings_in(&program);
        kit.assert_eq(
            &format!("there is a warning about 1 running job only if it is requeued, got {warnings:?}"),
            warnings.iter().any(|message| is_about_one_job(message)),
            !hangs,
        );
    }
}

/// The set with the names of the lists is as it was, it is gone, so that the process holds no job
/// any more, or it cannot be read. Catches: no warning because there is nothing to requeue; names
/// that cannot be read, and that are taken for none.
#[test]
fn logs_running_jobs_unless_the_lists_cannot_be_read() {
    for change in ["", "DEL", "SET"] {
        let kit = testkit::kit!();
        let warnings = warnings(&kit, true, |own| {
            let names = format!("sidepunch:lists:{own}");
            match change {
                "DEL" => drop(kit.command(&["DEL", &names])),
                "SET" => drop(kit.command(&["SET", &names, "not a set"])),
                _ => {}
            }
        });
        let (sentence, is_right) = match change {
            "SET" => (
                "with the error of Redis",
                warnings.iter().all(|message| message.contains("WRONGTYPE")),
            ),
            _ => (
                "about 1 running job",
                warnings.iter().all(|message| is_about_one_job(message)),
            ),
        };
        kit.assert(
            &format!("there is one warning, {sentence}, got {warnings:?}"),
            warnings.len() == 1 && is_right,
        );
    }
}

/// Another program has added a name without a queue to the set of lists, and `queues` is of another
/// type. All jobs are requeued all the same. Catches: a warning that says that jobs are in flight.
#[test]
fn logs_no_error_if_all_jobs_are_requeued() {
    let kit = testkit::kit!();
    let warnings = warnings(&kit, false, |own| {
        add_in_flight(&kit, own, "9", "other", "a job");
        kit.command(&["SADD", &format!("sidepunch:lists:{own}"), "not a list of ours"]);
        kit.command(&["SET", "not a list of ours", "text"]);
        kit.command(&["DEL", "queues"]);
        kit.command(&["SET", "queues", "no set"]);
    });
    kit.assert_eq("the job is in its queue", kit.list("queue:other"), vec!["a job"]);
    kit.assert_eq("there is no warning", warnings, Vec::<String>::new());
}

/// The reply of Redis is lost, so the script is repeated, and finds no job. Catches: a push without
/// values, whose error is logged although all jobs were requeued.
#[test]
fn logs_no_error_if_the_requeue_is_repeated() {
    let kit = testkit::kit!();
    // Redis has to learn the scripts first.
    warnings(&kit, false, |own| add_in_flight(&kit, own, "9", "other", "first"));
    let proxy = kit.proxy();
    let warnings = warnings_at(&kit, &proxy.url(), false, |own| {
        add_in_flight(&kit, own, "9", "other", "a lost one");
        proxy.cut_after_request("a lost one");
    });
    kit.assert_eq(
        "both jobs are in their queue",
        kit.list("queue:other"),
        vec!["first", "a lost one"],
    );
    kit.assert_eq("there is no warning", warnings, Vec::<String>::new());
}
