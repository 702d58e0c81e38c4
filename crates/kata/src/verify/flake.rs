//! Tests that fail now and then: each step's test program, on our solution, many times in series
//! and many times in parallel.

use std::collections::BTreeMap;

use super::libtest::Outcome;
use super::test_file::TestFile;
use super::{Check, Report, Scope, Verdict, parallel, solutions};
use crate::CliError;

/// How many runs of a step's tests go on at once for each core. With more, the deadlines of the tests would measure the machine.
const RUNS_PER_CORE: usize = 2;

/// Two rows for each step.
///
/// # Errors
///
/// None; what cannot be run is a fault.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), CliError> {
    let runs = scope.flake;
    for step in &scope.steps {
        for (how, workers) in [("in series", 1), ("in parallel", RUNS_PER_CORE * parallel::cores())] {
            report.row(Check::Flake, &format!("{}, {runs} {how}", step.name), |_| {
                let program = solutions::build(scope, step)?;
                let ran = parallel::parallel_map(&vec![(); runs], workers, |()| program.run());
                let ran: Vec<_> = ran.into_iter().collect::<Result<_, _>>()?;
                Ok(Verdict::of(failures(&ran)))
            });
        }
    }
    Ok(())
}

/// Which tests failed, how often, and what they said the last time.
pub fn failures(runs: &[Vec<TestFile>]) -> Vec<String> {
    let mut failed: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for file in runs.iter().flatten().filter(|file| !file.ok) {
        let tests = file.tests.iter().filter_map(|(test, outcome)| match outcome {
            Outcome::Failed(output) => Some((format!("{}::{test}", file.name), output.as_str())),
            Outcome::Ok | Outcome::Ignored => None,
        });
        let mut tests: Vec<_> = tests.collect();
        if tests.is_empty() {
            tests.push((format!("{}, which broke off,", file.name), &file.text));
        }
        for (name, output) in tests {
            let (times, last) = failed.entry(name).or_default();
            *times += 1;
            *last = output;
        }
    }
    let describe = |(name, (times, last)): (String, (usize, &str))| {
        format!(
            "{name} failed in {times} of {} runs, the last time so:\n{last}",
            runs.len()
        )
    };
    failed.into_iter().map(describe).collect()
}
