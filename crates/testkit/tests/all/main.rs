//! The tests of the test kit, as one program: a program more is a link more.

mod answers;
mod failing;
mod failover;
mod fixtures;
mod given;
mod kit;
mod leftovers;
mod program;
mod proxy;
mod redis;
mod shared;
mod todo;
mod transcript;
mod twin;
mod waits;
