//! Two servers that exchange their roles.

use redis::cmd;

/// Catches: a failover that closes connections, so that a test of it would pass without a mend; one
/// after which the old server takes writes; a new leader without the data of the old one.
#[test]
fn old_connections_stay_at_the_old_server() {
    let kit = testkit::kit!(own);
    let servers = kit.failover();
    let client = redis::Client::open(servers.url()).unwrap();
    let mut first = client.get_connection().unwrap();
    for round in 1..=2 {
        cmd("INCR").arg("a").exec(&mut first).unwrap();
        servers.fail_over();
        let refused = cmd("INCR").arg("a").exec(&mut first).unwrap_err();
        assert!(matches!(refused.code(), Some("READONLY" | "MASTERDOWN")), "{refused}");
        let mut next = client.get_connection().unwrap();
        cmd("SET").arg("b").arg(round).exec(&mut next).unwrap();
        assert_eq!(servers.query::<u64>(&["GET", "b"]), round);
        if servers.is_linked() {
            assert_eq!(servers.query::<u64>(&["GET", "a"]), round);
            servers.wait_for_replica();
            assert_eq!(cmd("GET").arg("b").query::<u64>(&mut first).unwrap(), round);
        }
        first = next;
    }
}

/// Catches: a number that counts all clients, or those of the replica.
#[test]
fn counts_the_clients_that_wait_at_the_leader() {
    let kit = testkit::kit!(own);
    let servers = kit.failover();
    assert_eq!(servers.blocked(), 0);
    let mut waits = redis::Client::open(servers.url()).unwrap().get_connection().unwrap();
    let waiting = kit.spawn(move || cmd("BRPOP").arg("q").arg(0).exec(&mut waits));
    kit.eventually("one waits", || servers.blocked() == 1);
    servers.fail_over();
    let refused = waiting.join("the wait ends with the failover").unwrap_err().to_string();
    assert!(refused.contains("UNBLOCKED"), "{refused}");
    assert_eq!(servers.blocked(), 0);
}
