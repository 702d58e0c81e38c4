//! Due jobs of a Redis that becomes a replica while the connections to it stay open.

use serde_json::json;

use super::common::{NOW, sets};

/// The old server shows the due jobs of the new leader, because it is a replica, and refuses to
/// move them. Catches: a connection that is kept because the pipeline as a whole succeeded, so that
/// no due job is moved until the process is restarted.
#[test]
fn moves_the_due_jobs_of_the_new_leader() {
    let kit = testkit::kit!(own);
    let servers = kit.failover();
    let sets = sets(&servers.url());
    kit.assert("the connection is used", matches!(sets.enqueue_due(NOW), Ok(0)));
    for round in 1..=2 {
        servers.fail_over();
        let mut pushed = Vec::new();
        for set in ["retry", "schedule"] {
            // A malformed member is moved to `dead`.
            let malformed = format!("malformed {round}");
            let job = json!({"class": "A", "args": [round, set]}).to_string();
            servers.query::<()>(&["ZADD", set, "1", &job, "2", &malformed]);
            pushed.push(job);
        }
        servers.wait_for_replica();
        // An outage is reported once, and then the jobs are moved.
        let mut moved = Vec::new();
        kit.eventually("the due jobs are moved", || {
            moved.push(format!("{:?}", sets.enqueue_due(NOW)));
            servers.query::<usize>(&["LLEN", "queue:default"]) == 2 || moved.len() > 3
        });
        kit.assert(
            &format!("at the second attempt at the latest, got {moved:?}"),
            moved.len() <= 2,
        );
        kit.assert_eq(
            "both sets are empty",
            ["retry", "schedule"].map(|set| servers.query::<usize>(&["ZCARD", set])),
            [0, 0],
        );
        servers.query::<()>(&["DEL", "queue:default"]);
    }
}
