//! The program behind `cargo kata`; the library says the rest.

use std::process::ExitCode;

fn main() -> ExitCode {
    kata::cli::run(std::env::args_os())
}
