//! One look: three round trips, the last of which sees a single moment.

use std::collections::{BTreeMap, BTreeSet};

use redis::{Connection, Pipeline, RedisResult};

use crate::in_flight::{self, InFlightList, MAX_LISTS};
use crate::reply::Replies;
use crate::time::Since;
use crate::{Job, Member, Process, Queue, Set, Snapshot, Thread, now};

/// How many jobs are read at each end of a queue, and of each set.
const ENDS: isize = 8;

/// How many queues are looked into; of the others only the length is read.
const QUEUES: usize = 20;

/// How many processes are looked at.
const PROCESSES: usize = 32;

/// How many jobs of an in-flight list are read: the one that runs is the last. Sidepunch holds up to 64 in a list.
const HELD: isize = 1;

/// The counters, the sets, and whether a set's first members are those of the highest scores.
const COUNTERS: [&str; 2] = ["stat:processed", "stat:failed"];
const SETS: [(&str, bool); 3] = [("retry", false), ("schedule", false), ("dead", true)];

/// Looks once.
///
/// # Errors
/// If Redis is away, or refuses.
pub fn look(connection: &mut Connection, since: &mut Since) -> RedisResult<Snapshot> {
    let names = Names::read(connection)?;
    let mut pipe = redis::pipe();
    // Else a job that moves in between would be seen twice, or nowhere.
    pipe.atomic();
    ask(&names, &mut pipe);
    let mut replies = Replies::of(&pipe, connection)?;
    let [processed, failed] = [replies.take()?, replies.take()?];
    let [retry, schedule, dead] = [set(&mut replies)?, set(&mut replies)?, set(&mut replies)?];
    let mut queues = Vec::new();
    for (index, name) in names.queues.iter().enumerate() {
        queues.push(queue(name, index < QUEUES, &mut replies)?);
    }
    let held = held(&names.lists, since, &mut replies)?;
    let mut processes = Vec::new();
    for (identity, lease) in names.processes {
        let process = Process::take(identity, lease, names.time, &mut replies)?;
        let process = with_held(process, &held, since);
        if process.is_there() {
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
    })
}

/// What there is to look at.
struct Names {
    time: f64,
    queues: BTreeSet<Vec<u8>>,
    processes: BTreeMap<String, Option<f64>>,
    lists: Vec<InFlightList>,
}

impl Names {
    fn read(connection: &mut Connection) -> RedisResult<Names> {
        let mut pipe = redis::pipe();
        pipe.cmd("TIME").cmd("SMEMBERS").arg("queues");
        pipe.cmd("SSCAN").arg(("processes", 0, "COUNT", PROCESSES));
        pipe.cmd("ZRANGE").arg(("sidepunch:leases", 0, PROCESSES, "WITHSCORES"));
        let mut replies = Replies::of(&pipe, connection)?;
        let (seconds, micros): (f64, f64) = replies.take()?;
        let queues = replies.take()?;
        let (_, said): (u64, Vec<String>) = replies.take()?;
        let leases: Vec<(String, f64)> = replies.take()?;
        let mut processes: BTreeMap<_, _> = said.into_iter().map(|identity| (identity, None)).collect();
        processes.extend(leases.into_iter().map(|(identity, end)| (identity, Some(end))));
        let processes: BTreeMap<_, _> = processes.into_iter().take(PROCESSES).collect();
        let lists = lists(processes.keys(), connection)?;
        Ok(Names {
            time: seconds + micros / 1e6,
            queues,
            processes,
            lists,
        })
    }
}

/// Returns the in-flight lists of these processes, sorted: those of a process follow each other.
fn lists<'a>(
    processes: impl Iterator<Item = &'a String> + Clone,
    connection: &mut Connection,
) -> RedisResult<Vec<InFlightList>> {
    let mut pipe = redis::pipe();
    if processes.clone().next().is_none() {
        return Ok(Vec::new());
    }
    for identity in processes.clone() {
        pipe.cmd("SSCAN")
            .arg((in_flight::index(identity), 0, "COUNT", MAX_LISTS));
    }
    let mut replies = Replies::of(&pipe, connection)?;
    let mut lists = Vec::new();
    for identity in processes {
        let (_, keys): (u64, BTreeSet<Vec<u8>>) = replies.take()?;
        lists.extend(keys.into_iter().filter_map(|key| InFlightList::of(identity, key)));
    }
    lists.truncate(MAX_LISTS);
    Ok(lists)
}

