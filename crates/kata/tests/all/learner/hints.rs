use std::collections::BTreeSet;

use kata::repo::hints::Hints;
use kata::repo::suite::Suite;
use kata::verify::docs::hints::{answers, problems, table};
use kata::{Repo, Side};

use super::repository::{SOLUTION, STARTER, out, output, untouched};

use crate::has;

/// Prints one hint at a time, the last one repeatedly, each on request, and again from the first
/// one after a reset.
#[test]
fn gives_one_hint_at_a_time() {
    let folder = untouched("hints");
    let first = out(&folder, &["hint", "1.1"], 0);
    assert!(
        first.starts_with("Task 1.1, add one: hint 1 of 2\n\nThink of a number.\n"),
        "{first}"
    );
    assert!(first.ends_with("For the next hint: cargo kata hint 1.1\n"), "{first}");
    for _ in 0..2 {
        let last = out(&folder, &["hint", "sums.1"], 0);
        has(&last, &["hint 2 of 2\n\nAdd.\n", "This is the last hint."]);
    }
    assert!(out(&folder, &["hint", "1.1", "1"], 0).contains("hint 1 of 2"));
    assert!(out(&folder, &["hint", "1.2"], 0).contains("hint 1 of 1"));
    out(&folder, &["reset", "1"], 0);
    assert!(out(&folder, &["hint", "1.1"], 0).contains("hint 1 of 2"));
}

/// A hint needs only to be read. Catches: an error in place of the hint, if the number of shown
/// hints cannot be stored.
#[test]
fn gives_a_hint_in_a_folder_that_cannot_be_written() {
    let folder = untouched("hint-read-only");
    // Also root cannot create a folder inside a file.
    folder.write("target/kata", "");
    let (out, err, code) = output(&folder.0, &["hint", "1.1"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("Think of a number."), "{out}");
    assert!(out.contains("For the next hint: cargo kata hint 1.1 2"), "{out}");
    assert!(err.contains("cannot be stored"), "{err}");
}

/// Without a task, the hint is for the first open task of the map.
#[test]
fn gives_hints_for_the_first_open_task() {
    let folder = untouched("hint-next");
    assert!(out(&folder, &["hint"], 0).starts_with("Task 1.1, "));
}

/// The message names the tasks or hints that exist.
#[test]
fn rejects_hints_that_do_not_exist() {
    let folder = untouched("hint-none");
    for (args, words) in [
        (&["hint", "1"][..], "Give 1.1 to 1.2."),
        (&["hint", "1.3"], "Its tasks: 1.1, 1.2."),
        (
            &["hint", "1.2", "2"],
            "There is no hint 2. The number of hints for task 1.2 is 1.",
        ),
        (&["hint", "1.2", "0"], "There is no hint 0."),
    ] {
        let (_, err, code) = output(&folder.0, args);
        assert_eq!(code, Some(2), "{args:?}");
        assert!(err.contains(words), "{err}");
    }
}

/// Each possible problem of hints: none, too many, too long, for a task that does not exist, and a
/// line of the answer, in code style or in a block. A line that is in the starter already is not an
/// answer.
#[test]
fn finds_problems_in_hints() {
    let folder = untouched("hint-faults");
    let repo = Repo::around(&folder.0).unwrap();
    let suite = Suite::of(&repo, &repo.step(Side::Starter, "1").unwrap()).unwrap();
    let file = |text: &str| [("src/lib.rs".to_owned(), text.to_owned())].into();
    let answers = answers(&file(SOLUTION), &file(STARTER));
    assert_eq!(answers, BTreeSet::from(["x + 1".to_owned(), "x + 2".to_owned()]));
    let found = |text: &str| problems(&suite, &Hints::read(1, text), &answers).join("\n");
    let sound = "## 1.1\n\n1. Add `x` and `fn one`, in `pub fn one(x: u8) -> u8 {`.\n\n## 1.2\n\n1. As before.\n";
    assert_eq!(found(sound), "");
    let finds = |text: &str, problem: &str| has(&found(text), &[problem]);
    let long = "word ".repeat(61);
    finds("## 1.1\n\n1. Add.\n", "task 1.2 has 0 hints");
    finds(&format!("{sound}2. b\n3. c\n4. d\n"), "task 1.2 has 4 hints");
    finds(&format!("{sound}2. {long}\n"), "hint 2 of 1.2 has 61 words");
    finds(&format!("{sound}\n## 1.7\n\n1. More.\n"), "there is no task 1.7");
    let answer = format!("{sound}2. Write `x + 2;`.\n");
    finds(&answer, "hint 2 of 1.2 contains a line of the solution: `x + 2`");
}

/// The map reads the tasks from the README, so the README must agree with the tests.
#[test]
fn compares_the_table_of_tasks_with_the_tests() {
    let folder = untouched("hint-table");
    let repo = Repo::around(&folder.0).unwrap();
    let suite = || Suite::of(&repo, &repo.step(Side::Starter, "1").unwrap()).unwrap();
    assert_eq!(table(&suite()), Vec::<String>::new());
    folder.write(
        "step1-sums/README.md",
        "| 1.1 add one | `src/lib.rs` | … |\n| 1.3 more | `src/lib.rs` | … |\n",
    );
    let problems = table(&suite()).join("\n");
    has(&problems, &["does not describe task 1.2", "describes a task 1.3"]);
}
