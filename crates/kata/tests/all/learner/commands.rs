use super::repository::{SOLUTION, STARTER, out, output, untouched};

use crate::has;

/// In an untouched clone the map appears at once. Catches: a build of steps that were never tried.
#[test]
fn map_of_an_untouched_clone_builds_nothing() {
    let folder = untouched("map-untouched");
    let map = out(&folder, &[], 0);
    assert!(map.contains("> step1-sums") && map.contains("not begun"), "{map}");
    assert!(map.contains("not run  1.1 t1_one            add one"), "{map}");
    assert!(map.contains("Read docs/step1-sums.md"), "{map}");
    assert!(map.ends_with("  $ cargo kata test 1\n"), "{map}");
    assert!(!folder.0.join("target/debug").exists());
}

/// The path of a learner: red, the first failure in full, a task done, the next red, all green; the
/// map follows. Catches: another order of the tests, another failure than the first one, and
/// results that are shown after a change.
#[test]
fn map_follows_a_learner_from_red_to_green() {
    let folder = untouched("way");
    let red = out(&folder, &["test", "1"], 1);
    assert!(
        red.starts_with("$ cargo test -p step1-sums\n  ✓     given_zero"),
        "{red}"
    );
    assert!(red.contains("✗ 1.1 t1_one            2 of 2 tests fail"), "{red}");
    has(&red, &["\nt1_one::zero_first\n", "task 1.1: add one to 0"]);
    assert!(red.contains("One more test of this group fails."), "{red}");
    assert!(red.contains("$ cargo test -p step1-sums t1_one::zero_first\n"), "{red}");
    assert!(red.ends_with("$ cargo kata hint 1.1\n"), "{red}");
    assert!(!red.contains("t2_two") && !red.contains("Compiling"), "{red}");
    let map = out(&folder, &[], 0);
    has(&map, &["✓ green        given_zero", "✗ red      1.1"]);
    assert!(map.contains("Next: task 1.1, add one (src/lib.rs)."), "{map}");

    folder.write(
        "step1-sums/src/lib.rs",
        &STARTER.replace("todo!(\"task 1.1: add one to {x}\")", "x + 1"),
    );
    let map = out(&folder, &[], 0);
    has(&map, &["· not run  1.1", "You have changed step1-sums"]);
    let red = out(&folder, &["test", "sums"], 1);
    has(&red, &["✓ 1.1 t1_one", "task 1.2: add two to 0"]);
    assert!(out(&folder, &["test", "1.1"], 0).contains("Task 1.1 is green."));

    folder.write("step1-sums/src/lib.rs", SOLUTION);
    let green = out(&folder, &["test"], 0);
    has(&green, &["✓ 1.2 t2_two"]);
    assert!(green.ends_with("$ cargo kata diff 1\n"), "{green}");
    assert!(!green.contains("bonus"), "{green}");
    let map = out(&folder, &["--all"], 0);
    assert!(map.contains("✓ ✓") && map.contains("All steps are green"), "{map}");
    assert!(map.ends_with("  $ cargo kata bench\n"), "{map}");
}

/// The lines of cargo are left out, those of the compiler are shown. The map reports the broken
/// build, too.
#[test]
fn shows_the_compiler_errors_of_a_broken_build() {
    let folder = untouched("broken");
    folder.write("step1-sums/src/lib.rs", &SOLUTION.replace("x + 1", "x + \"1\""));
    let (out, err, code) = output(&folder.0, &["test", "1"]);
    assert_eq!(code, Some(3), "{out}{err}");
    assert!(out.contains("✗ step1-sums does not compile"), "{out}");
    has(&err, &["error[E0277]", "step1-sums/src/lib.rs:5:7"]);
    assert!(!err.contains("Compiling") && !err.contains("{\"reason\""), "{err}");
    let map = super::repository::out(&folder, &[], 0);
    has(&map, &["does not compile", "See the messages of the compiler:"]);
    assert!(map.contains("not run  1.1"), "{map}");
}

/// A learner without Redis needs the doctor, not a hint.
#[test]
fn sends_learners_without_redis_to_the_doctor() {
    let folder = untouched("no-redis");
    folder.write(
        "step1-sums/tests/given_zero.rs",
        "#[test]\nfn zero() {\n    panic!(\"There is no Redis to run with. Do one of these three:\");\n}\n",
    );
    let text = out(&folder, &["test", "1"], 3);
    assert!(text.contains("! ") && text.contains("Do one of these three:"), "{text}");
    assert!(
        text.ends_with("$ cargo kata doctor\n") && !text.contains("hint"),
        "{text}"
    );
    let map = out(&folder, &[], 0);
    has(&map, &["no Redis"]);
    assert!(map.ends_with("  $ cargo kata doctor\n"), "{map}");
}

