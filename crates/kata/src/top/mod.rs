//! The screen of `cargo kata top`, which shows the content of the web page in a terminal.

mod figures;
mod places;
mod poller;
mod screen;
mod view_state;

pub use poller::Poller;
pub use screen::Screen;
pub use view_state::ViewState;
