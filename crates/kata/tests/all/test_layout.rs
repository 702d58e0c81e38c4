//! The layout of the steps' tests.

use kata::Repo;
use kata::system::files::Files;
use kata::verify::test_layout::{all, copies, one};

use crate::Folder;

/// Each possible problem of a step's folder of tests.
#[test]
fn finds_forgotten_and_long_files() {
    let folder = Folder::new("layout");
    folder.write("tests/main.rs", "mod t1_a;\nmod t2_b {\n    mod server;\n}\n");
    folder.write("tests/t1_a.rs", "");
    folder.write("tests/t2_b/server.rs", "");
    folder.write("tests/t2_b/answers.json", "{}");
    let tests = folder.0.join("tests");
    assert_eq!(one(&tests).unwrap(), Vec::<String>::new());
    folder.write("tests/t2_b/program.rs", "");
    folder.write("tests/t1_a.rs", &"\n".repeat(301));
    let problems = one(&tests).unwrap();
    assert_eq!(
        problems,
        [
            "tests/t1_a.rs has 301 lines. At most 300 are allowed.",
            "tests/t2_b/program.rs is not run: no `mod` line of tests/main.rs leads to it."
        ]
    );
}

/// The name of a group must be unique among the steps.
#[test]
fn finds_groups_with_the_same_name() {
    let folder = Folder::repository("layout-groups");
    folder.write("step2-poller/Cargo.toml", "");
    for (step, text) in [("step1-enqueue", "// One.\n"), ("step2-poller", "// Two.\n")] {
        folder.write(&format!("{step}/tests/main.rs"), "mod given_a;\nmod t1_a;\n");
        folder.write(&format!("{step}/tests/given_a.rs"), &format!("{text}// Given.\n"));
        folder.write(&format!("{step}/tests/t1_a.rs"), text);
    }
    let problems = all(&Repo::around(&folder.0).unwrap()).unwrap();
    assert_eq!(problems, ["step1-enqueue and step2-poller both have a module t1_a."]);
}

/// Finds a copy even if it names another step. Files that differ are not copies, and lists of
/// modules may be equal.
#[test]
fn finds_copies() {
    let files = |files: &[(&str, &str)]| -> Files {
        files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect()
    };
    let steps = ["step1-enqueue", "step2-poller"];
    let copy = files(&[
        ("step1-enqueue/tests/main.rs", "mod t1_a;\n"),
        (
            "step1-enqueue/tests/t1_a.rs",
            "use step1_enqueue::a;\n// Of step1-enqueue.\n",
        ),
        ("step2-poller/tests/main.rs", "mod t1_a;\n"),
        (
            "step2-poller/tests/t1_b.rs",
            "use step2_poller::a;\n// Of step2-poller.\n",
        ),
    ]);
    assert_eq!(
        copies(&copy, &steps),
        ["step2-poller/tests/t1_b.rs is a copy of step1-enqueue/tests/t1_a.rs: include that file with `#[path]`."]
    );
    let other = files(&[("a/tests/x.rs", "one();\n"), ("a/tests/y.rs", "two();\n")]);
    assert_eq!(copies(&other, &steps), Vec::<String>::new());
}
