//! What step 1 taught still holds: its tests, with another `use` line.

mod build;
mod bulk;
mod normalize;
mod perform_async;
mod push;
