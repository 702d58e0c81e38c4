//! How a press becomes a job: the caller's part.

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

/// Enqueues an `UpdateCounterWorker` job with the arguments `[name, "incr" | "decr"]`. Closures of the same shape do.
pub trait Enqueue: Send + Sync + 'static {
    /// Enqueues one job and returns its jid. Called on a thread that may block, by several threads at once.
    ///
    /// # Errors
    /// Whatever kept the job from being enqueued. Its text is shown on the page; a password in Redis's URL is cut out.
    fn enqueue(&self, name: &str, change: Change) -> Result<String, Box<dyn std::error::Error + Send + Sync>>;
}

impl<F> Enqueue for F
where
    F: Fn(&str, Change) -> Result<String, Box<dyn std::error::Error + Send + Sync>> + Send + Sync + 'static,
{
    fn enqueue(&self, name: &str, change: Change) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        self(name, change)
    }
}
