use kata::Repo;
use kata::learner::Selection;

use super::repository::untouched;

/// Accepts numbers and names, and a task in the same word or apart from it.
#[test]
fn accepts_all_names_of_a_task() {
    let folder = untouched("selection");
    let repo = Repo::around(&folder.0).unwrap();
    let task = |step, task| Selection::read(&repo, step, task).unwrap().task;
    for step in ["1", "step1", "sums", "step1-sums", "step1-sums/"] {
        assert_eq!(task(step, None), None, "{step}");
    }
    for (step, inner) in [
        ("1.2", None),
        ("step1-sums.2", None),
        ("1", Some("2")),
        ("1", Some("1.2")),
        ("sums", Some("t2_two")),
        ("1.2", Some("2")),
    ] {
        assert_eq!(task(step, inner), Some(2), "{step} {inner:?}");
    }
    let groups = |step| Selection::read(&repo, step, None).unwrap().groups();
    assert_eq!(groups("1"), ["given_zero", "t1_one", "t2_two"]);
    assert_eq!(groups("1.2"), ["t2_two"]);
}

/// Rejects a task of another step, one that does not exist, and two different tasks.
#[test]
fn rejects_unknown_and_contradictory_tasks() {
    let folder = untouched("selection-not");
    let repo = Repo::around(&folder.0).unwrap();
    for (step, task) in [
        ("1.3", None),
        ("1", Some("2.1")),
        ("1", Some("0")),
        ("1.1", Some("2")),
        ("2", None),
    ] {
        assert!(Selection::read(&repo, step, task).is_err(), "{step} {task:?}");
    }
}