/// `--run` continues after a failure, and shows all results.
#[test]
fn run_tests_all_groups_after_a_failure() {
    let folder = untouched("refresh");
    folder.write("step1-sums/src/lib.rs", &SOLUTION.replace("x + 1", "x"));
    let map = out(&folder, &["--run"], 0);
    assert!(map.starts_with("$ cargo test -p step1-sums\n"), "{map}");
    has(&map, &["✗ red      1.1", "✓ green    1.2"]);
}

/// A test that ends the process, or never ends by itself, is red, and its last lines are shown.
#[test]
fn shows_the_last_lines_of_an_aborted_program() {
    let folder = untouched("abort");
    folder.write(
        "step1-sums/tests/given_zero.rs",
        "#[test]\nfn zero() {\n    eprintln!(\"last words\");\n    std::process::abort();\n}\n",
    );
    let text = out(&folder, &["test", "1"], 1);
    has(&text, &["✗     given_zero        did not end\n", "\nrunning 1 test\n"]);
    has(&text, &["\n$ cargo test -p step1-sums given_zero -- --test-threads=1"]);
}

/// The learner's code may exit, and end the test program. Catches: relying on the exit code.
#[test]
fn reports_a_test_that_exits_as_red() {
    let folder = untouched("exit");
    let exits = STARTER.replace("todo!(\"task 1.1: add one to {x}\")", "std::process::exit(x.into())");
    folder.write("step1-sums/src/lib.rs", &exits);
    folder.write(
        "step1-sums/tests/t1_one.rs",
        "#[test]\nfn zero() {\n    assert_eq!(step1_sums::one(0), 1);\n}\n",
    );
    let text = out(&folder, &["test", "1.1"], 1);
    assert!(text.contains("✗ 1.1 t1_one            did not end"), "{text}");
    assert!(text.ends_with("$ cargo kata hint 1.1\n"), "{text}");
    assert!(out(&folder, &[], 0).contains("✗ red      1.1"));
}

/// Catches: the exit code of a red test for a typing error.
#[test]
fn exits_with_2_for_wrong_arguments() {
    let folder = untouched("arguments");
    for (args, named) in [
        (["test", "0"], "\"0\""),
        (["test", "1.9"], "\"9\""),
        (["hint", "1"], "1.1 to 1.2"),
        (["reset", "1.1"], "cargo kata reset 1."),
        (["skip", "1.1"], "cargo kata skip 1."),
        (["diff", "1.2"], "cargo kata diff 1."),
        (["top", "--redis=here"], "redis://127.0.0.1:6379/0"),
    ] {
        let (out, err, code) = output(&folder.0, &args);
        assert_eq!(code, Some(2), "{args:?}: {out}{err}");
        assert!(err.contains(named), "{args:?}: {err}");
    }
    assert!(std::fs::read_to_string(folder.0.join("step1-sums/src/lib.rs")).unwrap() == STARTER);
}

/// The cache can be deleted, and may be corrupt. Then the steps count as not tried.
#[test]
fn ignores_a_corrupt_cache() {
    let folder = untouched("spoilt");
    folder.write("target/kata/results/step1-sums.json", "{");
    assert!(out(&folder, &[], 0).contains("not begun"));
}

/// The solution is not shown by accident. A script must request it.
#[test]
fn requires_yes_to_show_the_solution() {
    let folder = untouched("diff");
    let (text, err, code) = output(&folder.0, &["diff", "1"]);
    assert_eq!(code, Some(1));
    assert!(
        err.contains("Use --yes to see it") && !text.contains("x + 1"),
        "{text}{err}"
    );
    folder.write("step1-sums/src/mine.rs", "fn mine() {}\n");
    let text = out(&folder, &["diff", "step1", "--yes"], 0);
    assert!(
        text.starts_with("$ diff -ru step1-sums/src solutions/step1-sums/src\n"),
        "{text}"
    );
    has(&text, &["\n-    todo!(\"task 1.1: add one to {x}\")\n+    x + 1\n"]);
    has(
        &text,
        &["--- step1-sums/src/mine.rs\n+++ /dev/null\n", "\n-fn mine() {}\n"],
    );
    assert!(!text.contains("main.rs"), "{text}");
}

/// If the last tests were all green, there is no question.
#[test]
fn shows_the_diff_of_a_green_step() {
    let folder = untouched("diff-green");
    folder.write("step1-sums/src/lib.rs", &SOLUTION.replace("x + 1", "1 + x"));
    out(&folder, &["test", "1"], 0);
    let text = out(&folder, &["diff", "1"], 0);
    assert!(text.contains("\n-    1 + x\n+    x + 1\n"), "{text}");
}

/// The printed commands work where they are printed. Below `solutions`, the same command would mean
/// our solution.
#[test]
fn commands_printed_in_solutions_name_the_root() {
    let folder = untouched("below");
    let (text, err, code) = output(&folder.0.join("solutions/step1-sums/src"), &["test", "1"]);
    assert_eq!(code, Some(1), "{text}{err}");
    let begin = format!("$ (cd {} && cargo test -p step1-sums)\n", folder.0.display());
    assert!(text.starts_with(&begin), "{text}");
}
