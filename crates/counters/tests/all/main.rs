//! Tests the API and the page over real sockets.

mod actions;
mod api;
mod cost;
mod faults;
mod keys;
mod live;
mod page;
mod places;
mod press;
mod program;
mod queues;
mod recount;
mod support;
