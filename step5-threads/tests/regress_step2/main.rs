//! What step 2 taught still holds: its tests, but for those of jobs that fail, which no longer end where they did, and
//! for the slow one of a Redis that restarts.

mod process_one;
mod program;
mod registry;
mod server;
