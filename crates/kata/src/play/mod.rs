//! Runs the counters app: starts its programs side by side, and stops them in order, however this
//! process ends.

mod child_process;
mod control_socket;
mod restart_spec;
mod session;
mod supervisor;

pub use child_process::ChildProcess;
pub use control_socket::ControlSocket;
pub use restart_spec::RestartSpec;
pub use session::{End, Session};
pub use supervisor::Supervisor;
