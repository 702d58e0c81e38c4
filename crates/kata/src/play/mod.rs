//! Runs the counters app: starts its programs side by side, and stops them in order, however this
//! process ends.

mod child_process;
mod control_socket;
mod program;
mod session;
mod supervisor;

pub use program::{Program, Role};
pub use session::Session;
pub use supervisor::Supervisor;
