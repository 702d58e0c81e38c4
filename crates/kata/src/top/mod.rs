//! What `cargo kata top` shows: the same as the page, for those who live in a terminal.

mod figures;
mod processes;
mod queues;
mod screen;
mod sets;
mod sight;
mod watcher;

pub use screen::Screen;
pub use sight::Sight;
pub use watcher::Watcher;
