//! Playing the counters app: its programs run side by side, and end in order, however we end.

mod child_process;
mod control_socket;
mod group;
mod http;
mod restart_spec;
mod session;
mod supervisor;

pub use child_process::ChildProcess;
pub use control_socket::ControlSocket;
pub use group::Group;
pub use http::{answers, define};
pub use restart_spec::RestartSpec;
pub use session::{End, Session};
pub use supervisor::Supervisor;
