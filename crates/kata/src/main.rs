//! The program behind `cargo kata`. See the library for its documentation.

use std::process::ExitCode;

fn main() -> ExitCode {
    kata::cli::run(std::env::args_os())
}
