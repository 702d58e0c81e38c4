//! Playing the counters app: its programs run side by side, and end in order, however we end.

mod group;
mod http;
mod line;
mod part;
mod stage;

pub use group::Group;
pub use http::{answers, define};
pub use line::Line;
pub use part::Part;
pub use stage::{End, Stage};
