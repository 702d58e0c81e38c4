//! Reads one snapshot in three round trips. The last one is a transaction, so it shows a single
//! moment.

use std::collections::{BTreeMap, BTreeSet};

use redis::{Connection, Pipeline, RedisResult};

use crate::in_flight::{self, InFlightList, MAX_LISTS};
use crate::reply::Replies;
use crate::time::FirstSeen;
use crate::{Job, Member, Process, Queue, Set, Snapshot, Thread, Unreadable, now};

/// How many jobs are read at each end of a queue and of each set.
const JOBS_PER_END: isize = 8;

/// How many queues are read with their jobs; of the others only the length is read.
const MAX_QUEUES: usize = 20;

/// How many processes are read.
const MAX_PROCESSES: usize = 32;

/// How many jobs of an in-flight list are read: only the last, which is the one that runs.
/// Sidepunch holds up to 64 in a list.
const JOBS_PER_LIST: isize = 1;

/// The set of all queues, the set of the processes that send heartbeats, and the leases.
const QUEUES: &str = "queues";
const PROCESSES: &str = "processes";
const LEASES: &str = "sidepunch:leases";

/// The counters; and the sets, with whether the members with the highest scores come first.
const COUNTERS: [&str; 2] = ["stat:processed", "stat:failed"];
const SETS: [(&str, bool); 3] = [("retry", false), ("schedule", false), ("dead", true)];

