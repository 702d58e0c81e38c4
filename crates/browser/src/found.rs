//! Where the browser and its driver are.

use std::io::Write;
use std::path::PathBuf;
use std::{env, io};

/// Names of Chromium on Debian, elsewhere, and of its sibling.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The browser, and the program that drives it.
#[derive(Clone, Debug)]
pub struct Found {
    pub browser: PathBuf,
    pub driver: PathBuf,
}

impl Found {
    /// Looks for both in `PATH`; without one of them a line on standard error says what is missing.
    pub fn look() -> Option<Found> {
        let browser = BROWSERS.into_iter().find_map(in_path);
        match (browser, in_path("chromedriver")) {
            (Some(browser), Some(driver)) => Some(Found { browser, driver }),
            _ => {
                // libtest swallows `eprintln!`; that a test did not run must be seen.
                let _ = writeln!(
                    io::stderr(),
                    "SKIPPED: no chromium with chromedriver in PATH (Debian: apt-get install chromium chromium-driver)"
                );
                None
            }
        }
    }
}

fn in_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
