//! What came of mutants.

use kata::verify::survivors::{End, List, Survivor, ends, judge};

/// As cargo-mutants 27 writes it, the fields left out that nobody reads.
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

/// Names keep what was done, and lose the line, which the next edit changes.
#[test]
fn outcomes_are_read() {
    let expected = [
        ("src/job.rs: delete ! in Job::parse", End::Caught),
        ("src/job.rs: delete ! in Job::parse", End::Survived),
        ("src/a.rs: replace run -> Result<(), Error> with Ok(())", End::Late),
        ("src/a.rs: replace new -> A with Default::default()", End::Unviable),
    ];
    let expected: Vec<_> = expected.map(|(name, end)| (name.to_owned(), end)).into();
    assert_eq!(ends(OUTCOMES), Ok(expected));
    assert!(ends("{}").is_err());
}

/// Kills: a list that excuses two for one, an entry that stays when its mutant is caught, unviable ones in the score.
#[test]
fn the_list_excuses_as_many_as_it_names() {
    let ends = ends(OUTCOMES).unwrap();
    let name = "src/job.rs: delete ! in Job::parse";
    let excused = judge(&ends, &list(&[name]));
    assert_eq!(excused.faults, Vec::<String>::new());
    assert!(
        excused.notes[0].starts_with("3 mutants, of which 2 were caught (66.7 %)"),
        "{:?}",
        excused.notes
    );
    assert_eq!(
        judge(&ends, &list(&[])).faults,
        [format!("No test notices this: {name}")]
    );
    let twice = judge(&ends, &list(&[name, name])).faults;
    assert_eq!(twice, [format!("It is listed, and does not survive: {name}")]);
}
