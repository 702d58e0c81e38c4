//! Task 3.4: jobs that are due move to their queues, each exactly once.

mod due;
mod fleet;
mod run;
