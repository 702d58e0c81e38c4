use std::sync::{Mutex, mpsc};
use std::time::Duration;

use kata::verify::{Check, Report, Verdict};

use crate::has;

/// One problem fails the report. It is shown in full, with the command that repeats its check.
#[test]
fn shows_each_problem_with_the_command_to_repeat_it() {
    let mut report = Report::default();
    report.row(Check::Todos, "step1-enqueue", |_| Ok(Verdict::default()));
    assert!(!report.failed());
    report.row(Check::RedMap, "step2-poller, ladder", |_| {
        Ok(vec!["t1 is green too early".to_owned()])
    });
    assert!(report.failed());
    let shown = report.render();
    has(&shown, &["t1 is green too early", "cargo kata verify --only red-map"]);
    assert!(!shown.contains("--only todos"), "{shown}");
    let plain = anstream::adapter::strip_str(&shown).to_string();
    let rows: Vec<_> = plain.lines().take(3).collect();
    assert!(
        rows[0].starts_with("check        what                 verdict"),
        "{plain}"
    );
    assert!(rows[1].starts_with("todos        step1-enqueue        ok"), "{plain}");
    assert!(
        rows[2].starts_with("red-map      step2-poller, ladder FAILED"),
        "{plain}"
    );
}

/// A check that cannot run has not passed. Catches: a missing row in the table.
#[test]
fn reports_an_error_as_a_problem() {
    let mut report = Report::default();
    report.row(Check::Docs, "links", |_| {
        Err::<Verdict, _>("Cannot read README.md.".into())
    });
    assert!(report.failed() && report.render().contains("Cannot read README.md."));
}

/// A note is not a problem.
#[test]
fn passes_with_a_note() {
    let mut report = Report::default();
    report.row(Check::Todos, "step1-enqueue", |_| {
        Ok(Verdict {
            problems: vec![],
            notes: vec!["an answer".to_owned()],
        })
    });
    assert!(!report.failed() && report.render().contains("an answer"));
}

/// The rows have the order of the items, in whatever order they finish. A problem of one fails the
/// report.
#[test]
fn keeps_the_order_of_parallel_rows() {
    let mut report = Report::default();
    let (proved, other) = mpsc::channel();
    let (proved, other) = (Mutex::new(proved), Mutex::new(other));
    report.each(&["solutions, test", "tools, test"], |what, report| {
        report.row(Check::Solutions, what, |_| {
            if *what == "tools, test" {
                proved.lock().unwrap().send(()).unwrap();
                return Ok(vec!["one is red".to_owned()]);
            }
            // With a single core the other one comes later.
            let _ = other.lock().unwrap().recv_timeout(Duration::from_secs(1));
            Ok(Vec::new())
        });
    });
    let shown = report.render();
    assert!(report.failed() && shown.contains("one is red"), "{shown}");
    assert!(shown.find("solutions, test") < shown.find("tools, test"), "{shown}");
}
