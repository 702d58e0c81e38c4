//! What `cargo kata top` shows: the same as the page, for those who live in a terminal.

mod figures;
mod poller;
mod processes;
mod queues;
mod screen;
mod sets;
mod view_state;

pub use poller::Poller;
pub use screen::Screen;
pub use view_state::ViewState;
