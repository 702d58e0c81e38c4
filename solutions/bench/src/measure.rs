//! The runs.

use std::env;
use std::error::Error;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use indicatif::ProgressBar;
use step5_threads::{Client, Job};

use crate::contender::{BY_URGENCY, Contender, QUEUES};
use crate::figures::Figures;
use crate::tally::{self, Load};

/// How many jobs that take their time, and how many milliseconds each.
pub const SLEEPS: (u64, u64) = (2_000, 5);

/// How many jobs whose latency is measured; they come one by one, to the queues in turn.
const STAMPS: u64 = 1_000;

/// The pause between two of them: nobody is at work when the next one comes.
const PAUSE: Duration = Duration::from_millis(3);

/// How many urgent jobs come, and the pause between two of them.
const URGENT: (u64, Duration) = (300, Duration::from_millis(2));

/// All figures, by run.
pub struct Report {
    /// Who, how many jobs that do nothing, and what each run has shown.
    pub rates: Vec<(Contender, u64, Vec<Figures>)>,
    /// The baseline and step 5, on jobs that come one by one.
    pub latencies: Vec<(Contender, Vec<Figures>)>,
    /// The same two, on urgent jobs in front of a backlog.
    pub urgent: Vec<(Contender, Vec<Figures>)>,
    /// The same two, on jobs that take their time.
    pub sleeps: Vec<(Contender, Vec<Figures>)>,
}

/// Makes all runs.
pub fn all(redis: &str, runs: usize) -> Result<Report, Box<dyn Error>> {
    let pair = [Contender::Bare, Contender::Step5];
    let mut report = Report {
        rates: Contender::ALL.map(|who| (who, who.jobs(), Vec::new())).into(),
        latencies: pair.map(|who| (who, Vec::new())).into(),
        urgent: pair.map(|who| (who, Vec::new())).into(),
        sleeps: pair.map(|who| (who, Vec::new())).into(),
    };
    let progress = ProgressBar::new((runs * (Contender::ALL.len() + 3 * pair.len())) as u64);
    for _ in 0..runs {
        for (who, jobs, figures) in &mut report.rates {
            figures.push(run(redis, *who, Load::Noop, *jobs)?);
            progress.inc(1);
        }
        let others = [
            (&mut report.latencies, Load::Stamp, STAMPS),
            (&mut report.urgent, Load::Urgent, URGENT.0),
            (&mut report.sleeps, Load::Sleep, SLEEPS.0),
        ];
        for (rows, load, jobs) in others {
            for (who, figures) in rows {
                figures.push(run(redis, *who, load, jobs)?);
                progress.inc(1);
            }
        }
    }
    progress.finish_and_clear();
    Ok(report)
}

/// One run of one contender, in a process of its own.
fn run(redis: &str, who: Contender, load: Load, jobs: u64) -> Result<Figures, Box<dyn Error>> {
    let client = Client::connect(redis)?;
    let mut connection = redis::Client::open(redis)?.get_connection()?;
    redis::cmd("FLUSHDB").exec(&mut connection)?;
    let backlog = who.jobs() * 3 / 2;
    match load {
        Load::Noop => push(&client, "NoopWorker", (0..jobs).map(|number| (number, "abc")))?,
        Load::Sleep => push(&client, "SleepWorker", (0..jobs).map(|_| (SLEEPS.1,)))?,
        Load::Urgent => push(&client, "NoopWorker", (0..backlog).map(|number| (number, "abc")))?,
        Load::Stamp => {}
    }
    let mut command = Command::new(env::current_exe()?);
    command.args([
        "--redis",
        redis,
        "contend",
        &argument(who),
        &argument(load),
        &jobs.to_string(),
    ]);
    let child = command.stdout(Stdio::piped()).spawn()?;
    if load == Load::Stamp {
        // It must have begun to wait, and its first waits are not like the others.
        thread::sleep(Duration::from_secs(1));
        for number in 0..jobs {
            stamp(&client, QUEUES[number as usize % QUEUES.len()])?;
            thread::sleep(PAUSE);
        }
    }
    if load == Load::Urgent {
        let [urgent, other] = BY_URGENCY;
        let other = client.queue(other);
        // It must be at work when the first comes, and still when the last has come.
        while other.size()? == backlog {
            thread::sleep(PAUSE);
        }
        for _ in 0..jobs {
            stamp(&client, urgent)?;
            thread::sleep(URGENT.1);
        }
        if other.size()? == 0 {
            return Err(format!("{} had nothing else to do before all urgent jobs had come", who.name()).into());
        }
    }
    let output = child.wait_with_output()?;
    serde_json::from_slice(&output.stdout).map_err(|_| format!("{} has told nothing", who.name()).into())
}

/// Enqueues a job that says when it was.
fn stamp(client: &Client, queue: &str) -> Result<(), Box<dyn Error>> {
    let mut job = Job::new("StampWorker", &(tally::now(),))?;
    job.set("queue", queue)?;
    client.push(job)?;
    Ok(())
}

fn push<A: serde::Serialize>(
    client: &Client,
    class: &str,
    args: impl Iterator<Item = A>,
) -> Result<(), Box<dyn Error>> {
    let mut jobs = Vec::new();
    for args in args {
        jobs.push(Job::new(class, &args)?);
        if jobs.len() == 10_000 {
            client.push_bulk(std::mem::take(&mut jobs))?;
        }
    }
    client.push_bulk(jobs)?;
    Ok(())
}

/// A value as the command line names it.
fn argument(value: impl ValueEnum) -> String {
    // None is skipped in the derives, so each has a name.
    value
        .to_possible_value()
        .map_or_else(String::new, |value| value.get_name().to_owned())
}
