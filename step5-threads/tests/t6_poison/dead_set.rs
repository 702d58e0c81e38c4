//! A job that crashes its processes again and again is given up.

use std::time::Duration;

use serde_json::{Value, json};

use crate::server::{begins, card, keys_with};
use crate::t5_recover::common::{job, process, run};

/// A job that kills its process would kill all, one after the other. Kills: counting by process or by jid in the payload, a
/// third time that is a fourth, a job that is lost since it wants no grave or is no job, a count that outlives the job.
#[test]
fn moves_a_poison_pill_to_the_dead_set_at_the_third_crash() {
    let kit = testkit::kit!();
    let pill = job(1);
    let modest = r#"{"class":"ScriptedWorker","args":[2,[]],"dead":false}"#.to_owned();
    let (innocent, no_job) = (job(3), "no job".to_owned());
    for (job, deaths) in [(&pill, "2"), (&modest, "2"), (&no_job, "2"), (&innocent, "1")] {
        kit.command(&["HSET", "sidepunch:crashes", job, deaths]);
    }
    process(&kit, "gone:1:abc", -1.0, "default", &[pill, modest, no_job, innocent]);
    let running = run(&kit, &["default"]);
    kit.assert_eq(
        "the one that has seen two deaths is performed again",
        begins(&kit, &running.begun),
        3,
    );
    kit.eventually("the dead process is forgotten", || keys_with(&kit, "gone:").is_empty());
    let mut dead: Vec<String> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    kit.assert(
        "what is no job is in `dead` as it was",
        dead.iter().any(|grave| grave == "no job"),
    );
    dead.retain(|grave| grave != "no job");
    kit.assert_eq("of the others one is, the other wanted no grave", dead.len(), 1);
    let grave: Value = serde_json::from_str(&dead[0]).unwrap_or_default();
    kit.assert_eq("it is the first", grave["args"].clone(), json!([1, []]));
    let told = ["error_class", "error_message"]
        .iter()
        .all(|key| grave[*key].as_str().is_some_and(|text| !text.is_empty()));
    kit.assert(&format!("error_class and error_message say why: {grave}"), told);
    kit.assert("no other was performed", running.begun.try_recv().is_err());
    kit.eventually("what was counted is forgotten", || {
        kit.query::<usize>(&["HLEN", "sidepunch:crashes"]) == 0
    });
    running.stop();
}

/// Kills: equal payloads of which the first is given up, and the second begins to count anew.
#[test]
fn moves_equal_poison_pills_to_the_dead_set_together() {
    let kit = testkit::kit!();
    process(&kit, "gone:1:abc", -1.0, "other", &[job(1), job(1)]);
    kit.command(&["HSET", "sidepunch:crashes", &job(1), "2"]);
    let running = run(&kit, &["default"]);
    kit.eventually("nothing of the dead process is left", || {
        keys_with(&kit, "gone:1:abc").is_empty()
    });
    kit.assert_eq("neither is in its queue", kit.list("queue:other"), Vec::<String>::new());
    kit.assert("both are in `dead`", card(&kit, "dead") > 0);
    kit.assert(
        "neither is counted any more",
        !kit.keys().contains(&"sidepunch:crashes".to_owned()),
    );
    running.stop();
}

/// Catches: a log that counts the job that is given up among the recovered ones, or does not name it.
#[test]
fn logs_a_poison_pill_beside_the_jobs_that_were_recovered() {
    let kit = testkit::kit!();
    process(
        &kit,
        "crashed-host:17:0123456789ab",
        -1.0,
        "default",
        &[job(1), job(2), job(3)],
    );
    kit.command(&["HSET", "sidepunch:crashes", &job(2), "2"]);
    let program = kit.start(&["work", "-q", "other"]);
    kit.eventually_in(Duration::from_secs(20), "the process is forgotten", || {
        keys_with(&kit, "crashed-host").is_empty()
    });
    // The log goes another way than the jobs, and may come later.
    let given_up = format!("{:024x}", 2);
    kit.eventually("the log names the crashed process and the job that is given up", || {
        let log = program.stderr();
        log.contains("crashed-host") && log.contains(&given_up)
    });
    let log = program.stderr();
    let told = |text: &str| log.lines().filter(|line| line.contains(text)).collect::<Vec<_>>();
    let crashed = told("crashed-host");
    kit.assert_eq("one line tells of the process that is dead", crashed.len(), 1);
    let counts = crashed[0].split(|c: char| !c.is_alphanumeric()).any(|word| word == "2");
    kit.assert(
        &format!("it says how many jobs go back, which is 2: {}", crashed[0]),
        counts,
    );
    let given_up = told(&given_up);
    kit.assert_eq("one line tells of the job that is given up", given_up.len(), 1);
}

/// Catches: a removal before it is known that `dead` can take the job; one poison pill that blocks all other recoveries.
#[test]
fn keeps_a_poison_pill_that_cannot_be_stored() {
    let kit = testkit::kit!();
    let running = run(&kit, &["default"]);
    kit.command(&["SET", "dead", "no sorted set"]);
    kit.command(&["HSET", "sidepunch:crashes", &job(3), "2"]);
    process(&kit, "gone:3:abc", -1.0, "default", &[job(3)]);
    process(&kit, "gone:4:abc", -1.0, "default", &[job(4)]);
    kit.assert_eq(
        "one that is not to be buried is performed",
        begins(&kit, &running.begun),
        4,
    );
    kit.eventually("it looks several times for what cannot be buried", || {
        let commands = kit.commands();
        commands
            .iter()
            .filter(|command| command.contains("sidepunch:inflight:gone:3:abc:0:default"))
            .count()
            > 6
    });
    kit.command(&["DEL", "dead"]);
    kit.eventually("once it can be, it is in `dead`", || card(&kit, "dead") == 1);
    running.stop();
}
