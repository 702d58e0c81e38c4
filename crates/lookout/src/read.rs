//! Reads one snapshot in three round trips. The last one is a transaction, so it shows a single
//! moment.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use redis::{Connection, RedisResult, cmd};

use crate::batch::{Batch, Query, Replies};
use crate::in_flight::{self, InFlightList, MAX_LISTS};
use crate::job::Job;
use crate::process::{Process, Thread};
use crate::snapshot::{Member, Queue, Set, Snapshot};
use crate::time::now;
use crate::unreadable::Unreadable;

/// How many jobs are read at each end of a queue and of each set.
const JOBS_PER_END: isize = 8;

/// How many queues are read with their jobs; of the others only the length is read.
const MAX_QUEUES: usize = 20;

/// How many processes are read.
const MAX_PROCESSES: usize = 32;

/// The set of all queues, the set of the processes that send heartbeats, and the leases.
const QUEUES: &str = "queues";
const PROCESSES: &str = "processes";
const LEASES: &str = "sidepunch:leases";

/// The counters; and the sets, each with the command that reads its first members.
const COUNTERS: [&str; 2] = ["stat:processed", "stat:failed"];
const SETS: [(&str, &str); 3] = [("retry", "ZRANGE"), ("schedule", "ZRANGE"), ("dead", "ZREVRANGE")];

/// When each job was first seen on its thread: by the process with the thread, and the job's id. An
/// in-flight list does not say when its jobs began, but frequent snapshots show it.
pub type FirstSeen = HashMap<(String, String), f64>;

/// Reads a snapshot.
///
/// # Errors
/// If Redis cannot be reached or rejects a command.
pub fn snapshot(connection: &mut Connection, first_seen: &mut FirstSeen) -> RedisResult<Snapshot> {
    let targets = Targets::read(connection)?;
    // A transaction, because a job that moves in between would be seen twice, or not at all.
    let mut batch = Batch::atomic();
    let counters = COUNTERS.map(|counter| batch.add(cmd("GET").arg(counter)));
    let sets = SETS.map(|(key, range)| set(key, range, &mut batch));
    let queues = targets.queues.iter().enumerate();
    let queues: Vec<_> = queues
        .map(|(index, name)| queue(name, index < MAX_QUEUES, &mut batch))
        .collect();
    let lists: Vec<_> = targets.lists.into_iter().map(|list| held(list, &mut batch)).collect();
    let processes = targets.processes.into_iter();
    let processes: Vec<_> = processes
        .map(|(identity, lease)| Process::query(identity, lease, targets.time, &mut batch))
        .collect();

    let mut replies = batch.send(connection)?;
    let [processed, failed] = counters.map(|counter| replies.take(counter));
    let [retry, schedule, dead] = sets.map(|set| set(&mut replies));
    let queues = queues.into_iter().filter_map(|queue| queue(&mut replies)).collect();
    let held = lists.into_iter().map(|list| list(&mut replies)).collect();
    let held = by_process(held, first_seen);
    let processes = processes
        .into_iter()
        .map(|process| with_held(process(&mut replies), &held))
        .filter(Process::is_known)
        .collect();
    Ok(Snapshot {
        queues,
        processes,
        retry,
        schedule,
        dead,
        processed,
        failed,
        unreadable: [targets.unreadable, replies.unreadable()].concat(),
        ..Snapshot::default()
    })
}

/// The queues, processes and lists to read.
struct Targets {
    time: f64,
    queues: BTreeSet<Vec<u8>>,
    processes: BTreeMap<String, Option<f64>>,
    lists: Vec<InFlightList>,
    unreadable: Vec<Unreadable>,
}

impl Targets {
    fn read(connection: &mut Connection) -> RedisResult<Targets> {
        let mut batch = Batch::default();
        let time: Query<(f64, f64)> = batch.add(&cmd("TIME"));
        let queues = batch.add(cmd("SMEMBERS").arg(QUEUES));
        let reported: Query<(u64, Vec<Vec<u8>>)> = batch.add(cmd("SSCAN").arg((PROCESSES, 0, "COUNT", MAX_PROCESSES)));
        let leases: Query<Vec<(Vec<u8>, f64)>> = batch.add(cmd("ZRANGE").arg((LEASES, 0, MAX_PROCESSES, "WITHSCORES")));
        let mut replies = batch.send(connection)?;
        let (seconds, micros) = replies.take(time);
        let queues = replies.take(queues);
        let (_, reported) = replies.take(reported);
        let leases = replies.take(leases);
        let mut processes: BTreeMap<_, _> = replies.texts(reported.into_iter().map(|identity| (identity, None)));
        let leases: BTreeMap<_, _> = replies.texts(leases.into_iter().map(|(identity, end)| (identity, Some(end))));
        processes.extend(leases);
        let processes: BTreeMap<_, _> = processes.into_iter().take(MAX_PROCESSES).collect();
        let (lists, odd) = lists(processes.keys(), connection)?;
        Ok(Targets {
            time: seconds + micros / 1e6,
            queues,
            processes,
            lists,
            unreadable: [replies.unreadable(), odd].concat(),
        })
    }
}

