use std::path::Path;

use assert_cmd::Command;

use crate::Folder;

pub const SOLUTION: &str = "//! Sums.\n\n/// One more.\npub fn one(x: u8) -> u8 {\n    x + 1\n}\n\n/// Two more.\npub fn two(x: u8) -> u8 {\n    x + 2\n}\n";
pub const STARTER: &str = "//! Sums.\n\n/// One more.\npub fn one(x: u8) -> u8 {\n    todo!(\"task 1.1: add one to {x}\")\n}\n\n/// Two more.\npub fn two(x: u8) -> u8 {\n    todo!(\"task 1.2: add two to {x}\")\n}\n";
pub const FIRST: &str = "--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -3,5 +3,5 @@\n /// One more.\n pub fn one(x: u8) -> u8 {\n-    x + 1\n+    todo!(\"task 1.1: add one to {x}\")\n }\n \n";
const SECOND: &str = "--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -8,4 +8,4 @@\n /// Two more.\n pub fn two(x: u8) -> u8 {\n-    x + 2\n+    todo!(\"task 1.2: add two to {x}\")\n }\n";
const MANIFEST: &str = "\
    [package]\nname = \"step1-sums\"\nversion = \"0.1.0\"\nedition = \"2024\"\nautotests = false\n\n\
    [lib]\ntest = false\ndoctest = false\n\n[[bin]]\nname = \"step1-sums\"\npath = \"src/main.rs\"\n\
    test = false\n\n[[test]]\nname = \"all\"\npath = \"tests/main.rs\"\n";
const TESTS: &str = "//! The tests.\n\nmod bonus;\nmod given_zero;\nmod t1_one;\nmod t2_two;\n";
const README: &str = "\
    # Step 1: sums\n\n| task | in | test |\n|---|---|---|\n\
    | 1.1 add one | `src/lib.rs` | `cargo test -p step1-sums t1_one` |\n\
    | 1.2 add two | `src/lib.rs` | `cargo test -p step1-sums t2_two` |\n";
// Not in alphabetical order, because a learner reads them in the order of the file.
const ONE: &str = "use step1_sums::one;\n\n#[test]\nfn zero_first() {\n    assert_eq!(one(0), 1);\n}\n\n#[test]\nfn another() {\n    assert_eq!(one(1), 2);\n}\n";

/// Creates an untouched clone, as far as the learner's commands need it.
pub fn untouched(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"step1-sums\"]\nexclude = [\"solutions\", \"crates\"]\n",
    );
    folder.write("crates/kata/Cargo.toml", "");
    folder.write("solutions/step1-sums/Cargo.toml", "");
    for (step, text) in [("step1-sums", STARTER), ("solutions/step1-sums", SOLUTION)] {
        folder.write(&format!("{step}/src/lib.rs"), text);
        folder.write(
            &format!("{step}/src/main.rs"),
            "fn main() {\n    println!(\"{}\", step1_sums::one(1));\n}\n",
        );
    }
    folder.write("step1-sums/Cargo.toml", MANIFEST);
    folder.write("step1-sums/README.md", README);
    folder.write("step1-sums/tests/main.rs", TESTS);
    folder.write(
        "step1-sums/tests/bonus.rs",
        "#[test]\nfn is_not_on_the_map() {\n    panic!();\n}\n",
    );
    folder.write(
        "step1-sums/tests/given_zero.rs",
        "#[test]\nfn zero() {\n    assert_eq!(0, 0);\n}\n",
    );
    folder.write("step1-sums/tests/t1_one.rs", ONE);
    folder.write(
        "step1-sums/tests/t2_two.rs",
        "#[test]\nfn two() {\n    assert_eq!(step1_sums::two(0), 2);\n}\n",
    );
    folder.write("trials/todo/step1-sums/1.patch", FIRST);
    folder.write("trials/todo/step1-sums/2.patch", SECOND);
    folder.write(
        "docs/hints/step1-sums.md",
        "# Hints\n\n## 1.1\n\n1. Think of\n   a number.\n2. Add.\n\n## 1.2\n\n1. As before.\n",
    );
    folder
}

/// Returns a command that runs `cargo kata` in a folder, without a terminal.
pub fn kata(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kata"));
    command
        .args(args)
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("REDIS_URL")
        .env_remove("KATA_REDIS_URL")
        .timeout(std::time::Duration::from_secs(120));
    command
}

/// Returns the standard output and standard error of a run, and its exit code.
pub fn output(folder: &Path, args: &[&str]) -> (String, String, Option<i32>) {
    let output = kata(folder, args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

/// Returns the standard output of a run, which must end with this exit code.
#[track_caller]
pub fn out(folder: &Folder, args: &[&str], code: i32) -> String {
    let (out, err, ended) = output(&folder.0, args);
    assert_eq!(ended, Some(code), "{args:?}:\n{out}\n{err}");
    assert!(!out.contains('\x1b') && !err.contains('\x1b'), "colours: {out:?}");
    out
}
