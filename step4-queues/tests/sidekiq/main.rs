//! This step and real Sidekiq, one on what the other wrote. Needs Ruby and the gem (Debian: `ruby-sidekiq`), so it is run
//! on request: `cargo test -p step4-queues --test sidekiq -- --ignored`.

mod jobs;
mod queues;
mod ruby;
mod sets;
