//! The tool behind `cargo kata`: it runs the app, runs the tests of a learner, finds what is
//! missing on this machine, and checks that the exercises are correct.
//!
//! It does not depend on any step. It starts cargo and the programs of the steps as processes, so
//! that it works even if a step does not compile. It prints each thing that it does as a command
//! that you could type. Its cache is the folder `target/kata/`, which you can delete without loss.
//!
//! Its modules in layers, of which each uses only those below it:
//!
//! - [`cli`]: the command line; [`commands`]: one file for each command;
//! - [`learner`], [`verify`], [`play`] and [`top`]: the four features, which do not use each other;
//! - [`repo`]: the repository of the kata;
//! - [`system`]: commands, processes, cargo, git, files;
//! - [`term`]: what is printed.

#[cfg(not(unix))]
compile_error!(
    "The kata needs Linux, macOS, or Windows with WSL 2: its programs are stopped by Unix signals. On Windows, install \
     WSL 2 (`wsl --install`), clone the repository inside it, and run the same command there."
);

pub mod cli;
pub mod cli_error;
pub mod commands;
pub mod learner;
pub mod outcome;
pub mod play;
pub mod repo;
pub mod system;
pub mod term;
pub mod top;
pub mod verify;

pub use cli_error::CliError;
pub use outcome::Outcome;
pub use repo::{Repo, Side, Step};
