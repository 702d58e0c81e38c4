//! TODO.

pub mod address;
pub mod cargo;
pub mod current_exe;
pub mod files;
pub mod git;
pub mod group;
pub mod http;
pub mod install;
pub mod interrupt;
pub mod redis_process;
pub mod run;
