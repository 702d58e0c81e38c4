//! Task 3.3: whatever goes wrong with a job, it is kept somewhere, and the loop goes on.

mod program;
mod server;
