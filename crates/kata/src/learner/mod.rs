//! What the learner's commands share: which task is meant, what was built, how its tests went, what comes next.

pub mod advice;
pub mod build;
pub mod failure;
pub mod hints;
pub mod kept;
pub mod map;
pub mod print;
pub mod results;
pub mod round;
pub mod state;
pub mod todos;
pub mod trial;
pub mod waiting;
pub mod which;

pub use hints::Hints;
pub use print::{Present, Print};
pub use results::{Outcome, Record, Results};
pub use round::Round;
pub use state::{Standing, State};
pub use waiting::Waiting;
pub use which::Which;
