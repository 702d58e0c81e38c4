use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use kata::commands::watch::is_save;
use notify::Event;
use notify::event::{AccessKind, AccessMode, CreateKind, DataChange, EventKind, ModifyKind};

use wait_timeout::ChildExt;

use super::repository::{SOLUTION, untouched};
use crate::Folder;
use crate::guard::lives;

/// The timeout of each wait; most of the time is spent on building.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// A running `cargo kata watch`. It is killed when dropped, in case the test fails.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(folder: &Folder, args: &[&str]) -> Watching {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kata"))
            .arg("watch")
            .args(args)
            .current_dir(&folder.0)
            .env_remove("CARGO_TARGET_DIR")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (send, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Watching { child, lines }
    }

    /// Waits for a line that contains these words.
    #[track_caller]
    fn until(&self, words: &str) -> String {
        let deadline = Instant::now() + DEFAULT_TIMEOUT;
        let mut seen = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => seen.push(line),
                Err(_) => panic!("{words:?} did not come; it said:\n{}", seen.join("\n")),
            }
        }
    }

    /// Sends Ctrl-C, and returns the exit code.
    fn interrupt(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let ended = self.child.wait_timeout(DEFAULT_TIMEOUT).unwrap();
        ended.expect("it goes on").code()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // An error means that it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A save runs the tests again, even after the folder was replaced. Ctrl-C ends the command with 0.
/// Catches: watching a folder that a reset replaces, and a run that starts because cargo reads the
/// files.
#[test]
fn runs_the_tests_at_each_save() {
    let folder = untouched("watch");
    let mut watching = Watching::start(&folder, &["1"]);
    watching.until("✗ 1.1 t1_one");
    watching.until("Watching step1-sums");
    super::repository::out(&folder, &["skip", "1"], 0);
    watching.until("Step 1 is green.");
    watching.until("Watching step1-sums");
    assert!(
        watching.lines.recv_timeout(Duration::from_secs(1)).is_err(),
        "nothing was saved"
    );
    folder.write("step1-sums/src/lib.rs", &SOLUTION.replace("x + 2", "x + 3"));
    watching.until("✗ 1.2 t2_two");
    watching.until("Watching step1-sums");
    assert_eq!(watching.interrupt(), Some(0));
}

/// A save during a run ends it, and so does Ctrl-C, and no test program keeps running. Catches:
/// waiting for a test that hangs, and killing only cargo.
#[test]
fn ends_a_hanging_session() {
    let folder = untouched("watch-hangs");
    let test = |words: &str| {
        let mark = folder.0.join("pid");
        let sleep = format!(
            "#[test]\nfn zero() {{\n    std::fs::write({mark:?}, std::process::id().to_string()).unwrap();\n    \
             loop {{\n        std::thread::park(); // {words}\n    }}\n}}\n"
        );
        folder.write("step1-sums/tests/given_zero.rs", &sleep);
    };
    let pid = |old: &str| {
        let deadline = Instant::now() + DEFAULT_TIMEOUT;
        loop {
            let pid = fs::read_to_string(folder.0.join("pid")).unwrap_or_default();
            if !pid.is_empty() && pid != old {
                return pid;
            }
            assert!(Instant::now() < deadline, "no test runs");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    test("first");
    let mut watching = Watching::start(&folder, &["1"]);
    let first = pid("");
    test("second");
    let second = pid(&first);
    assert!(
        !lives(first.parse().unwrap()),
        "a save leaves the test before it behind"
    );
    assert_eq!(watching.interrupt(), Some(0));
    assert!(!lives(second.parse().unwrap()), "Ctrl-C leaves the test behind");
}

/// Reads do not count as saves, and neither do writes of files that cargo does not build.
#[test]
fn reacts_only_to_writes_of_sources() {
    let event = |kind, path: &str| Event::new(kind).add_path(Path::new(path).to_owned());
    let written = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    for path in [
        "/k/step1/src/job.rs",
        "/k/step1/Cargo.toml",
        "/k/step5/src/in_flight/scripts/fetch.lua",
    ] {
        assert!(is_save(&event(written, path)), "{path}");
        assert!(is_save(&event(EventKind::Create(CreateKind::File), path)), "{path}");
        assert!(
            !is_save(&event(EventKind::Access(AccessKind::Open(AccessMode::Any)), path)),
            "{path}"
        );
    }
    for path in [
        "/k/step1/src/.job.rs.swp",
        "/k/step1/src/.#job.rs",
        "/k/step1/src/4913",
        "/k/step1/src/job.rs~",
        "/k/step1/tests/t.proptest-regressions",
    ] {
        assert!(!is_save(&event(written, path)), "{path}");
    }
}