/// The order of the questions is that in which [`look`] takes the answers.
fn ask(names: &Names, pipe: &mut Pipeline) {
    for counter in COUNTERS {
        pipe.cmd("GET").arg(counter);
    }
    for (set, reverse) in SETS {
        let range = if reverse { "ZREVRANGE" } else { "ZRANGE" };
        pipe.cmd("ZCARD").arg(set);
        pipe.cmd(range).arg((set, 0, ENDS - 1, "WITHSCORES"));
    }
    for (index, name) in names.queues.iter().enumerate() {
        let key = [b"queue:", name.as_slice()].concat();
        pipe.cmd("LLEN").arg(&key);
        if index < QUEUES {
            pipe.cmd("LRANGE").arg((&key, 0, ENDS - 1));
            pipe.cmd("LRANGE").arg((&key, -ENDS, -1));
        }
    }
    for list in &names.lists {
        pipe.cmd("LLEN").arg(&list.key);
        pipe.cmd("LRANGE").arg((&list.key, -HELD, -1));
    }
    for identity in names.processes.keys() {
        Process::ask(identity, pipe);
    }
}

fn jobs(payloads: &[Vec<u8>]) -> Vec<Job> {
    payloads.iter().map(|payload| Job::read(payload)).collect()
}

fn set(replies: &mut Replies) -> RedisResult<Set> {
    let (count, members): (u64, Vec<(Vec<u8>, f64)>) = (replies.take()?, replies.take()?);
    let member = |(payload, at): (Vec<u8>, f64)| Member {
        job: Job::read(&payload),
        at,
    };
    Ok(Set {
        count,
        members: members.into_iter().map(member).collect(),
    })
}

fn queue(name: &[u8], looked_into: bool, replies: &mut Replies) -> RedisResult<Queue> {
    let length: u64 = replies.take()?;
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    if looked_into {
        let (newest, oldest): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (replies.take()?, replies.take()?);
        // In a short queue the two ends overlap.
        let twice = (newest.len() + oldest.len()).saturating_sub(length.try_into().unwrap_or(usize::MAX));
        head = jobs(&newest);
        tail = jobs(&oldest[twice.min(oldest.len())..]);
    }
    Ok(Queue {
        name: String::from_utf8_lossy(name).into_owned(),
        length,
        head,
        tail,
    })
}

/// What each process holds in flight, by its identity.
fn held(
    lists: &[InFlightList],
    since: &mut Since,
    replies: &mut Replies,
) -> RedisResult<BTreeMap<String, Vec<Thread>>> {
    let (mut held, seen_at) = (BTreeMap::<String, Vec<Thread>>::new(), now());
    for holder in lists {
        let (count, payloads): (u64, Vec<Vec<u8>>) = (replies.take()?, replies.take()?);
        let threads = held.entry(holder.identity.clone()).or_default();
        let Some(payload) = payloads.last() else { continue };
        match threads.iter_mut().find(|thread| thread.name == holder.thread) {
            Some(thread) => thread.held += count,
            None => threads.push(Thread {
                name: holder.thread.clone(),
                queue: holder.queue.clone(),
                job: Job::read(payload),
                since: seen_at,
                held: count,
            }),
        }
    }
    let seen = held.iter().flat_map(|(identity, threads)| {
        threads
            .iter()
            .map(move |thread| (place(identity, &thread.name), thread.job.id()))
    });
    since.see(seen.collect::<Vec<_>>().into_iter(), seen_at);
    Ok(held)
}

/// The in-flight lists are of now, what a process says of its work of its last beat. So they count where there are any.
fn with_held(mut process: Process, held: &BTreeMap<String, Vec<Thread>>, since: &Since) -> Process {
    if let Some(held) = held.get(&process.identity) {
        let said = std::mem::take(&mut process.threads);
        process.threads = held.clone();
        for thread in &mut process.threads {
            let seen = since.get(&place(&process.identity, &thread.name), &thread.job.id());
            let told = said
                .iter()
                .find(|told| told.name == thread.name && told.job == thread.job);
            thread.since = told
                .map_or(f64::INFINITY, |told| told.since)
                .min(seen.unwrap_or(thread.since));
        }
    } else if process.lease.is_some() {
        process.threads.clear();
    }
    let number = |thread: &Thread| (thread.name.parse::<u64>().ok(), thread.name.clone());
    process.threads.sort_by_cached_key(number);
    process
}

fn place(identity: &str, thread: &str) -> String {
    format!("{identity}:{thread}")
}
