//! Makes the runs.

use std::env;
use std::error::Error;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use indicatif::ProgressBar;
use step5_threads::{Client, Job};

use crate::contender::Contender;
use crate::figures::Figures;
use crate::load::{BY_URGENCY, Load, QUEUES};
use crate::tally;

/// The number of jobs that sleep, and how many milliseconds each one sleeps.
pub const SLEEP_JOBS: (u64, u64) = (2_000, 5);

/// How many jobs have their latency measured; they are enqueued one by one, on the queues in turn.
const STAMP_JOBS: u64 = 1_000;

/// The pause between two of them, so that the contender is idle when the next one arrives.
const PAUSE: Duration = Duration::from_millis(3);

/// The number of urgent jobs, and the pause between two of them.
const URGENT_JOBS: (u64, Duration) = (300, Duration::from_millis(2));

/// All results, by run.
pub struct Report {
    /// The contender, the number of its no-op jobs, and the results of each run.
    pub rates: Vec<(Contender, u64, Vec<Figures>)>,
    /// The baseline and step 5, with jobs that arrive one by one.
    pub latencies: Vec<(Contender, Vec<Figures>)>,
    /// The same two, with urgent jobs in front of a backlog.
    pub urgent: Vec<(Contender, Vec<Figures>)>,
    /// The same two, with jobs that sleep.
    pub sleeps: Vec<(Contender, Vec<Figures>)>,
}

/// Makes all runs.
pub fn all(redis: &str, runs: usize) -> Result<Report, Box<dyn Error>> {
    let pair = [Contender::Bare, Contender::Step5];
    let mut report = Report {
        rates: Contender::ALL
            .map(|contender| (contender, contender.jobs(), Vec::new()))
            .into(),
        latencies: pair.map(|contender| (contender, Vec::new())).into(),
        urgent: pair.map(|contender| (contender, Vec::new())).into(),
        sleeps: pair.map(|contender| (contender, Vec::new())).into(),
    };
    let progress = ProgressBar::new((runs * (Contender::ALL.len() + 3 * pair.len())) as u64);
    for _ in 0..runs {
        for (contender, jobs, figures) in &mut report.rates {
            figures.push(run(redis, *contender, Load::Noop, *jobs)?);
            progress.inc(1);
        }
        let others = [
            (&mut report.latencies, Load::Stamp, STAMP_JOBS),
            (&mut report.urgent, Load::Urgent, URGENT_JOBS.0),
            (&mut report.sleeps, Load::Sleep, SLEEP_JOBS.0),
        ];
        for (rows, load, jobs) in others {
            for (contender, figures) in rows {
                figures.push(run(redis, *contender, load, jobs)?);
                progress.inc(1);
            }
        }
    }
    progress.finish_and_clear();
    Ok(report)
}

/// Makes one run of one contender, in a process of its own.
fn run(redis: &str, contender: Contender, load: Load, jobs: u64) -> Result<Figures, Box<dyn Error>> {
    let client = Client::connect(redis)?;
    let mut connection = redis::Client::open(redis)?.get_connection()?;
    redis::cmd("FLUSHDB").exec(&mut connection)?;
    let backlog = contender.jobs() * 3 / 2;
    match load {
        Load::Noop => push(&client, "NoopWorker", (0..jobs).map(|number| (number, "abc")))?,
        Load::Sleep => push(&client, "SleepWorker", (0..jobs).map(|_| (SLEEP_JOBS.1,)))?,
        Load::Urgent => push(&client, "NoopWorker", (0..backlog).map(|number| (number, "abc")))?,
        Load::Stamp => {}
    }
    let mut command = Command::new(env::current_exe()?);
    command.args([
        "--redis",
        redis,
        "contend",
        &argument(contender),
        &argument(load),
        &jobs.to_string(),
    ]);
    let child = command.stdout(Stdio::piped()).spawn()?;
    if load == Load::Stamp {
        // It must already wait for jobs, and its first waits differ from later ones.
        thread::sleep(Duration::from_secs(1));
        for number in 0..jobs {
            stamp(&client, QUEUES[number as usize % QUEUES.len()])?;
            thread::sleep(PAUSE);
        }
    }
    if load == Load::Urgent {
        let [urgent, other] = BY_URGENCY;
        let other = client.queue(other);
        // It must perform jobs when the first urgent one arrives, and still when the last one has
        // arrived.
        while other.size()? == backlog {
            thread::sleep(PAUSE);
        }
        for _ in 0..jobs {
            stamp(&client, urgent)?;
            thread::sleep(URGENT_JOBS.1);
        }
        if other.size()? == 0 {
            return Err(format!(
                "{} emptied its backlog before all urgent jobs had arrived",
                contender.name()
            )
            .into());
        }
    }
    let output = child.wait_with_output()?;
    serde_json::from_slice(&output.stdout).map_err(|_| format!("{} has printed no result", contender.name()).into())
}

/// Enqueues a job that contains its time of enqueueing.
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

/// Returns a value's name on the command line.
fn argument(value: impl ValueEnum) -> String {
    // The derives skip no value, so each one has a name.
    value
        .to_possible_value()
        .map_or_else(String::new, |value| value.get_name().to_owned())
}
