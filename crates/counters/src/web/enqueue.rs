//! How a press becomes a job, and a recount many: the caller's part.

/// What a press asks for; the second argument of an `UpdateCounterWorker` job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Plus one.
    Incr,
    /// Minus one.
    Decr,
}

impl Change {
    /// The word for it, in paths and in the job's arguments: `incr` or `decr`.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Incr => "incr",
            Change::Decr => "decr",
        }
    }
}

/// Enqueues what the page's buttons ask for. A closure in the shape of [`enqueue`](Enqueue::enqueue) will do; it offers
/// no recounts.
pub trait Enqueue: Send + Sync + 'static {
    /// Enqueues an `UpdateCounterWorker` job with the arguments `[name, "incr" | "decr"]` and returns its jid. Called on a
    /// thread that may block, by several threads at once.
    ///
    /// # Errors
    /// Whatever kept the job from being enqueued. Its text is shown on the page; a password in Redis's URL is cut out.
    fn enqueue(&self, name: &str, change: Change) -> Result<String, Box<dyn std::error::Error + Send + Sync>>;

    /// Whether the page offers recounts. By default it does not, and has no button for it. Called once, at the start.
    fn recounts(&self) -> bool {
        false
    }

    /// Enqueues a slow `RecountWorker` job with the arguments `[name]` for each of the names, in bulk, and returns how
    /// many were enqueued; by default none. Called only if [`recounts`](Enqueue::recounts) says so, on a thread that may
    /// block, by several threads at once.
    ///
    /// # Errors
    /// Whatever kept the jobs from being enqueued. Its text is shown as that of [`enqueue`](Enqueue::enqueue) is.
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
