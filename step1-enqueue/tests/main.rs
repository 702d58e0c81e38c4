//! All tests of step 1: `cargo test -p step1-enqueue`. Those of one task: `cargo test -p step1-enqueue t3_push`.

extern crate step1_enqueue as sidepunch;

mod bonus; //            what our solution does not do
mod given_basics; //     jobs, connections, the command line
mod sidekiq {
    mod jobs; //         real Sidekiq performs our jobs
}
mod support; //          what differs from step to step
mod t1_build; //         a job is a class and an array of args
mod t2_normalize; //     what the client adds to a job
mod t3_push; //          one job in Redis
mod t4_perform_async; // one job, by types
mod t5_bulk; //          many jobs
