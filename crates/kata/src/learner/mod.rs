//! What the learner's commands share: the selection of a step or task, builds, test runs and their
//! results, and the advice on what to do next.

pub mod advice;
pub mod build;
pub mod failure;
pub mod fingerprint;
pub mod map;
pub mod results;
pub mod selection;
pub mod state;
pub mod status;
pub mod test_run;
pub mod test_session;
pub mod todos;

pub use fingerprint::{ExecutableFile, Fingerprint};
pub use results::{Record, Results};
pub use selection::Selection;
pub use state::State;
pub use status::StepStatus;
pub use test_session::TestSession;
