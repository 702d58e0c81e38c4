//! A process that works, as its own signs of life tell.

use std::collections::HashMap;

use redis::RedisResult;
use serde::Deserialize;

use crate::Job;
use crate::reply::Replies;

/// One process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Process {
    /// `hostname:pid:nonce`.
    pub identity: String,
    /// How many jobs it can perform at once; none if it does not say.
    pub concurrency: Option<u64>,
    /// The queues that it takes jobs from.
    pub queues: Vec<String>,
    /// Whether it takes no new jobs.
    pub quiet: bool,
    /// When it spoke last; none if it has been silent for a minute.
    pub beat: Option<f64>,
    /// When its lease ends, by Redis's clock; none if it holds none, as Sidekiq's own processes.
    pub lease: Option<f64>,
    /// How long the lease still is in seconds, by Redis's clock; below 0 when it has run out.
    pub left: Option<f64>,
    /// What its threads are at, sorted by their names. Idle ones are not in it.
    pub threads: Vec<Thread>,
}

/// A thread with work.
#[derive(Clone, Debug, PartialEq)]
pub struct Thread {
    /// Its name within the process.
    pub name: String,
    /// Where the job came from.
    pub queue: String,
    /// The job that it performs, as far as can be told: the one that it claimed first.
    pub job: Job,
    /// Since when, as it says, or else as was seen.
    pub since: f64,
    /// How many jobs it holds, this one included.
    pub held: u64,
}

/// What `IDENTITY:work` says of a thread.
#[derive(Deserialize)]
struct Work {
    #[serde(default)]
    queue: String,
    payload: String,
    #[serde(default)]
    run_at: f64,
}

#[derive(Default, Deserialize)]
struct Info {
    concurrency: Option<u64>,
    #[serde(default)]
    queues: Vec<String>,
}

impl Process {
    /// Asks what [`Process::take`] reads.
    pub fn ask(identity: &str, pipe: &mut redis::Pipeline) {
        pipe.cmd("HMGET")
            .arg((identity, "info", "concurrency", "beat", "quiet"));
        for name in ["work", "workers"] {
            pipe.cmd("HSCAN").arg((format!("{identity}:{name}"), 0, "COUNT", STEP));
        }
    }

    /// Reads the answers.
    ///
    /// # Errors
    /// If they are of other types than asked for.
    pub fn take(identity: String, lease: Option<f64>, now: f64, replies: &mut Replies) -> RedisResult<Process> {
        let fields: Vec<Option<String>> = replies.take()?;
        let field = |index: usize| fields.get(index).cloned().flatten();
        let info: Info = serde_json::from_str(&field(0).unwrap_or_default()).unwrap_or_default();
        let mut threads = HashMap::new();
        for _ in 0..2 {
            let (_, work): (u64, Vec<(String, String)>) = replies.take()?;
            threads.extend(
                work.into_iter()
                    .filter_map(|(name, text)| Some((name.clone(), told(name, &text)?))),
            );
        }
        Ok(Process {
            identity,
            concurrency: info.concurrency.or(field(1).and_then(|number| number.parse().ok())),
            queues: info.queues,
            beat: field(2).and_then(|beat| beat.parse().ok()),
            quiet: field(3).as_deref() == Some("true"),
            lease,
            left: lease.map(|lease| lease - now),
            threads: threads.into_values().collect(),
        })
    }

    /// The process's number on its machine.
    pub fn pid(&self) -> Option<u32> {
        self.identity.split(':').nth(1)?.parse().ok()
    }

    /// Whether there is any sign of it.
    pub fn is_there(&self) -> bool {
        self.beat.is_some() || self.lease.is_some() || !self.threads.is_empty()
    }
}

/// How many threads' work one look asks for, more or less.
const STEP: usize = 64;

fn told(name: String, text: &str) -> Option<Thread> {
    let work: Work = serde_json::from_str(text).ok()?;
    Some(Thread {
        name,
        queue: work.queue,
        job: Job::read(work.payload.as_bytes()),
        since: work.run_at,
        held: 1,
    })
}
