//! Finds tests that fail now and then: runs the test program of each step, on our solution, many
//! times in series and many times in parallel.

use std::collections::BTreeMap;

use super::test_program::TestFile;
use super::{Check, Report, Scope, parallel, solutions};
use crate::repo::libtest;

/// How many runs of a step's tests go on at the same time for each core. With more, the result
/// would depend on the speed of the machine.
const RUNS_PER_CORE: usize = 2;

/// Adds two rows for each step.
pub fn prove(scope: &Scope, report: &mut Report) {
    let runs = scope.flake;
    for step in &scope.steps {
        for (how, workers) in [("in series", 1), ("in parallel", RUNS_PER_CORE * parallel::cores())] {
            report.row(Check::Flake, &format!("{}, {runs} {how}", step.name), |_| {
                let program = solutions::build(scope, step)?;
                let ran = parallel::parallel_map(&vec![(); runs], workers, |()| program.run());
                let ran: Vec<_> = ran.into_iter().collect::<Result<_, _>>()?;
                Ok(failures(&ran))
            });
        }
    }
}

/// Reports the tests that failed, how often, and the output of the last failure.
pub fn failures(runs: &[Vec<TestFile>]) -> Vec<String> {
    let mut failed: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for file in runs.iter().flatten().filter(|file| !file.ok) {
        let failures = libtest::failures(&file.tests);
        let mut tests: Vec<_> = failures
            .map(|(test, output)| (format!("{}::{test}", file.name), output))
            .collect();
        if tests.is_empty() {
            tests.push((format!("{}, which ended early,", file.name), &file.text));
        }
        for (name, output) in tests {
            let (times, last) = failed.entry(name).or_default();
            *times += 1;
            *last = output;
        }
    }
    let count = runs.len();
    let describe = |(name, (times, last)): (String, (usize, &str))| {
        format!("{name} failed in {times} of {count} runs. The last time:\n{last}")
    };
    failed.into_iter().map(describe).collect()
}
