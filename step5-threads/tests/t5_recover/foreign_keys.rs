//! A Redis with a million keys of other programs.

use super::common::{job, process, run};
use crate::server::card;

/// Commands that take the longer, the more keys there are.
const SEARCHES: [&str; 3] = ["keys", "scan", "randomkey"];

/// An index names the lists of each process. Catches: a recovery or a stop that searches the whole
/// database for them, so that it takes seconds on a large one.
#[test]
fn recovers_and_stops_without_a_search_of_all_keys() {
    let kit = testkit::kit!(own);
    // 2,000 keys for each command, and short names, because the kit records each command.
    let fill = "
        for from = ARGV[1], ARGV[1] + 99999, 2000 do
            local entries = {}
            for i = from, from + 1999 do
                entries[#entries + 1] = i
                entries[#entries + 1] = ''
            end
            redis.call('MSET', unpack(entries))
        end";
    // Ten scripts, because a reply must not take long on a busy machine either.
    for from in (0..1_000_000).step_by(100_000) {
        kit.command(&["EVAL", fill, "0", &from.to_string()]);
    }
    process(&kit, "gone:1:abc", -1.0, "other", &[job(1), job(2)]);
    kit.command(&["CONFIG", "RESETSTAT"]);
    let running = run(&kit, &["default"]);
    kit.eventually("the jobs of a crashed process are in their queue", || {
        kit.list("queue:other") == vec![job(2), job(1)]
    });
    kit.eventually("it is forgotten", || card(&kit, "sidepunch:leases") == 1);
    kit.eventually("the server waits for jobs", || kit.blocked() > 0);
    running.stop();
    let info: String = kit.query(&["INFO", "commandstats"]);
    let calls = info.lines().filter_map(|line| line.strip_prefix("cmdstat_"));
    let searches: Vec<&str> = calls
        .filter(|call| call.split(':').next().is_some_and(|name| SEARCHES.contains(&name)))
        .collect();
    kit.assert_eq("Redis was not asked to search its keys", searches, Vec::<&str>::new());
}
