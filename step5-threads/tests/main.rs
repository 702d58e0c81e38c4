//! All tests of step 5: `cargo test -p step5-threads`. The tests of one task:
//! `cargo test -p step5-threads t1_pool`.

extern crate step5_threads as sidepunch;

mod bonus; //           bonus tasks, which our solution does not do
mod given_heartbeat {
    mod common; // fixtures of the tests of the heartbeat
    mod failover; // a Redis that becomes a replica
    mod lease; // the heartbeat and the lease
    mod signals; // the signals of Sidekiq's Web UI, and those of the operating system
    mod stop; // a process that was asked to stop, and one whose data Redis has lost
    mod tag; // the tag and the labels of a process
    mod web_ui; // the data that Sidekiq's Web UI shows of a process
}
mod given_process; //   `process_one`, a read-only Redis
mod given_refusals; //  the log of what Redis refuses in the background
mod never_lost; //      kills and restarts, for minutes
mod sidekiq {
    mod processes; //   Sidekiq's API on our processes
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
    mod t3_failures {
        mod kinds;
        mod log;
        mod malformed;
        mod scripted_worker;
        mod server;
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
    mod t4_odd_keys;
    mod t4_table;
}
mod server; //          a server, its jobs, and the data in Redis
mod support; //         the differences between the steps
mod t1_pool; //         as many jobs at once as there are threads
mod t1_signals; //      what each processor is doing
mod t2_in_flight {
    mod common; // fixtures of the tests of a fetch
    mod fetch; // a fetched job is in flight, in a list of its process
    mod lease; // a process that may still be given a job keeps its lease
    mod lost_replies; // a fetch or a wait whose reply is lost
    mod order; // how many jobs a fetch takes, and in which order
    mod waits; // how an idle process waits for jobs, and how a stop ends that
}
mod t3_acknowledge {
    mod common; // fixtures of the tests of acknowledging
    mod counted; // each end of a job is counted, once
    mod each_call; // rules that hold at each call, not only at the first one
    mod failover; // a Redis that becomes a replica
    mod late_calls; // calls that arrive late, and a Redis whose data is older than the last call
    mod log; // the log of a call that Redis refuses
    mod old_batch; // a call that finds an older state of Redis
    mod pauses; // a processor and a waiter whose commands Redis refuses
    mod places; // the score of an entry in `retry` or `dead`, and the set of queues
    mod refused; // a key of another type, or a full Redis
    mod requeue; // a job goes back to its queue, or was taken away meanwhile
    mod threads; // the lists of each thread
}
mod t4_shutdown; //     a stop ends in time, and requeues what still runs
mod t5_recover {
    pub mod common; // fixtures of the tests of recovery
    mod counts; // the crash counts
    mod faults; // a recovery goes on beside what is broken
    mod foreign_keys; // a Redis with a million keys of other programs
    mod gap; // a gap between two renewals that is shorter than a lease
    mod lists; // the queues to which the jobs of a list go, and what the log says of it
    mod living; // a process that is alive, or may be alive, keeps its jobs
    mod refused; // the log of a recovery that Redis refuses
    mod requeue; // the jobs of a crashed process go back to their queues
}
mod t6_poison {
    mod dead_entry; // what the dead set keeps of a poison pill
    mod dead_set; // a job that crashes its processes again and again goes to the dead set
    mod log; // what the log says of a poison pill
    mod quarantine; // a job that was in flight during a crash runs alone
    mod refused; // the log of a poison pill that cannot be stored
    mod suspects; // what a call or a wait fetches while there are crash counts
}
mod t7_batches {
    mod budget; // how many jobs of a batch start before its time is up
    mod common; // fixtures of the tests of batches
    mod each_once; // each job of a batch ends once, whatever happens to the batch
    mod refused; // the log of a sweep that Redis refuses
    mod size; // how many jobs are fetched at once
    mod slow_job; // a batch with a slow job in it
    mod sweeps; // the calls of the sweeper
    mod user; // all of it by a Redis user with few rights
}