/// Returns the in-flight lists of these processes, sorted, so that the lists of a process follow
/// each other; and the keys that could not be read.
fn lists<'a>(
    processes: impl Iterator<Item = &'a String>,
    connection: &mut Connection,
) -> RedisResult<(Vec<InFlightList>, Vec<Unreadable>)> {
    let mut batch = Batch::default();
    let mut indexes = Vec::new();
    for identity in processes {
        let index = in_flight::index(identity);
        let keys: Query<(u64, BTreeSet<Vec<u8>>)> = batch.add(cmd("SSCAN").arg((index, 0, "COUNT", MAX_LISTS)));
        indexes.push((identity, keys));
    }
    if indexes.is_empty() {
        return Ok(Default::default());
    }
    let mut replies = batch.send(connection)?;
    let mut lists = Vec::new();
    for (identity, index) in indexes {
        let (_, keys) = replies.take(index);
        lists.extend(keys.into_iter().filter_map(|key| InFlightList::of(identity, key)));
    }
    lists.truncate(MAX_LISTS);
    Ok((lists, replies.unreadable()))
}

fn jobs(payloads: &[Vec<u8>]) -> Vec<Job> {
    payloads.iter().map(|payload| Job::read(payload)).collect()
}

/// Queries a set; `range` is the command that reads its first members.
fn set(key: &str, range: &str, batch: &mut Batch) -> impl FnOnce(&mut Replies) -> Set + use<> {
    let count = batch.add(cmd("ZCARD").arg(key));
    let members: Query<Vec<(Vec<u8>, f64)>> = batch.add(cmd(range).arg((key, 0, JOBS_PER_END - 1, "WITHSCORES")));
    let member = |(payload, at): (Vec<u8>, f64)| Member {
        job: Job::read(&payload),
        at,
    };
    move |replies| Set {
        count: replies.take(count),
        members: replies.take(members).into_iter().map(member).collect(),
    }
}

/// Queries a queue; the result is `None` if its key is not a list.
fn queue(name: &[u8], with_jobs: bool, batch: &mut Batch) -> impl FnOnce(&mut Replies) -> Option<Queue> + use<> {
    let key = [b"queue:", name].concat();
    let name = String::from_utf8_lossy(name).into_owned();
    let length: Query<Option<u64>> = batch.add(cmd("LLEN").arg(&key));
    let ends = with_jobs.then(|| {
        [(0, JOBS_PER_END - 1), (-JOBS_PER_END, -1)].map(|range| batch.add(cmd("LRANGE").arg(&key).arg(range)))
    });
    move |replies| {
        let length = replies.take(length);
        let [newest, oldest]: [Vec<Vec<u8>>; 2] =
            ends.map_or_else(Default::default, |ends| ends.map(|end| replies.take(end)));
        let shown = length.and_then(|length| length.try_into().ok()).unwrap_or(usize::MAX);
        // In a short queue the two ends overlap.
        let twice = (newest.len() + oldest.len()).saturating_sub(shown);
        Some(Queue {
            name,
            length: length?,
            head: jobs(&newest),
            tail: jobs(&oldest[twice.min(oldest.len())..]),
        })
    }
}

/// Queries an in-flight list; the result is its process, and its thread if it is not empty.
fn held(list: InFlightList, batch: &mut Batch) -> impl FnOnce(&mut Replies) -> (String, Option<Thread>) + use<> {
    let count = batch.add(cmd("LLEN").arg(&list.key));
    // The last job is the one that runs.
    let job: Query<Option<Vec<u8>>> = batch.add(cmd("LINDEX").arg((&list.key, -1)));
    move |replies| {
        let (held, job) = (replies.take(count), replies.take(job));
        let thread = job.map(|job| Thread {
            name: list.thread,
            job: Job::read(&job),
            since: 0.0,
            held,
        });
        (list.identity, thread)
    }
}

/// Returns the threads of each process, by its identity: a processor's lists together are one
/// thread. Each thread's job began when it was first seen.
fn by_process(lists: Vec<(String, Option<Thread>)>, first_seen: &mut FirstSeen) -> BTreeMap<String, Vec<Thread>> {
    let mut held = BTreeMap::<String, Vec<Thread>>::new();
    for (identity, list) in lists {
        let threads = held.entry(identity).or_default();
        let Some(list) = list else { continue };
        match threads.iter_mut().find(|thread| thread.name == list.name) {
            Some(thread) => thread.held += list.held,
            None => threads.push(list),
        }
    }
    let (mut seen, now) = (FirstSeen::new(), now());
    for (identity, threads) in &mut held {
        for thread in threads {
            let place = (format!("{identity}:{}", thread.name), thread.job.id());
            thread.since = first_seen.get(&place).copied().unwrap_or(now);
            seen.insert(place, thread.since);
        }
    }
    *first_seen = seen;
    held
}

/// Replaces the threads that a process has reported by those of its in-flight lists, if it has any:
/// the lists are current, but the report is from the last heartbeat.
fn with_held(mut process: Process, held: &BTreeMap<String, Vec<Thread>>) -> Process {
    if let Some(held) = held.get(&process.identity) {
        let reported = std::mem::replace(&mut process.threads, held.clone());
        for thread in &mut process.threads {
            let same = reported
                .iter()
                .find(|same| same.name == thread.name && same.job == thread.job);
            thread.since = same.map_or(thread.since, |same| same.since.min(thread.since));
        }
    } else if process.lease.is_some() {
        process.threads.clear();
    }
    let number = |thread: &Thread| (thread.name.parse::<u64>().ok(), thread.name.clone());
    process.threads.sort_by_cached_key(number);
    process
}
