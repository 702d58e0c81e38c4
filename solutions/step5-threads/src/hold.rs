//! The batch of one thread, as others may see it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crate::claims::Claimed;

/// What a thread is at. Behind a lock: whoever takes jobs back keeps it until Redis has answered, so no job is both given
/// back and begun.
#[derive(Default)]
pub struct Hold {
    /// The job that runs, and since when.
    pub running: Option<(Arc<Claimed>, Instant)>,
    /// The jobs that are claimed and not begun.
    pub rest: VecDeque<Arc<Claimed>>,
}
