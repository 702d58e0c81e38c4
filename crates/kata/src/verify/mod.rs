//! The checks of `cargo kata verify`. Each has a file of its own.

pub mod answers;
pub mod docs;
pub mod flake;
pub mod lint;
pub mod mutants;
pub mod parallel;
pub mod red_map;
pub mod report;
pub mod scope;
pub mod seed;
pub mod slow;
pub mod solutions;
pub mod stale_build;
pub mod stubs;
pub mod test_file;
pub mod test_layout;
pub mod todos;
pub mod tree;
pub mod twins;

pub use report::{Report, Verdict};
pub use scope::Scope;

use clap::ValueEnum;

use crate::CliError;

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

    /// Runs the check and adds a row to the report for each part.
    ///
    /// # Errors
    ///
    /// If the check cannot run at all. A problem that it finds is not an error.
    pub fn prove(self, scope: &Scope, report: &mut Report) -> Result<(), CliError> {
        match self {
            Check::Solutions => solutions::prove(scope, report),
            Check::Todos => todos::prove(scope, report),
            Check::Twins => twins::prove(scope, report),
            Check::RedMap => red_map::prove(scope, report),
            Check::Stubs => stubs::prove(scope, report),
            Check::StaleBuild => stale_build::prove(scope, report),
            Check::Docs => docs::prove(scope, report),
            Check::Right => right::prove(scope, report),
            Check::Wrong => wrong::prove(scope, report),
            Check::Slow => slow::prove(scope, report),
            Check::Flake => flake::prove(scope, report),
            Check::Mutants => mutants::prove(scope, report),
        }
    }
}
