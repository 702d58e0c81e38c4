//! The programs that are measured.

use std::error::Error;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use clap::ValueEnum;

use crate::figures::Figures;
use crate::load::Load;
use crate::tally::Tally;
use crate::{bare, proc, steps};

/// The programs that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Contender {
    /// 10 threads that pop jobs and discard them: the baseline.
    Bare,
    /// Our solution of step 2.
    Step2,
    /// Our solution of step 4.
    Step4,
    /// Our solution of step 5.
    Step5,
}

impl Contender {
    /// All contenders, the baseline first.
    pub const ALL: [Contender; 4] = [Contender::Bare, Contender::Step2, Contender::Step4, Contender::Step5];

    /// Returns its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Contender::Bare => "bare BRPOP, 10 threads",
            Contender::Step2 => "step 2, one thread",
            Contender::Step4 => "step 4, one thread",
            Contender::Step5 => "step 5, 10 threads",
        }
    }

    /// Returns how many no-op jobs it gets: enough for about a second.
    pub fn jobs(self) -> u64 {
        match self {
            Contender::Bare => 100_000,
            Contender::Step2 | Contender::Step4 => 20_000,
            Contender::Step5 => 1_000_000,
        }
    }

    /// Performs `jobs` jobs that are in Redis, or arrive while it runs.
    pub fn run(self, redis: &str, load: Load, jobs: u64) -> Result<Figures, Box<dyn Error>> {
        let (done, all_done) = channel();
        let tally = Tally::new(load, jobs, done);
        let (cpu, start) = (proc::cpu(), Instant::now());
        let (own, url) = (tally.clone(), redis.to_owned());
        let queues = load.queues();
        // It does not end by itself; it ends with the process.
        let contender = thread::spawn(move || match self {
            Contender::Bare => bare::run(&url, queues, &own, load),
            Contender::Step2 => steps::step2(&url, queues, own),
            Contender::Step4 => steps::step4(&url, queues, own),
            Contender::Step5 => steps::step5(&url, queues, own),
        });
        if all_done.recv().is_err() {
            return Err(format!("{} has ended early: {:?}", self.name(), contender.join()).into());
        }
        let seconds = start.elapsed().as_secs_f64();
        Ok(Figures {
            seconds,
            cpu: proc::cpu() - cpu,
            memory: proc::peak_memory(),
            latencies: tally.latencies(),
        })
    }
}
