//! What the learner's commands share: which task is meant, what was built, how its tests went, what comes next.

pub mod advice;
pub mod backup;
pub mod build;
pub mod failure;
pub mod fingerprint;
pub mod hints;
pub mod map;
pub mod results;
pub mod selection;
pub mod spinner_progress;
pub mod state;
pub mod test_run;
pub mod test_session;
pub mod todos;

pub use fingerprint::{ExecutableFile, Fingerprint};
pub use hints::Hints;
pub use results::{Outcome, Record, Results};
pub use selection::Selection;
pub use spinner_progress::SpinnerProgress;
pub use state::{State, StepStatus};
pub use test_session::TestSession;
