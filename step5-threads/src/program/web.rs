//! The counters page, whose buttons enqueue jobs with this step's library.

use std::net::SocketAddr;

use counters::web::{Change, Enqueue, Web};
use sidepunch::{BoxError, Client, Worker};

use crate::workers::{RecountWorker, UpdateCounterWorker};

/// Serves the page at `listen` until the program is stopped.
pub fn serve(client: Client, listen: SocketAddr, api: String, redis: String) -> Result<(), counters::web::Error> {
    counters::web::serve(Web { listen, api, redis }, Buttons(client))
}

/// Enqueues jobs when buttons of the page are clicked.
struct Buttons(Client);

impl Enqueue for Buttons {
    fn enqueue(&self, name: &str, change: Change) -> Result<String, BoxError> {
        let args = (name.to_owned(), change.as_str().to_owned());
        Ok(UpdateCounterWorker::perform_async(&self.0, args)?)
    }

    fn recounts(&self) -> bool {
        true
    }

    fn recount(&self, names: Vec<String>) -> Result<usize, BoxError> {
        let args = names.into_iter().map(|name| (name,));
        Ok(RecountWorker::perform_bulk(&self.0, args)?.len())
    }
}
