//! Playing the counters app: its programs run side by side, and end in order, however we end.

mod cast;
mod group;
mod http;
mod line;
mod part;
mod spare;
mod stage;

pub use cast::Cast;
pub use group::Group;
pub use http::{answers, define};
pub use line::Line;
pub use part::Part;
pub use spare::Spare;
pub use stage::{End, Stage};
