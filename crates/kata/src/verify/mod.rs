//! What `cargo kata verify` proves, a file a check.

pub mod answers;
pub mod chapter;
pub mod comments;
pub mod docs;
pub mod flake;
pub mod hints;
pub mod links;
pub mod lint;
pub mod matching;
pub mod mutants;
pub mod named_pages;
pub mod page;
pub mod parallel;
pub mod prose;
pub mod red_map;
pub mod report;
pub mod right;
pub mod scope;
pub mod seed;
pub mod session;
pub mod sessions;
pub mod shims;
pub mod slow;
pub mod solutions;
pub mod stale_build;
pub mod stubs;
pub mod survivors;
pub mod test_file;
pub mod test_layout;
pub mod todos;
pub mod tree;
pub mod tree_wording;
pub mod twins;
pub mod wording;
pub mod wrong;

pub use report::{Report, Verdict};
pub use scope::Scope;

// What the checks share with the learner's commands.
pub use crate::{files, git, libtest, patches, run};

use clap::ValueEnum;

use crate::CliError;

/// One thing to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Check {
    /// Tests, clippy, formatting and rustdoc of the solutions and of the tools are clean
    Solutions,
    /// A solution with its patches of trials/todo is the starter, byte for byte
    Todos,
    /// The two twins of each step agree: files, manifests, locked versions; no test is forgotten
    Twins,
    /// In a starter each task's tests are red by its todo; with tasks 1…K done those up to K are green
    RedMap,
    /// The starters compile without a warning, and hide none
    Stubs,
    /// With one shared target directory neither twin reports the other's verdict
    StaleBuild,
    /// Links, lengths, test tables and sessions of the chapters hold; each task has its page and
    /// its hints; the prose is plain English
    Docs,
    /// Each right answer of trials/right, whatever its design, passes the tests of its step
    Right,
    /// On request: each wrong answer of trials/wrong is caught by the test it names
    Wrong,
    /// On request: nothing is lost, whatever is killed; the tests that take minutes
    Slow,
    /// On request (--flake N): each step's tests pass N times in series and N times in parallel
    Flake,
    /// On request (--mutants): what cargo-mutants breaks in a solution, its tests notice; takes hours
    Mutants,
}

impl Check {
    /// Those that are proved unless others are asked for, the quick ones first. The wrong answers take minutes.
    pub const USUAL: &[Check] = &[
        Check::Todos,
        Check::Twins,
        Check::Solutions,
        Check::RedMap,
        Check::Stubs,
        Check::Right,
        Check::StaleBuild,
        Check::Docs,
    ];

    /// Its name on the command line.
    pub fn name(self) -> String {
        // No check is skipped in the derive, so each has a name.
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Proves it, a row of the report for each part.
    ///
    /// # Errors
    ///
    /// If nothing can be proved at all; a fault that was found is no error.
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
