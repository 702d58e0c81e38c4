//! The system around this program: commands and process groups, cargo, git, files, signals, and the
//! Redis that it starts.

pub mod address;
pub mod cancellation;
pub mod cargo;
mod current_exe;
pub mod files;
pub mod git;
pub mod group;
pub mod http;
pub mod install;
pub mod redis_process;
pub mod run;

pub use cancellation::Cancellation;
pub use current_exe::current_exe;
pub use group::Group;
pub use redis_process::RedisProcess;
