//! Task 2.4: the loop that runs until it is asked to stop, and survives a Redis that goes away.

mod program;
mod server;
