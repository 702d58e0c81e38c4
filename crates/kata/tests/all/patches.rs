use kata::repo::patches;
use kata::system::files::Files;
use kata::verify::{Report, Scope, todos};
use kata::{Repo, Side};

use crate::learner::{FIRST, SOLUTION, STARTER, untouched};
use crate::{Folder, has};

fn repository(name: &str) -> (Folder, Repo) {
    let folder = untouched(name);
    let repo = Repo::around(&folder.0).unwrap();
    (folder, repo)
}

/// With 0 tasks done the result is the starter, with all of them the solution.
#[test]
fn undoes_tasks_from_the_last_to_the_first() {
    let (_folder, repo) = repository("rungs");
    let step = repo.step(Side::Solution, "1").unwrap();
    let source = |done| patches::tree_after(&repo, &step, done).unwrap()["src/lib.rs"].clone();
    assert_eq!(source(0), STARTER);
    assert_eq!(
        source(1),
        SOLUTION.replace("x + 2", "todo!(\"task 1.2: add two to {x}\")")
    );
    assert_eq!(source(2), SOLUTION);
}

/// The error names the patch and the file.
#[test]
fn names_a_patch_that_does_not_apply() {
    let mut sources = Files::from([("src/lib.rs".to_owned(), "fn other() {}\n".to_owned())]);
    let error = patches::apply(&"1.patch", FIRST, &mut sources).unwrap_err().to_string();
    assert!(error.starts_with("1.patch does not apply to src/lib.rs"), "{error}");
    let error = patches::apply(&"1.patch", FIRST, &mut Files::new())
        .unwrap_err()
        .to_string();
    has(&error, &["changes src/lib.rs, which the step does not have"]);
}

/// A missing patch would leave a task solved in the starter.
#[test]
fn reports_a_missing_patch() {
    let (folder, repo) = repository("gap");
    std::fs::remove_file(folder.0.join("trials/todo/step1-sums/1.patch")).unwrap();
    let step = repo.step(Side::Solution, "1").unwrap();
    let error = patches::of(&repo, &step).unwrap_err().to_string();
    has(&error, &["contains 2.patch, but not all patches before it"]);
}

/// A difference of one byte is a problem, reported with its line. `--write` corrects it and makes a
/// backup.
#[test]
fn reports_a_changed_starter_until_it_is_rewritten() {
    let (folder, repo) = repository("drift");
    let verdict = |write| {
        let mut report = Report::default();
        todos::prove(&Scope::new(&repo, Some("1"), write).unwrap(), &mut report);
        (report.failed(), report.render())
    };
    assert!(!verdict(false).0);
    let drifted = STARTER.replace("task 1.2: add two", "task 1.2: add  two");
    folder.write("step1-sums/src/lib.rs", &drifted);
    let (failed, shown) = verdict(false);
    assert!(failed && shown.contains("src/lib.rs, line 10:"), "{shown}");
    assert!(!verdict(true).0);
    assert!(!verdict(false).0);
    let backup = std::fs::read_dir(folder.0.join("target/kata/backups"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert_eq!(std::fs::read_to_string(backup.join("src/lib.rs")).unwrap(), drifted);
}

/// Another design may need a new file. An existing file is not overwritten.
#[test]
fn applies_patches_that_add_a_file() {
    let diff = "--- /dev/null\n+++ b/src/new.rs\n@@ -0,0 +1,1 @@\n+fn new() {}\n";
    let mut sources = Files::new();
    patches::apply(&"mine", diff, &mut sources).unwrap();
    assert_eq!(sources["src/new.rs"], "fn new() {}\n");
    let error = patches::apply(&"mine", diff, &mut sources).unwrap_err().to_string();
    assert_eq!(error, "mine adds src/new.rs, which exists in the step already.");
}
