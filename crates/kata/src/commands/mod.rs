//! The commands, a file each.

pub mod bench;
pub mod doctor;
pub mod home;
pub mod keep_redis;
pub mod play;
pub mod redis;
pub mod verify;
