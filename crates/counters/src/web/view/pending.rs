//! The pending changes of each counter: enqueued, but not yet made.

use std::collections::HashMap;

use lookout::{Job, Snapshot};

/// The class of the jobs that change a counter; their arguments are the counter's name and the
/// change.
const CLASS: &str = "UpdateCounterWorker";

/// Pending changes by the counter's name.
#[derive(Debug, Default)]
pub struct PendingChanges {
    changes: HashMap<String, usize>,
    /// Whether there are jobs that were not read.
    more: bool,
}

impl PendingChanges {
    /// Counts the jobs that wait, run, or wait for a retry, as far as they were read: of a long
    /// queue, only its ends.
    pub fn of(seen: &Snapshot) -> PendingChanges {
        let waiting = seen
            .queues
            .iter()
            .flat_map(|queue| queue.head.iter().chain(&queue.tail));
        let threads = seen.processes.iter().flat_map(|process| &process.threads);
        let failed = seen.retry.members.iter().map(|member| &member.job);
        let jobs = waiting.chain(threads.map(|thread| &thread.job)).chain(failed);
        let mut changes = HashMap::new();
        for name in jobs.filter_map(counter) {
            *changes.entry(name).or_default() += 1;
        }
        let more = seen.queues.iter().any(|queue| queue.between() > 0);
        PendingChanges { changes, more }
    }

    /// Returns the text for the counter `name`; none if it has no pending changes.
    pub fn words(&self, name: &str) -> Option<String> {
        let count = *self.changes.get(name)?;
        let more = if self.more { "at least " } else { "" };
        Some(if count == 1 {
            format!("{more}1 change on its way")
        } else {
            format!("{more}{count} changes on their way")
        })
    }
}

/// Returns the name of the counter that a job changes, if it changes one.
fn counter(job: &Job) -> Option<String> {
    if job.class != CLASS {
        return None;
    }
    // Arguments that were cut because of their length do not belong to such a job.
    let (name, _): (String, String) = serde_json::from_str(&format!("[{}]", job.args)).ok()?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use lookout::{Member, Process, Queue, Set, Thread};

    use super::*;

    fn job(args: &str) -> Job {
        Job::read(format!(r#"{{"class":"UpdateCounterWorker","args":{args}}}"#).as_bytes())
    }

    fn queue(jobs: Vec<Job>, length: u64) -> Queue {
        Queue {
            length,
            head: jobs,
            ..Queue::default()
        }
    }

    #[test]
    fn counts_a_change_wherever_it_is() {
        let thread = Thread {
            name: "0".into(),
            job: job(r#"["hits","decr"]"#),
            since: 0.0,
            held: 1,
        };
        let mut seen = Snapshot {
            queues: vec![queue(
                vec![job(r#"["hits","incr"]"#), job(r#"["a \"b\"","incr"]"#), job("[1]")],
                3,
            )],
            processes: vec![Process {
                threads: vec![thread],
                ..Process::default()
            }],
            retry: Set {
                count: 1,
                members: vec![Member {
                    job: job(r#"["hits","incr"]"#),
                    at: 0.0,
                }],
            },
            ..Snapshot::default()
        };
        let words = |seen: &Snapshot, name| PendingChanges::of(seen).words(name);
        assert_eq!(words(&seen, "hits").as_deref(), Some("3 changes on their way"));
        assert_eq!(words(&seen, "a \"b\"").as_deref(), Some("1 change on its way"));
        assert_eq!(words(&seen, "1"), None);
        seen.queues[0].length = 100;
        assert_eq!(words(&seen, "hits").as_deref(), Some("at least 3 changes on their way"));
    }
}