/// Reads a snapshot.
///
/// # Errors
/// If Redis cannot be reached or rejects a command.
pub fn snapshot(connection: &mut Connection, first_seen: &mut FirstSeen) -> RedisResult<Snapshot> {
    let targets = Targets::read(connection)?;
    let mut pipe = redis::pipe();
    // Otherwise a job that moves in between would be seen twice, or not at all.
    pipe.atomic();
    request(&targets, &mut pipe);
    let mut replies = Replies::of(&mut pipe, connection)?;
    let [processed, failed] = COUNTERS.map(|counter| replies.take(counter));
    let [retry, schedule, dead] = SETS.map(|(key, _)| set(key, &mut replies));
    let mut queues = Vec::new();
    for (index, name) in targets.queues.iter().enumerate() {
        queues.extend(queue(name, index < MAX_QUEUES, &mut replies));
    }
    let held = held(&targets.lists, first_seen, &mut replies);
    let mut processes = Vec::new();
    for (identity, lease) in targets.processes {
        let process = Process::parse(identity, lease, targets.time, &mut replies);
        let process = with_held(process, &held, first_seen);
        if process.is_known() {
            processes.push(process);
        }
    }
    Ok(Snapshot {
        queues,
        processes,
        retry,
        schedule,
        dead,
        processed,
        failed,
        unreadable: [targets.unreadable, replies.unreadable()].concat(),
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
        let mut pipe = redis::pipe();
        pipe.cmd("TIME").cmd("SMEMBERS").arg(QUEUES);
        pipe.cmd("SSCAN").arg((PROCESSES, 0, "COUNT", MAX_PROCESSES));
        pipe.cmd("ZRANGE").arg((LEASES, 0, MAX_PROCESSES, "WITHSCORES"));
        let mut replies = Replies::of(&mut pipe, connection)?;
        let (seconds, micros): (f64, f64) = replies.take("TIME");
        let queues = replies.take(QUEUES);
        let (_, reported): (u64, Vec<Vec<u8>>) = replies.take(PROCESSES);
        let leases: Vec<(Vec<u8>, f64)> = replies.take(LEASES);
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
    processes: impl Iterator<Item = &'a String> + Clone,
    connection: &mut Connection,
) -> RedisResult<(Vec<InFlightList>, Vec<Unreadable>)> {
    let mut pipe = redis::pipe();
    if processes.clone().next().is_none() {
        return Ok(Default::default());
    }
    for identity in processes.clone() {
        pipe.cmd("SSCAN")
            .arg((in_flight::index(identity), 0, "COUNT", MAX_LISTS));
    }
    let mut replies = Replies::of(&mut pipe, connection)?;
    let mut lists = Vec::new();
    for identity in processes {
        let (_, keys): (u64, BTreeSet<Vec<u8>>) = replies.take(in_flight::index(identity));
        lists.extend(keys.into_iter().filter_map(|key| InFlightList::of(identity, key)));
    }
    lists.truncate(MAX_LISTS);
    Ok((lists, replies.unreadable()))
}

/// Sends the commands in the order in which [`snapshot`] takes their replies.
fn request(targets: &Targets, pipe: &mut Pipeline) {
    for counter in COUNTERS {
        pipe.cmd("GET").arg(counter);
    }
    for (set, reverse) in SETS {
        let range = if reverse { "ZREVRANGE" } else { "ZRANGE" };
        pipe.cmd("ZCARD").arg(set);
        pipe.cmd(range).arg((set, 0, JOBS_PER_END - 1, "WITHSCORES"));
    }
    for (index, name) in targets.queues.iter().enumerate() {
        let key = queue_key(name);
        pipe.cmd("LLEN").arg(&key);
        if index < MAX_QUEUES {
            pipe.cmd("LRANGE").arg((&key, 0, JOBS_PER_END - 1));
            pipe.cmd("LRANGE").arg((&key, -JOBS_PER_END, -1));
        }
    }
    for list in &targets.lists {
        pipe.cmd("LLEN").arg(&list.key);
        pipe.cmd("LRANGE").arg((&list.key, -JOBS_PER_LIST, -1));
    }
    for identity in targets.processes.keys() {
        Process::request(identity, pipe);
    }
}

fn jobs(payloads: &[Vec<u8>]) -> Vec<Job> {
    payloads.iter().map(|payload| Job::read(payload)).collect()
}

fn set(key: &str, replies: &mut Replies) -> Set {
    let (count, members): (u64, Vec<(Vec<u8>, f64)>) = (replies.take(key), replies.take(key));
    let member = |(payload, at): (Vec<u8>, f64)| Member {
        job: Job::read(&payload),
        at,
    };
    Set {
        count,
        members: members.into_iter().map(member).collect(),
    }
}

fn queue_key(name: &[u8]) -> Vec<u8> {
    [b"queue:", name].concat()
}

/// Returns a queue; `None` if its key is not a list.
fn queue(name: &[u8], with_jobs: bool, replies: &mut Replies) -> Option<Queue> {
    let key = queue_key(name);
    let length: Option<u64> = replies.take(&key);
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    if with_jobs {
        let (newest, oldest): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (replies.take(&key), replies.take(&key));
        let length = length.unwrap_or_default();
        // In a short queue the two ends overlap.
        let twice = (newest.len() + oldest.len()).saturating_sub(length.try_into().unwrap_or(usize::MAX));
        head = jobs(&newest);
        tail = jobs(&oldest[twice.min(oldest.len())..]);
    }
    Some(Queue {
        name: String::from_utf8_lossy(name).into_owned(),
        length: length?,
        head,
        tail,
    })
}

/// Returns the jobs in flight of each process, by its identity.
fn held(lists: &[InFlightList], first_seen: &mut FirstSeen, replies: &mut Replies) -> BTreeMap<String, Vec<Thread>> {
    let (mut held, seen_at) = (BTreeMap::<String, Vec<Thread>>::new(), now());
    for list in lists {
        let (count, payloads): (u64, Vec<Vec<u8>>) = (replies.take(&list.key), replies.take(&list.key));
        let threads = held.entry(list.identity.clone()).or_default();
        let Some(payload) = payloads.last() else { continue };
        match threads.iter_mut().find(|thread| thread.name == list.thread) {
            Some(thread) => thread.held += count,
            None => threads.push(Thread {
                name: list.thread.clone(),
                queue: list.queue.clone(),
                job: Job::read(payload),
                since: seen_at,
                held: count,
            }),
        }
    }
    let seen = held.iter().flat_map(|(identity, threads)| {
        threads
            .iter()
            .map(move |thread| (thread_key(identity, &thread.name), thread.job.id()))
    });
    first_seen.record(seen.collect::<Vec<_>>().into_iter(), seen_at);
    held
}

/// Replaces the threads that a process has reported by those of its in-flight lists, if it has any:
/// the lists are current, but the report is from the last heartbeat.
fn with_held(mut process: Process, held: &BTreeMap<String, Vec<Thread>>, first_seen: &FirstSeen) -> Process {
    if let Some(held) = held.get(&process.identity) {
        let reported = std::mem::take(&mut process.threads);
        process.threads = held.clone();
        for thread in &mut process.threads {
            let seen = first_seen.get(&thread_key(&process.identity, &thread.name), &thread.job.id());
            let same = reported
                .iter()
                .find(|same| same.name == thread.name && same.job == thread.job);
            thread.since = same
                .map_or(f64::INFINITY, |same| same.since)
                .min(seen.unwrap_or(thread.since));
        }
    } else if process.lease.is_some() {
        process.threads.clear();
    }
    let number = |thread: &Thread| (thread.name.parse::<u64>().ok(), thread.name.clone());
    process.threads.sort_by_cached_key(number);
    process
}

fn thread_key(identity: &str, thread: &str) -> String {
    format!("{identity}:{thread}")
}
