//! All tests of step 2: `cargo test -p step2-poller`. The tests of one task:
//! `cargo test -p step2-poller t2_fetch`.

extern crate step2_poller as sidepunch;

mod bonus; //        bonus tasks, which our solution does not do
mod given_config; // a server checks its settings
mod given_signals; // the signals in `work --help`
mod given_stop; //   the request to stop
mod sidekiq {
    mod jobs; //     this step performs jobs that real Sidekiq enqueues
}
#[path = "../../step1-enqueue/tests"]
mod step1 {
    mod given_basics;
    mod given_errors;
    mod given_failover;
    mod t1_build;
    mod t2_normalize;
    mod t3_failover;
    mod t3_push;
    mod t3_refused;
    mod t4_perform_async;
    mod t5_bulk {
        mod chunks;
        mod common;
        mod push;
        mod typed;
    }
}
mod support; //      the differences between the steps
mod t1_arguments; // the arguments of a job
mod t1_registry; //  the worker of a class
mod t2_fetch; //     the next job, or a wait for one
mod t2_waits; //     how long a fetch waits, and what becomes of its connection
mod t3_process_one {
    mod bad_jobs; // jobs that no worker can perform
    mod job; //      one job, from the queue to its end
}
mod t4_run {
    mod eviction; // a Redis that deletes keys when it is full
    mod failover; // a Redis that becomes a replica
    mod failures; // the log of jobs that fail
    mod lines; //    which events are logged
    mod log; //      the log of any text
    mod program; //  the program `work`
    mod refused; //  a Redis that refuses commands
    mod restart; //  a Redis that restarts
    mod server; //   `Server::run`
    mod signals; //  the signals of `work`
}
