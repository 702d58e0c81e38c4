//! One job, from the queue to its end.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use sidepunch::{BoxError, Client, Error, Job, Server, Worker};
use testkit::Kit;

use crate::support::{Report, config, process_all, push, report};

/// Enqueues the next smaller number, down to 0, with a client of its own.
struct Countdown(Client, Sender<u64>);

impl Worker for Countdown {
    const CLASS: &'static str = "CountdownWorker";
    type Args = (u64,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.1.send(number)?;
        if number > 0 {
            Countdown::perform_async(&self.0, (number - 1,))?;
        }
        Ok(())
    }
}

pub fn server(kit: &Kit) -> (Server, Receiver<u64>) {
    let (report, reported) = channel();
    let config = config(kit.url(), Duration::from_millis(20));
    (
        Server::new(config).expect("a URL of a Redis").register(Report(report)),
        reported,
    )
}

/// Catches: a job that is performed and stays in the queue; a job that is performed twice, or
/// fetched and dropped.
#[test]
fn fetches_and_performs_a_job() {
    let kit = testkit::kit!();
    let (server, reported) = server(&kit);
    push(&kit, &report(1));
    kit.assert_eq(
        "Ok(true) once, for the one job; then Ok(false)",
        process_all(&kit, server),
        1,
    );
    kit.assert_eq("its worker ran once", reported.try_iter().collect::<Vec<_>>(), [1]);
    kit.assert_eq("the queue is empty", kit.list("queue:default").len(), 0);
}

/// Other clients may push jobs without a jid. Catches: `unwrap`; a job that is dropped, because the
/// log line would have no jid.
#[test]
fn performs_a_job_without_a_jid() {
    let kit = testkit::kit!();
    let (server, reported) = server(&kit);
    for (number, jid) in (1..).zip(["", r#","jid":null"#, r#","jid":7"#, r#","jid":"""#]) {
        let job = format!(r#"{{"class":"ReportWorker","args":[{number}]{jid}}}"#);
        kit.lpush("queue:default", &[job.as_bytes()]);
    }
    kit.assert_eq("four jobs ran", process_all(&kit, server), 4);
    kit.assert_eq("in order", reported.try_iter().collect::<Vec<_>>(), [1, 2, 3, 4]);
}

/// Catches: last in, first out; jobs that are fetched together and reordered.
#[test]
fn performs_jobs_in_the_order_of_their_pushes() {
    let kit = testkit::kit!();
    let (server, reported) = server(&kit);
    for number in 1..=5 {
        push(&kit, &report(number));
    }
    kit.assert_eq("five jobs ran", process_all(&kit, server), 5);
    kit.assert_eq("in order", reported.try_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

/// Catches: a lock that is held while a job runs; one connection for the client and the blocking
/// pop.
#[test]
fn lets_a_worker_enqueue_more_jobs() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    Countdown::perform_async(&client, (3,)).expect("pushed");
    let (server, _told) = server(&kit);
    let (report, reported) = channel();
    kit.assert_eq(
        "four jobs ran",
        process_all(&kit, server.register(Countdown(client, report))),
        4,
    );
    kit.assert_eq(
        "each enqueued the next",
        reported.try_iter().collect::<Vec<_>>(),
        [3, 2, 1, 0],
    );
}

/// Catches: a panic; `Ok(false)` for "no Redis".
#[test]
fn process_one_returns_an_error_if_redis_is_unreachable() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let config = config(proxy.url(), Duration::from_millis(20));
    let mut server = Server::new(config).expect("a URL of a Redis");
    proxy.refuse();
    let error = kit.within(Duration::from_secs(10), "`process_one` returns an error", move || {
        server.process_one()
    });
    kit.assert(
        &format!("the error is Error::Unreachable, got {error:?}"),
        matches!(error, Err(Error::Unreachable { .. })),
    );
}
