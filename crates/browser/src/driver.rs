//! A running `chromedriver`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

/// A driver that accepts connections. Dropping it ends it and every browser that it has started.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    pub port: u16,
}

impl Driver {
    /// Starts it on a free port.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(program: &Path) -> Driver {
        let mut child = Command::new(program)
            .args(["--port=0", "--log-level=WARNING"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        // Such as: ChromeDriver was started successfully on port 40123.
        let port: Option<u16> = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.rsplit_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        // The rest of the output is discarded, because the program must not block on a full pipe.
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let port = port.expect("chromedriver prints its port");
        Driver { child, port }
    }

    /// Returns its URL.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself; then nothing is left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
