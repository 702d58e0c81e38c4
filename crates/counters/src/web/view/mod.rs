//! Draws the page.

pub mod figures;
pub mod page;
pub mod pending;
pub mod pipeline;
pub mod queues;
pub mod section;
pub mod set;
pub mod span;
pub mod state;
pub mod step;
pub mod token;
pub mod workers;
