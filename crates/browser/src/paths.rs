//! Finds the browser and its driver.

use std::io::{self, Write};
use std::path::PathBuf;

use kata::system::install::in_path;

/// The names of Chromium on Debian and elsewhere, and of Google Chrome.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The paths of the browser and of the program that controls it.
#[derive(Clone, Debug)]
pub struct Paths {
    pub browser: PathBuf,
    pub driver: PathBuf,
}

impl Paths {
    /// Finds both in `PATH`; if one of them is missing, prints that to standard error.
    pub fn find() -> Option<Paths> {
        let browser = BROWSERS.into_iter().find_map(in_path);
        match (browser, in_path("chromedriver")) {
            (Some(browser), Some(driver)) => Some(Paths { browser, driver }),
            _ => {
                // libtest captures the output of `eprintln!`; but a skipped test must be visible.
                let _ = writeln!(
                    io::stderr(),
                    "SKIPPED: no chromium with chromedriver in PATH (Debian: apt-get install chromium chromium-driver)"
                );
                None
            }
        }
    }
}
