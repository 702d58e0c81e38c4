//! All tests of step 3: `cargo test -p step3-retries`. The tests of one task:
//! `cargo test -p step3-retries t1_decide`.

extern crate step3_retries as sidepunch;

mod bonus; //       bonus tasks, which our solution does not do
mod given_config; // a server checks its settings
mod given_malformed; // JSON values that are not objects, in the dead set
mod given_retry; // the option `retry`, the names of failures
mod sidekiq {
    mod ruby; //    running a Ruby script
    mod sets; //    Sidekiq's API on our sorted sets
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
#[path = "../../step2-poller/tests"]
mod step2 {
    mod given_config;
    mod given_signals;
    mod given_stop;
    mod sidekiq {
        mod jobs;
    }
    mod t1_arguments;
    mod t1_registry;
    mod t2_fetch;
    mod t2_waits;
    mod t3_process_one {
        mod job;
    }
    mod t4_run {
        mod eviction;
        mod failover;
        mod program;
        mod server;
        mod signals;
    }
}
mod support; //     the differences between the steps
mod t1_decide {
    mod common; // fixtures of the tests of the decision
    mod decide; // retry, dead or discard, and the fields that are written into the job
    mod properties; // properties that hold for every job, count and time
    mod queue; //   the queue of a job that failed
    mod retry_for; // a time instead of a number of retries
}
mod t2_apply; //    Redis stores the decision
mod t3_failures {
    mod kinds; //   the kinds of failures
    mod log; //     the log of a panic
    #[path = "../../../step2-poller/tests/t4_run/log.rs"]
    mod log_of_any_text; // its jobs fail, so step 2 would need task 3.3
    mod malformed; // JSON values that are not objects, in the loop
    mod outage; //  a failure while Redis is away
    mod program; // the log of jobs that fail
    mod scripted_worker; //    a worker that does what its argument says
    mod server; //  a failure in the loop
    mod stop; //    a stop with a job that cannot be stored
}
mod t4_scheduler {
    mod due {
        mod common; // fixtures of the tests of due jobs
        mod failover; // due jobs of a Redis that becomes a replica
        mod moves; // due jobs move to their queues
        mod refused; // due jobs that cannot be moved
    }
    mod fleet; //   many processes, one of which is killed
    mod pauses; //  when the scheduler polls
    mod run; //     the scheduler's thread
}
mod t5_later; //    jobs for later
