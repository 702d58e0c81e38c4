//! The interface to a step's client: how the page enqueues jobs.

/// The change that a click requests; the second argument of an `UpdateCounterWorker` job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Plus one.
    Incr,
    /// Minus one.
    Decr,
}

impl Change {
    /// Returns its name in paths and in the job's arguments: `incr` or `decr`.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Incr => "incr",
            Change::Decr => "decr",
        }
    }
}

/// Enqueues the jobs of the page's buttons. A closure with the signature of
/// [`enqueue`](Enqueue::enqueue) is enough; it offers no recounts.
pub trait Enqueue: Send + Sync + 'static {
    /// Enqueues an `UpdateCounterWorker` job with the arguments `[name, "incr" | "decr"]` and
    /// returns its jid. Called on threads that may block, by several at once.
    ///
    /// # Errors
    /// Any reason why the job was not enqueued. The page shows its text; a password in Redis's URL
    /// is removed.
    fn enqueue(&self, name: &str, change: Change) -> Result<String, Box<dyn std::error::Error + Send + Sync>>;

    /// Returns true if the page offers recounts. By default it does not, and has no button for
    /// them. Called once, at the start.
    fn recounts(&self) -> bool {
        false
    }

    /// Enqueues a slow `RecountWorker` job with the arguments `[name]` for each of the names, in
    /// bulk, and returns how many were enqueued; by default none. Called only if
    /// [`recounts`](Enqueue::recounts) returns true, on threads that may block, by several at once.
    ///
    /// # Errors
    /// Any reason why the jobs were not enqueued. The page shows its text like that of
    /// [`enqueue`](Enqueue::enqueue).
    fn recount(&self, names: Vec<String>) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
        drop(names);
        Ok(0)
    }
}

impl<F> Enqueue for F
where
    F: Fn(&str, Change) -> Result<String, Box<dyn std::error::Error + Send + Sync>> + Send + Sync + 'static,
{
    fn enqueue(&self, name: &str, change: Change) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        self(name, change)
    }
}
