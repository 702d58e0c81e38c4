//! Task 2.3: one job, from the queue to its end, whatever it is.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::json;
use step5_threads::{BoxError, Client, Config, Error, Job, Server, Worker};
use testkit::Kit;

/// Tells its argument.
struct Tell(Sender<u64>);

impl Worker for Tell {
    const CLASS: &'static str = "TellWorker";
    type Args = (u64,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(self.0.send(number)?)
    }
}

/// Enqueues the next smaller number, down to 0: a worker may keep a client.
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

fn server(kit: &Kit) -> (Server, Receiver<u64>) {
    let (tell, told) = channel();
    let config = Config {
        redis: kit.url(),
        block: Duration::from_millis(20),
        ..Config::default()
    };
    (
        Server::new(config).expect("a URL of a Redis").register(Tell(tell)),
        told,
    )
}

/// Processes until nothing comes within the block time; how many jobs ran.
fn process_all(kit: &Kit, mut server: Server) -> usize {
    let jobs = kit.within(
        Duration::from_secs(10),
        "`process_one` returns Ok(true) for each job, then Ok(false)",
        move || {
            let mut jobs = 0;
            while server.process_one()? {
                jobs += 1;
            }
            Ok::<usize, Error>(jobs)
        },
    );
    jobs.unwrap_or_else(|error| kit.fail(&format!("Redis is there, and `process_one` returned an error: {error}")))
}

fn tell(number: u64) -> String {
    json!({"class": "TellWorker", "args": [number], "jid": "b4a577edbccf1d805744efa9"}).to_string()
}

/// Kills: a job that is performed and kept, performed twice, or fetched and dropped.
#[test]
fn a_job_is_fetched_and_performed() {
    let kit = testkit::kit!();
    let (server, told) = server(&kit);
    kit.lpush("queue:default", &[tell(1).as_bytes()]);
    kit.assert_eq(
        "Ok(true) once, for the one job; then Ok(false)",
        process_all(&kit, server),
        1,
    );
    kit.assert_eq("its worker ran once", told.try_iter().collect::<Vec<_>>(), [1]);
    kit.assert_eq("the queue is empty", kit.list("queue:default").len(), 0);
}

/// Kills: last in, first out; a batch that is reordered.
#[test]
fn jobs_are_performed_in_the_order_in_which_they_were_pushed() {
    let kit = testkit::kit!();
    let (server, told) = server(&kit);
    for number in 1..=5 {
        kit.lpush("queue:default", &[tell(number).as_bytes()]);
    }
    kit.assert_eq("five jobs ran", process_all(&kit, server), 5);
    kit.assert_eq("in order", told.try_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

/// Kills: a lock that is held while a job runs, a connection shared by the client and the blocking pop.
#[test]
fn a_worker_may_enqueue_further_jobs() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    Countdown::perform_async(&client, (3,)).expect("pushed");
    let (server, _told) = server(&kit);
    let (tell, told) = channel();
    kit.assert_eq(
        "four jobs ran",
        process_all(&kit, server.register(Countdown(client, tell))),
        4,
    );
    kit.assert_eq(
        "each enqueued the next",
        told.try_iter().collect::<Vec<_>>(),
        [3, 2, 1, 0],
    );
}

/// Kills: a panic, or Ok(false) for "no Redis".
#[test]
fn an_unreachable_redis_is_an_error() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let config = Config {
        redis: proxy.url(),
        block: Duration::from_millis(20),
        ..Config::default()
    };
    let mut server = Server::new(config).expect("a URL of a Redis");
    proxy.refuse();
    let error = kit.within(Duration::from_secs(10), "`process_one` returns an error", move || {
        server.process_one()
    });
    kit.assert(
        &format!("it is Error::Unreachable, got {error:?}"),
        matches!(error, Err(Error::Unreachable { .. })),
    );
}
