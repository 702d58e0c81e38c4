//! The checks of `cargo kata verify`. Each has a file or a folder of its own.

pub mod answers;
pub mod check;
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
pub mod test_layout;
pub mod test_program;
pub mod todos;
pub mod tree;
pub mod twins;

pub use check::Check;
pub use report::{Report, Verdict};
pub use scope::Scope;

use crate::CliError;

/// Runs a check and adds a row to the report for each part. If a part cannot be checked, this is a
/// problem of its row.
///
/// # Errors
///
/// If the check cannot run at all. A problem that it finds is not an error.
pub fn prove(check: Check, scope: &Scope, report: &mut Report) -> Result<(), CliError> {
    match check {
        Check::Solutions => solutions::prove(scope, report),
        Check::Todos => todos::prove(scope, report),
        Check::Twins => twins::prove(scope, report),
        Check::RedMap => red_map::prove(scope, report),
        Check::Stubs => stubs::prove(scope, report),
        Check::StaleBuild => stale_build::prove(scope, report),
        Check::Docs => docs::prove(scope, report)?,
        Check::Right => answers::right::prove(scope, report),
        Check::Wrong => answers::wrong::prove(scope, report),
        Check::Slow => slow::prove(scope, report)?,
        Check::Flake => flake::prove(scope, report),
        Check::Mutants => mutants::prove(scope, report)?,
    }
    Ok(())
}
