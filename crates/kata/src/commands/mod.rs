//! The commands. Each has a file of its own.

pub mod bench;
pub mod diff;
pub mod doctor;
pub mod hint;
pub mod home;
pub mod keep_redis;
pub mod play;
pub mod redis;
pub mod replace;
pub mod test;
pub mod top;
pub mod verify;
pub mod watch;
