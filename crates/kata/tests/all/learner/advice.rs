use std::collections::BTreeSet;

use kata::Step;
use kata::learner::advice::{current, next};
use kata::learner::map::render;
use kata::learner::{State, StepStatus};
use kata::repo::suite::{Suite, Task};

/// Returns a step of two tasks: its groups of tests in these states, last tried `at`, with the
/// todos of these tasks left.
fn step(number: u8, states: [State; 3], at: Option<u64>, left: &[u8]) -> StepStatus {
    let groups = ["given_basics", "t1_build", "t2_push"].map(str::to_owned);
    let task = |task: u8| Task {
        number: task,
        title: format!("do {task}"),
        place: "src/lib.rs".to_owned(),
        page: format!("docs/step{number}-page{task}.md"),
    };
    StepStatus {
        suite: Suite {
            step: Step {
                number,
                name: format!("step{number}-some"),
            },
            tasks: vec![task(1), task(2)],
            groups: groups.to_vec(),
        },
        groups: groups.into_iter().zip(states).collect(),
        at,
        left: BTreeSet::from_iter(left.iter().copied()),
    }
}

const GREEN: [State; 3] = [State::Green; 3];
const NOT_RUN: [State; 3] = [State::NotRun; 3];

fn fresh(number: u8) -> StepStatus {
    step(number, NOT_RUN, None, &[1, 2])
}

/// A learner may begin at step 2, or return to step 1. Catches: always choosing the first step that
/// is not green.
#[test]
fn continues_with_the_step_tried_last() {
    let at = |steps: &[StepStatus]| current(steps).map(|step| step.suite.step.number);
    let red = [State::Green, State::Red, State::NotRun];
    assert_eq!(at(&[fresh(1), fresh(2), fresh(3)]), Some(1));
    assert_eq!(at(&[fresh(1), step(2, red, Some(5), &[2]), fresh(3)]), Some(2));
    assert_eq!(at(&[step(1, red, Some(9), &[2]), step(2, red, Some(5), &[2])]), Some(1));
    assert_eq!(at(&[fresh(1), step(2, GREEN, Some(5), &[]), fresh(3)]), Some(3));
    assert_eq!(
        at(&[fresh(1), step(2, GREEN, Some(5), &[])]),
        Some(1),
        "a skipped step comes last"
    );
    assert_eq!(
        at(&[fresh(1), step(2, NOT_RUN, None, &[2])]),
        Some(2),
        "edited, but not tried"
    );
    assert_eq!(at(&[step(1, GREEN, Some(1), &[]), step(2, GREEN, Some(2), &[])]), None);
}

/// For each state there is a sentence and one command.
#[test]
fn advises_one_command_for_each_state() {
    let advises = |steps: &[StepStatus], words: &str, command: &str| {
        let advice = next(steps);
        assert!(advice.words.contains(words), "{words:?} is missing in {advice:?}");
        assert_eq!(advice.command, command, "{advice:?}");
    };
    let test = "cargo kata test 1";
    let open = |states| [step(1, states, Some(5), &[1, 2]), fresh(2)];
    let last = |state| open([State::Green, State::Green, state]);
    let green = || step(1, GREEN, Some(5), &[]);
    advises(&[fresh(1), fresh(2)], "see its first test fail", test);
    advises(&open([State::NoBuild; 3]), "does not compile", test);
    advises(&open([State::NoRedis; 3]), "found no Redis", "cargo kata doctor");
    advises(&open([State::Changed; 3]), "You have changed", test);
    advises(&last(State::Red), "task 1.2, do 2", test);
    advises(&last(State::Red), "docs/step1-page2.md explains", test);
    advises(&last(State::NotRun), "Read about it in docs/step1-page2.md", test);
    advises(&[green(), fresh(2)], "cargo kata diff 1", "cargo kata test 2");
    advises(&[step(1, NOT_RUN, None, &[2]), fresh(2)], "See how far you are", test);
    advises(&[green()], "docs/what-next.md", "cargo kata bench");
}

/// The map shows the tasks of the learner's current step.
#[test]
fn map_fits_into_80_columns() {
    let steps = [step(1, GREEN, Some(5), &[]), fresh(2), fresh(3)];
    let lines = |whole| -> Vec<String> {
        let plain = |line: &String| anstream::adapter::strip_str(line).to_string();
        render(&steps, whole).iter().map(plain).collect()
    };
    let (short, whole) = (lines(false), lines(true));
    for line in short.iter().chain(&whole) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let rows = |lines: &[String]| lines.iter().filter(|line| line.contains("t1_build")).count();
    assert_eq!((rows(&short), rows(&whole)), (1, 3));
    assert!(short.iter().any(|line| line.starts_with("> step2-some")), "{short:?}");
}
