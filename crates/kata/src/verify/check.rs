//! The names of the checks.

use clap::ValueEnum;

/// A check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Check {
    /// The tests, clippy, rustfmt and rustdoc report no problem in the solutions and the tools
    Solutions,
    /// A solution with its patches of trials/todo is the starter, byte for byte
    Todos,
    /// The starter and the solution of each step have the same files, manifests and locked
    /// versions, and every test is run
    Twins,
    /// In a starter, the tests of each task fail at its todo. With the tasks 1 to K done, their
    /// tests pass
    RedMap,
    /// The starters compile without a warning, and do not silence one
    Stubs,
    /// With a shared target directory, neither workspace reports the result of the other
    StaleBuild,
    /// The links, lengths, test tables and sessions of the chapters are correct, each task has its
    /// page and its hints, and the prose is plain English
    Docs,
    /// Each right answer of trials/right passes the tests of its step, although it has another
    /// design
    Right,
    /// On request: each wrong answer of trials/wrong is caught by the test that it names
    Wrong,
    /// On request: no job is lost when processes are killed. These tests take minutes
    Slow,
    /// On request (--flake N): the tests of each step pass N times in series and N times in
    /// parallel
    Flake,
    /// On request (--mutants): the tests notice each change that cargo-mutants makes in a solution.
    /// This takes hours
    Mutants,
}

impl Check {
    /// The checks that run by default, the quick ones first. The wrong answers take minutes, so
    /// they are not among them.
    pub const USUAL: &[Check] = &[
        Check::Todos,
        Check::Twins,
        Check::Solutions,
        Check::Stubs,
        Check::RedMap,
        Check::Right,
        Check::StaleBuild,
        Check::Docs,
    ];

    /// Returns the name on the command line.
    pub fn name(self) -> String {
        // The derive does not skip a check, so each has a name.
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }
}
