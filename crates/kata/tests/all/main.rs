//! Tests of the functions of the tool, and of the output of its program. `.ci/play` tests that
//! `play` runs the app, stops it, and leaves no process behind.

mod chapter;
mod flake;
mod guard;
mod learner;
mod libtest;
mod lint;
mod modules;
mod named_pages;
mod page;
mod patches;
mod program;
mod red_map;
mod reply;
mod repo;
mod report;
mod right;
mod run;
mod session;
mod supervisor;
mod survivors;
mod terminal;
mod test_layout;
mod test_program;
mod top;
mod tree;
mod twins;
mod wording;
mod wrong;

use std::sync::atomic::{AtomicUsize, Ordering};

/// A temporary folder, which is removed when it is dropped.
struct Folder(std::path::PathBuf);

impl Folder {
    /// Creates a folder that no other test uses. A person recognises it by `name`.
    fn new(name: &str) -> Folder {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("kata-test-{}-{number}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        // On macOS, the temporary folder is a link, and programs print the path that it leads to.
        Folder(path.canonicalize().unwrap())
    }

    /// Writes a file and creates the folders above it.
    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Creates a repository with one starter and two solutions, as far as the tool needs it.
    fn repository(name: &str) -> Folder {
        let folder = Folder::new(name);
        folder.write("Cargo.toml", "[workspace]\n");
        folder.write("crates/kata/Cargo.toml", "");
        for step in ["step1-enqueue", "solutions/step1-enqueue", "solutions/step2-poller"] {
            folder.write(&format!("{step}/Cargo.toml"), "");
            folder.write(&format!("{step}/src/lib.rs"), "//! Nothing.\n");
        }
        folder
    }
}

/// Asserts that a text contains all these parts.
#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

/// Returns the result of a command that printed this on standard output, and exited with 0 if `ok`
/// is true.
fn ran(ok: bool, out: &str) -> kata::system::run::CommandOutput {
    kata::system::run::CommandOutput {
        outcome: kata::Outcome::Exited(if ok { 0 } else { 101 }),
        out: out.to_owned(),
        text: out.to_owned(),
        took: std::time::Duration::ZERO,
    }
}

/// Returns the results of a group of tests that printed this.
fn test_file(name: &str, ok: bool, text: &str) -> kata::verify::test_program::TestFile {
    kata::verify::test_program::TestFile {
        name: name.to_owned(),
        tests: kata::repo::libtest::read(text),
        ok,
        text: text.to_owned(),
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
