//! The learner's commands, tried from outside on a small repository of their own: one step, two tasks, no dependencies.

mod advice;
mod commands;
mod groups;
mod hints;
mod keeping;
mod print;
mod repository;
mod watch;
mod which;
