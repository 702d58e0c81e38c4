//! Groups of tests: which of them run together, the result of each, and the tests of earlier steps.

use kata::learner::test_run::TestRun;
use kata::learner::test_session::calls;
use kata::learner::{Results, State};

use super::repository::{SOLUTION, out, untouched};
use crate::{Folder, has, ran};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Returns results in which these groups were last green, or red.
fn results(green: &[&str], red: &[&str]) -> Results {
    let file = r#"{"hash": 0, "length": 0, "modified": 0}"#;
    let record = |name: &str, outcome: &str| {
        format!(r#""{name}": {{"outcome": "{outcome}", "test": {file}, "program": {file}}}"#)
    };
    let records = green.iter().map(|name| record(name, "Green"));
    let records: Vec<_> = records.chain(red.iter().map(|name| record(name, "Red"))).collect();
    serde_json::from_str(&format!(r#"{{"at": 1, "groups": {{{}}}}}"#, records.join(", "))).unwrap()
}

/// One call runs all groups that should be green. From the first open task on, each group has its
/// own call. Catches: an unfinished task in the call of others, and a call for each green group,
/// which takes a second with Docker.
#[test]
fn runs_each_open_task_alone() {
    let groups = || names(&["given_a", "step1", "t1_a", "t2_b", "t3_c"]);
    let calls = |results: &Results| calls(groups(), results);
    let untried = calls(&Results::default());
    assert_eq!(untried, [&["given_a", "step1"][..], &["t1_a"], &["t2_b"], &["t3_c"]]);
    // A red group of the given code keeps its place: it must be green before the tasks.
    let second = calls(&results(&["step1", "t1_a", "t3_c"], &["given_a", "t2_b"]));
    assert_eq!(second, [&["given_a", "step1", "t1_a"][..], &["t2_b"], &["t3_c"]]);
    let all = calls(&results(&["t1_a", "t2_b", "t3_c"], &[]));
    assert_eq!(all, [groups()]);
}

/// The result of each group depends on its own tests. If the program did not end normally, no group
/// is green.
#[test]
fn splits_the_output_of_one_call() {
    let groups = names(&["given_a", "step1", "t1_a"]);
    let passed = "test given_a::one ... ok\ntest step1::t1_x::two ... ok\n";
    let failed =
        "test t1_a::three ... FAILED\n---- t1_a::three stdout ----\nThere is no Redis to run with.\n\nfailures:\n";
    let outcomes = |ok, out: &str| -> Vec<_> {
        let test_runs = TestRun::split(&groups, &ran(ok, out));
        test_runs
            .into_iter()
            .map(|test_run| (test_run.state, test_run.ran()))
            .collect()
    };
    let end = "test result: FAILED. 2 passed; 1 failed\n";
    let expected = [(State::Green, 1), (State::Green, 1), (State::NoRedis, 1)];
    assert_eq!(outcomes(false, &format!("{passed}{failed}{end}")), expected);
    let expected = [(State::Red, 1), (State::Red, 1), (State::Red, 0)];
    assert_eq!(outcomes(true, passed), expected);
}

/// The groups that were green the last time run in one call. If a test ends that call, its group is
/// found. Catches: blaming the first group, or all of them.
#[test]
fn finds_the_group_that_ended_a_shared_call() {
    let folder = untouched("shared-exit");
    folder.write("step1-sums/src/lib.rs", SOLUTION);
    out(&folder, &["test", "1"], 0);
    let exits = SOLUTION.replace("x + 2", "std::process::exit(i32::from(x))");
    folder.write("step1-sums/src/lib.rs", &exits);
    let text = out(&folder, &["test", "1"], 1);
    has(&text, &["✓     given_zero", "✓ 1.1 t1_one"]);
    assert!(text.contains("✗ 1.2 t2_two            did not end"), "{text}");
    assert!(text.ends_with("$ cargo kata hint 1.2\n"), "{text}");
}

/// Creates a second step, whose test program includes the tests of the first one.
fn second_step(name: &str) -> Folder {
    let folder = untouched(name);
    let read = |path: &str| std::fs::read_to_string(folder.0.join(path)).unwrap();
    let renamed = |path: &str| {
        read(path)
            .replace("step1-sums", "step2-more")
            .replace("step1_sums", "step2_more")
    };
    folder.write(
        "Cargo.toml",
        &read("Cargo.toml").replace("[\"step1-sums\"]", "[\"step1-sums\", \"step2-more\"]"),
    );
    folder.write("step2-more/Cargo.toml", &renamed("step1-sums/Cargo.toml"));
    folder.write("step2-more/src/main.rs", &renamed("step1-sums/src/main.rs"));
    folder.write(
        "step2-more/src/lib.rs",
        &format!("{SOLUTION}\n/// Three more.\npub fn three(x: u8) -> u8 {{\n    todo!(\"task 2.1: add three to {{x}}\")\n}}\n"),
    );
    folder.write("step2-more/README.md", "| 2.1 add three | `src/lib.rs` | … |\n");
    let both = |folder: &Folder, path: &str| {
        let text = std::fs::read_to_string(folder.0.join(path)).unwrap();
        folder.write(path, &text.replace("step1_sums", "crate::sums"));
    };
    both(&folder, "step1-sums/tests/t1_one.rs");
    both(&folder, "step1-sums/tests/t2_two.rs");
    let main = std::fs::read_to_string(folder.0.join("step1-sums/tests/main.rs")).unwrap();
    folder.write(
        "step1-sums/tests/main.rs",
        &format!("{main}\nuse step1_sums as sums;\n"),
    );
    folder.write(
        "step2-more/tests/main.rs",
        "#[path = \"../../step1-sums/tests\"]\nmod step1 {\n    mod t1_one;\n    mod t2_two;\n}\nmod t1_three;\n\nuse step2_more as sums;\n",
    );
    folder.write(
        "step2-more/tests/t1_three.rs",
        "#[test]\nfn three() {\n    assert_eq!(crate::sums::three(0), 3);\n}\n\n#[test]\nfn three_more() {\n    crate::sums::three(1);\n}\n",
    );
    folder
}

/// A failed test of an earlier step is shown with that step's task, the first one in the order of
/// that step's files, and without a hint for a task of this step. Catches: looking for the test in
/// this step's folder.
#[test]
fn names_the_earlier_step_of_a_failed_test() {
    let folder = second_step("earlier");
    let lib = std::fs::read_to_string(folder.0.join("step2-more/src/lib.rs")).unwrap();
    folder.write("step2-more/src/lib.rs", &lib.replace("x + 1", "x + 7"));
    let text = out(&folder, &["test", "2"], 1);
    assert!(text.contains("✗     step1             2 of 3 tests fail"), "{text}");
    has(&text, &["\nstep1::t1_one::zero_first (step 1, task 1.1)\n"]);
    assert!(
        text.ends_with("$ cargo test -p step2-more step1::t1_one::zero_first\n"),
        "{text}"
    );
    let map = out(&folder, &[], 0);
    has(&map, &["✗ red          step1             the behaviour of step 1"]);
}

/// Cargo runs all tests whose names contain the given word. Catches: a command that runs another
/// test, too.
#[test]
fn adds_exact_if_a_name_is_a_prefix() {
    let folder = second_step("exact");
    let text = out(&folder, &["test", "2.1"], 1);
    assert!(text.starts_with("$ cargo test -p step2-more t1_three\n"), "{text}");
    has(&text, &["$ cargo test -p step2-more t1_three::three -- --exact\n"]);
}
