//! All tests of step 1: `cargo test -p step1-enqueue`. The tests of one task:
//! `cargo test -p step1-enqueue t3_push`.

extern crate step1_enqueue as sidepunch;

mod bonus; //            bonus tasks, which our solution does not do
mod given_basics; //     jobs, connections, the command line
mod given_errors; //     the errors of a connection
mod given_failover; //   a Redis that becomes a replica
mod sidekiq {
    mod jobs; //         real Sidekiq performs our jobs
}
mod support; //          the differences between the steps
mod t1_build; //         a job is a class and an array of args
mod t2_normalize; //     the fields that the client adds
mod t3_failover; //      a client whose Redis becomes a replica
mod t3_push; //          one job in Redis
mod t3_refused; //       a Redis that refuses a job
mod t4_perform_async; // one job, with typed arguments
mod t5_bulk {
    mod chunks; //       1,000 jobs in each round trip
    mod common; //       fixtures of the tests of many jobs
    mod push; //         many jobs
    mod typed; //        many jobs, with typed arguments
}
