//! All tests of step 5: `cargo test -p step5-threads`. Those of one task: `cargo test -p step5-threads t1_pool`.

extern crate step5_threads as sidepunch;

mod bonus; //           what our solution does not do
mod given_heartbeat {
    mod common; // what the tests of the heartbeat have in common
    mod lease; // the heartbeat and the lease
    mod web_ui; // what Sidekiq's Web UI shows of a process, and what it may ask of one
}
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
    mod t1_decide {
        mod common;
        mod decide;
        mod properties;
    }
    mod t3_failures {
        mod scripted_worker;
        mod server;
    }
    mod t4_scheduler {
        mod due {
            mod common;
            mod moves;
            mod refused;
        }
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
    mod t2_shuffle;
    mod t3_fetch {
        mod program;
        mod server;
    }
    mod t4_inspect;
}
mod server; //          a server, its jobs, and what lies in Redis
mod support; //         what differs from step to step
mod t1_pool; //         as many jobs at once as there are threads
mod t2_in_flight {
    mod common; // what the tests of a fetch have in common
    mod fetch; // a fetched job is in flight, in a list of its process
    mod lease; // a process that may still be brought a job keeps its lease
    mod lost_replies; // a fetch or a wait whose reply is lost
}
mod t3_acknowledge {
    mod common; // what the tests of acknowledging have in common
    mod counted; // each end of a job is counted, once
    mod each_call; // rules that hold at each call, not only at the first one
    mod late_calls; // calls that come late, and a Redis that is older than the last one
    mod refused; // a key of another type, or a full Redis
    mod requeue; // a job goes back to its queue, or was taken away meanwhile
}
mod t4_shutdown; //     a stop ends in time, and requeues what still runs
mod t5_recover {
    pub mod common; // what the tests of recovery have in common
    mod faults; // a recovery goes on beside what is broken
    mod living; // a process that lives, or may live, keeps its jobs
    mod requeue; // the jobs of a crashed process go back to their queues
}
mod t6_poison {
    mod dead_entry; // what the dead set keeps of a poison pill
    mod dead_set; // a job that crashes its processes again and again is given up
    mod quarantine; // a job that was in flight during a crash runs alone
}
mod t7_batches {
    mod common; // what the tests of batches have in common
    mod each_once; // each job of a batch ends once, whatever happens to the batch
    mod size; // how many jobs are fetched at once
    mod slow_job; // a batch with a slow job in it
}
