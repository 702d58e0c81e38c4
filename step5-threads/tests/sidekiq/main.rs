//! This step and real Sidekiq, one on what the other wrote. Needs Ruby and the gem (Debian: `ruby-sidekiq`), so it is run
//! on request: `cargo test -p step5-threads --test sidekiq -- --ignored`.

mod jobs;
mod processes;
mod queues;
mod ruby;
mod sets;
