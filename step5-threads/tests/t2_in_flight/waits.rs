//! How an idle process waits for jobs, and how a stop ends that.

use std::time::Duration;

use sidepunch::Config;
use testkit::Kit;

use crate::server::{in_flight, job, keys_with, push, sent, server, start};
use crate::support::{RunningServer, order};

/// Returns settings for one processor, whose waits take this long. Its lease lasts for at least
/// twice as long, and the other services are silent.
fn waiting(redis: String, block: Duration) -> Config {
    Config {
        redis,
        concurrency: 1,
        batch: 1,
        lease: Duration::from_secs(120),
        block,
        heartbeat: Duration::from_secs(3_600),
        poll: Duration::from_secs(3_600),
        ..Config::default()
    }
}

fn waits(kit: &Kit) -> Vec<String> {
    let commands = kit.commands().into_iter();
    commands.filter(|command| command.starts_with("BLMOVE")).collect()
}

/// A hundred idle processes must cost Redis little. Catches: a wait that takes a lease which is
/// held already, or that enters its list again; a look for crashed processes beside each wait; a
/// wait that is given up before its reply arrives, so that it begins again on a new connection.
#[test]
fn sends_nothing_but_waits_while_it_is_idle() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    // The reply to a wait arrives later than Redis was asked to wait.
    proxy.delay(Duration::from_millis(20));
    let running = start(&kit, waiting(proxy.url(), Duration::from_millis(50)));
    kit.eventually("it waits again and again", || waits(&kit).len() > 30);
    let commands = kit.commands();
    // The first waits take a lease, until it has been renewed for the first time.
    let tenth = (0..commands.len())
        .filter(|&place| commands[place].starts_with("BLMOVE"))
        .nth(9);
    let idle = &commands[tenth.unwrap_or(0)..];
    let of_waits = ["BLMOVE", "HLEN", "SISMEMBER"];
    let others = idle
        .iter()
        .filter(|command| !of_waits.iter().any(|name| command.starts_with(name)));
    let sidepunch: Vec<_> = others.filter(|command| command.contains("sidepunch:")).collect();
    kit.assert_eq("it sends nothing else", sidepunch, Vec::<&String>::new());
    running.stop();
}

/// A deploy must not wait for each wait. Catches: a stop that waits until a wait has ended by
/// itself.
#[test]
fn a_stop_ends_a_wait() {
    let kit = testkit::kit!();
    // Longer than the test has time.
    let running = start(&kit, waiting(kit.url(), Duration::from_secs(60)));
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    running.stop();
    kit.assert_eq(
        "nothing of it is left",
        keys_with(&kit, "sidepunch:"),
        Vec::<String>::new(),
    );
}

/// Each queue has its own wait. Catches: a stop that ends only one of them.
#[test]
fn a_stop_ends_the_waits_of_all_queues() {
    let kit = testkit::kit!();
    let config = Config {
        queues: order(&["first", "second", "third"]),
        ..waiting(kit.url(), Duration::from_secs(60))
    };
    let running = start(&kit, config);
    kit.eventually("it waits for the jobs of three queues", || kit.blocked() == 3);
    running.stop();
}

/// Redis may have lost its data during an outage. Catches: a waiter that prepares only the list of
/// the wait that failed, and waits for the others with lists that recovery does not know.
#[test]
fn after_a_failure_a_waiter_prepares_the_lists_of_all_processors() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let config = Config {
        concurrency: 3,
        reconnect: Duration::from_millis(50),
        ..waiting(proxy.url(), Duration::from_millis(50))
    };
    let running = start(&kit, config);
    kit.eventually("it has waited for each processor", || waits(&kit).len() > 9);
    proxy.refuse();
    proxy.cut();
    let (before, prepared) = (waits(&kit).len(), sent(&kit, "Prepares a wait"));
    proxy.accept();
    kit.eventually("it has waited for each processor again", || {
        waits(&kit).len() > before + 6
    });
    let prepared = sent(&kit, "Prepares a wait") - prepared;
    kit.assert(
        &format!("it has prepared a list for each of the three, got {prepared}"),
        prepared >= 3,
    );
    running.stop();
}

/// A deploy quiets its processes minutes before it stops them. Catches: a waiter that tries only
/// once to return the job of its last wait, so that the job stays in flight until the stop.
#[test]
fn a_quiet_process_returns_the_job_of_its_last_wait() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let config = Config {
        reconnect: Duration::from_millis(50),
        ..waiting(proxy.url(), Duration::from_secs(60))
    };
    let server = server(config);
    let stop = server.stop();
    let running = RunningServer::start(&kit, server);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    proxy.hold_replies();
    push(&kit, "default", [job(1, &[])]);
    kit.eventually("the wait moves the job", || kit.list("queue:default").is_empty());
    stop.quiet();
    kit.command(&["SET", "queue:default", "no list"]);
    let before = sent(&kit, "Prepares a wait");
    proxy.release_replies();
    kit.eventually("it tries again and again to return the job", || {
        sent(&kit, "Prepares a wait") >= before + 4
    });
    kit.command(&["DEL", "queue:default"]);
    kit.eventually("the job is in its queue", || kit.list("queue:default") == [job(1, &[])]);
    kit.eventually("and not in flight any more", || in_flight(&kit).is_empty());
    running.stop();
}

/// Some users of Redis may not end a wait. Catches: a wait that then takes as long as any other.
#[test]
fn a_wait_that_no_stop_can_end_is_short() {
    let kit = testkit::kit!(own);
    kit.command(&[
        "ACL",
        "SETUSER",
        "modest",
        "reset",
        "on",
        ">secret",
        "~*",
        "+@all",
        "-@dangerous",
    ]);
    let url = kit.url().replace("redis://", "redis://modest:secret@");
    let running = start(&kit, waiting(url, Duration::from_secs(60)));
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    kit.assert("it waits for half a second", waits(&kit)[0].ends_with("\"0.5\""));
    running.stop();
}
