//! A process, read from its heartbeat and its lease.

use std::collections::HashMap;

use redis::cmd;
use serde::Deserialize;

use crate::batch::{Batch, Query, Replies};
use crate::job::Job;

/// A process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Process {
    /// `hostname:pid:nonce`.
    pub identity: String,
    /// How many jobs it can perform at once; none if it has not reported this.
    pub concurrency: Option<u64>,
    /// Whether it is quiet: it fetches no new jobs.
    pub quiet: bool,
    /// The time of its last heartbeat; none if it sent none for a minute.
    pub beat: Option<f64>,
    /// When its lease ends, by Redis's clock. None if it has no lease, like Sidekiq's own
    /// processes.
    pub lease: Option<f64>,
    /// How long its lease still lasts in seconds, by Redis's clock; below 0 if it has expired.
    pub lease_remaining: Option<f64>,
    /// Its busy threads, sorted by their names.
    pub threads: Vec<Thread>,
}

/// A busy thread.
#[derive(Clone, Debug, PartialEq)]
pub struct Thread {
    /// Its name within the process.
    pub name: String,
    /// The job that it performs; of several jobs, the one that it fetched first.
    pub job: Job,
    /// When the job began, as the process reports it; otherwise when it was first seen.
    pub since: f64,
    /// How many jobs it holds, including this one.
    pub held: u64,
}

/// A thread's entry in `IDENTITY:work`.
#[derive(Deserialize)]
struct Work {
    payload: String,
    #[serde(default)]
    run_at: f64,
}

#[derive(Default, Deserialize)]
struct Info {
    concurrency: Option<u64>,
}

impl Process {
    /// Adds the commands for a process, and returns the function that reads their replies. `lease`
    /// is the end of its lease, and `now` is the time by Redis's clock.
    pub fn query(
        identity: String,
        lease: Option<f64>,
        now: f64,
        batch: &mut Batch,
    ) -> impl FnOnce(&mut Replies) -> Process + use<> {
        let fields: Query<Vec<Option<Vec<u8>>>> =
            batch.add(cmd("HMGET").arg((&identity, "info", "concurrency", "beat", "quiet")));
        let work: [Query<(u64, Vec<Entry>)>; 2] = WORK.map(|name| {
            let hash = format!("{identity}:{name}");
            batch.add(cmd("HSCAN").arg((hash, 0, "COUNT", SCAN_COUNT)))
        });
        move |replies| {
            let fields = replies.take(fields);
            let work = work.map(|entries| replies.take(entries).1).concat();
            Process::parse(identity, lease, now, &fields, &work)
        }
    }

    fn parse(identity: String, lease: Option<f64>, now: f64, fields: &[Option<Vec<u8>>], work: &[Entry]) -> Process {
        let field = |index: usize| fields.get(index)?.as_deref().map(text);
        let info: Info = serde_json::from_str(&field(0).unwrap_or_default()).unwrap_or_default();
        let work = work
            .iter()
            .filter_map(|(thread, work)| parse_work(text(thread), &text(work)));
        // Both hashes hold the same threads.
        let threads: HashMap<_, _> = work.map(|thread| (thread.name.clone(), thread)).collect();
        Process {
            identity,
            concurrency: info.concurrency.or(field(1).and_then(|number| number.parse().ok())),
            beat: field(2).and_then(|beat| beat.parse().ok()),
            quiet: field(3).as_deref() == Some("true"),
            lease,
            lease_remaining: lease.map(|lease| lease - now),
            threads: threads.into_values().collect(),
        }
    }

    /// Returns the process's id on its machine.
    pub fn pid(&self) -> Option<u32> {
        self.identity.split(':').nth(1)?.parse().ok()
    }

    /// Returns true if Redis holds anything of this process.
    pub fn is_known(&self) -> bool {
        self.beat.is_some() || self.lease.is_some() || !self.threads.is_empty()
    }
}

/// The hashes of a process's busy threads: of newer and of older versions of Sidekiq.
const WORK: [&str; 2] = ["work", "workers"];

/// The name of a thread and its work, which need not be text.
type Entry = (Vec<u8>, Vec<u8>);

/// About how many threads' entries one snapshot reads.
const SCAN_COUNT: usize = 64;

/// Returns the bytes as text; bytes that are not UTF-8 are replaced.
fn text(bytes: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(bytes.as_ref()).into_owned()
}

fn parse_work(name: String, text: &str) -> Option<Thread> {
    let work: Work = serde_json::from_str(text).ok()?;
    Some(Thread {
        name,
        job: Job::read(work.payload.as_bytes()),
        since: work.run_at,
        held: 1,
    })
}
