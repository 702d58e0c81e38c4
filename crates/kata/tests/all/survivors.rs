//! The outcomes of mutants, and the list of those that may survive.

use kata::verify::mutants::survivors::{List, MutantOutcome, Survivor, evaluate, outcomes};

/// The format of cargo-mutants 27, without the fields that are not read.
const OUTCOMES: &str = r#"{"outcomes": [
    {"scenario": "Baseline", "summary": "Success"},
    {"scenario": {"Mutant": {"name": "step1-enqueue/src/job.rs:59:12: delete ! in Job::parse"}}, "summary": "CaughtMutant"},
    {"scenario": {"Mutant": {"name": "step1-enqueue/src/job.rs:62:12: delete ! in Job::parse"}}, "summary": "MissedMutant"},
    {"scenario": {"Mutant": {"name": "step1-enqueue/src/a.rs:1:1: replace run -> Result<(), Error> with Ok(())"}}, "summary": "Timeout"},
    {"scenario": {"Mutant": {"name": "step1-enqueue/src/a.rs:2:1: replace new -> A with Default::default()"}}, "summary": "Unviable"}
]}"#;

fn list(mutants: &[&str]) -> List {
    let survivor = mutants.iter().map(|mutant| Survivor {
        mutant: (*mutant).to_owned(),
        why: "it is the same".to_owned(),
    });
    List {
        survivor: survivor.collect(),
    }
}

/// Names contain the change, but not the line, which the next edit would change.
#[test]
fn reads_outcomes() {
    let expected = [
        ("src/job.rs: delete ! in Job::parse", MutantOutcome::Caught),
        ("src/job.rs: delete ! in Job::parse", MutantOutcome::Survived),
        (
            "src/a.rs: replace run -> Result<(), Error> with Ok(())",
            MutantOutcome::TimedOut,
        ),
        (
            "src/a.rs: replace new -> A with Default::default()",
            MutantOutcome::Unviable,
        ),
    ];
    let expected: Vec<_> = expected.map(|(name, end)| (name.to_owned(), end)).into();
    assert_eq!(outcomes(OUTCOMES), Ok(expected));
    assert!(outcomes("{}").is_err());
}

/// Catches: an entry that excuses two mutants, an entry that stays when its mutant is caught, and
/// unviable mutants in the score.
#[test]
fn excuses_one_mutant_for_each_entry() {
    let outcomes = outcomes(OUTCOMES).unwrap();
    let name = "src/job.rs: delete ! in Job::parse";
    let excused = evaluate(&outcomes, &list(&[name]));
    assert_eq!(excused.problems, Vec::<String>::new());
    assert!(
        excused.notes[0].starts_with("3 mutants, of which 2 were caught (66.7 %)"),
        "{:?}",
        excused.notes
    );
    assert_eq!(
        evaluate(&outcomes, &list(&[])).problems,
        [format!("No test notices this mutant: {name}")]
    );
    let twice = evaluate(&outcomes, &list(&[name, name])).problems;
    assert_eq!(twice, [format!("This mutant is listed, but does not survive: {name}")]);
}
