//! The jobs of a measurement, and where they wait.

use clap::ValueEnum;

/// The number of threads of a contender that can have several: Sidekiq's old default.
pub const THREADS: usize = 10;

/// The queues of the jobs whose latency is measured. In other measurements all jobs are on the
/// first one, and only that is used.
pub const QUEUES: [&str; 4] = ["default", "high", "low", "mailers"];

/// The queue of the urgent jobs, and that of the others.
pub const BY_URGENCY: [&str; 2] = ["high", "default"];

/// The kind of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Load {
    /// No-op jobs: `[number, "abc"]`.
    Noop,
    /// Jobs with their time of enqueueing: `[microseconds]`.
    Stamp,
    /// Jobs that sleep: `[milliseconds]`.
    Sleep,
    /// Like [`Stamp`](Load::Stamp), on the first of two queues. The second queue is full of
    /// [`Noop`](Load::Noop) jobs, which are not counted.
    Urgent,
}

impl Load {
    /// Returns the queues of its jobs.
    pub fn queues(self) -> &'static [&'static str] {
        match self {
            Load::Stamp => &QUEUES,
            Load::Urgent => &BY_URGENCY,
            Load::Noop | Load::Sleep => &QUEUES[..1],
        }
    }
}
