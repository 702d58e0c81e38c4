//! Task 1.3: a client whose Redis becomes a replica while its connections stay open.

use serde_json::Value;
use sidepunch::{Client, Job};
use testkit::Kit;

fn push(kit: &Kit, client: &Client, number: u64) {
    let job = Job::new("AnyWorker", &[number]).expect("a job");
    let pushed = client.push(job);
    kit.assert(
        &format!("job {number} is pushed at the first attempt, got {pushed:?}"),
        pushed.is_ok(),
    );
}

/// A managed Redis behind a name fails over like this. Catches: a connection that goes back to the
/// pool after `READONLY`, so that each push fails until the program is restarted; a push that is
/// not repeated although the replica has written nothing.
#[test]
fn pushes_to_the_new_leader_after_a_failover() {
    let kit = testkit::kit!(own);
    let servers = kit.failover();
    let client = Client::connect(&servers.url()).expect("a URL of a Redis");
    push(&kit, &client, 0);
    // The second time, the pool contains connections to both servers.
    for round in 1..=2 {
        servers.fail_over();
        servers.query::<()>(&["DEL", "queue:default"]);
        let numbers = (1..=6).map(|number| 10 * round + number);
        numbers.clone().for_each(|number| push(&kit, &client, number));
        let mut jobs: Vec<Vec<u8>> = servers.query(&["LRANGE", "queue:default", "0", "-1"]);
        jobs.reverse();
        let args = jobs
            .iter()
            .map(|job| serde_json::from_slice::<Value>(job).expect("JSON")["args"][0].as_u64());
        kit.assert_eq(
            "each job is in the queue of the new leader, once",
            args.flatten().collect::<Vec<_>>(),
            numbers.collect::<Vec<_>>(),
        );
    }
}
