//! What the buttons do. Each handler returns the [`outcome`] of an action.

pub mod app;
mod command;
pub mod control_socket;
pub mod counters;
pub mod jobs;
pub mod kill;
pub mod outcome;
pub mod push;
mod requeue;
pub mod signals;
