//! All tests of step 4: `cargo test -p step4-queues`. The tests of one task:
//! `cargo test -p step4-queues t1_parse`.

extern crate step4_queues as sidepunch;

mod bonus; //       bonus tasks, which our solution does not do
mod given_queue; // the queue of a worker and of `enqueue`
mod sidekiq {
    mod queues; //  Sidekiq's API on our queues
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
        mod lines;
        mod log;
        mod program;
        mod server;
        mod signals;
    }
}
#[path = "../../step3-retries/tests"]
mod step3 {
    mod given_config;
    mod given_malformed;
    mod given_retry;
    pub mod sidekiq {
        pub mod ruby;
        mod sets;
    }
    mod t1_decide {
        mod common;
        mod decide;
        mod properties;
        mod queue;
        mod retry_for;
    }
    mod t2_apply;
    mod t3_failures {
        mod kinds;
        mod log;
        mod malformed;
        mod scripted_worker;
        mod server;
        mod stop;
    }
    mod t4_scheduler {
        mod due {
            mod common;
            mod failover;
            mod moves;
            mod refused;
        }
        mod run;
    }
    mod t5_later;
}
mod support; //     the differences between the steps
mod t1_parse; //    the option `-q`
mod t2_shuffle; //  the order in which the queues are checked
mod t3_fetch {
    mod fetch; //   the next job of several queues
    mod program; // `work -q`
    mod server; //  `Server` with several queues
}
mod t4_inspect; //  reading and clearing a queue
mod t4_odd_keys; // keys of another type, and payloads that are not text
mod t4_table; //    the list of all queues
