//! All tests of step 5: `cargo test -p step5-threads`. Those of one task: `cargo test -p step5-threads t1_pool`.

extern crate step5_threads as sidepunch;

mod bonus; //           what our solution does not do
mod given_heartbeat; // what Sidekiq's Web UI shows of a process
mod given_process; //   `process_one`, a read-only Redis
mod never_lost; //      kills and restarts, for minutes
mod sidekiq {
    mod processes; //   Sidekiq's API on our processes
}
#[path = "../../step1-enqueue/tests"]
mod step1 {
    mod given_basics;
    mod t1_build;
    mod t2_normalize;
    mod t3_push;
    mod t4_perform_async;
    mod t5_bulk;
}
#[path = "../../step2-poller/tests"]
mod step2 {
    mod given_stop;
    mod sidekiq {
        mod jobs;
    }
    mod t1_registry;
    mod t3_process_one {
        mod job;
    }
    mod t4_run {
        mod program;
        mod server;
    }
}
#[path = "../../step3-retries/tests"]
mod step3 {
    mod given_retry;
    pub mod sidekiq {
        pub mod ruby;
        mod sets;
    }
    mod t1_judge;
    mod t3_failures {
        mod obey;
        mod server;
    }
    mod t4_scheduler {
        mod due;
        mod run;
    }
    mod t5_later;
}
#[path = "../../step4-queues/tests"]
mod step4 {
    mod given_queue;
    mod sidekiq {
        mod queues;
    }
    mod t1_parse;
    mod t2_draw;
    mod t3_fetch {
        mod program;
        mod server;
    }
    mod t4_look;
}
mod support; //         what differs from step to step
mod t1_pool; //         as many jobs at once as there are threads
mod t2_claim; //        a job in flight
mod t3_settle; //       what becomes of it
mod t4_stop; //         a stop that does not wait
mod t5_recover; //      the jobs of a process that crashed
mod t6_batches; //      many quick jobs
