//! Tests of the learner's commands in a small repository of their own: one step, two tasks, no
//! dependencies.

mod advice;
mod backup;
mod commands;
mod fingerprint;
mod groups;
mod hints;
mod repository;
mod selection;
mod watch;

pub use repository::{FIRST, SOLUTION, STARTER, kata, output, untouched};
