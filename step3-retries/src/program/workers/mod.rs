//! The job classes of the counters app, and some that fail on purpose.

mod fail;
mod panic;
mod slow;
mod update_counter;

pub use fail::FailWorker;
pub use panic::PanicWorker;
pub use slow::SlowWorker;
pub use update_counter::UpdateCounterWorker;
