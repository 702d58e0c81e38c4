//! The counters app's classes of jobs, and some that misbehave on purpose.

mod fail;
mod slow;
mod update_counter;

pub use fail::FailWorker;
pub use slow::SlowWorker;
pub use update_counter::UpdateCounterWorker;
