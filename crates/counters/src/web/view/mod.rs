//! Draws the page.

pub mod content;
pub mod figures;
pub mod page;
pub mod pending;
pub mod places;
pub mod processes;
pub mod queues;
pub mod section;
pub mod set;
pub mod setting;
pub mod span;
pub mod token;
