//! The counters page, whose buttons enqueue jobs with this step's library.

use std::net::SocketAddr;

use counters::web::{Change, Web};
use sidepunch::{Client, Worker};

use crate::workers::UpdateCounterWorker;

/// Serves the page at `listen` until the program is stopped.
pub fn serve(client: Client, listen: SocketAddr, api: String, redis: String) -> Result<(), counters::web::Error> {
    let enqueue = move |name: &str, change: Change| {
        let args = (name.to_owned(), change.as_str().to_owned());
        Ok(UpdateCounterWorker::perform_async(&client, args)?)
    };
    counters::web::serve(Web { listen, api, redis }, enqueue)
}
