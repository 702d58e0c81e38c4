//! Every place where a job can be, with the jobs in it, as HTML.
//!
//! It is rendered here only, for the page and for its script, so that all data from outside is
//! escaped in one place.

use lookout::Snapshot;
use serde::Serialize;

use crate::web::view::setting::Setting;
use crate::web::view::{figures, processes, queues, set};

/// The content of each place.
#[derive(Debug, Serialize)]
pub struct Places {
    /// The queues, a lane each.
    pub queues: String,
    /// The processes and their threads.
    pub processes: String,
    /// Scheduled jobs.
    pub schedule: String,
    /// Failed jobs that wait for a retry.
    pub retry: String,
    /// Jobs in the dead set.
    pub dead: String,
    /// The number of performed jobs, and their rate.
    pub figures: String,
}

impl Places {
    /// Draws a snapshot; `now` as for [`View::draw`](super::content::View::draw).
    pub fn draw(snapshot: &Snapshot, setting: Setting, now: Option<f64>) -> Places {
        let set = |kind, set| set::draw(kind, set, setting, now).into_string();
        Places {
            queues: queues::draw(&snapshot.queues, now).into_string(),
            processes: processes::draw(&snapshot.processes, setting, now).into_string(),
            schedule: set(&set::SCHEDULE, &snapshot.schedule),
            retry: set(&set::RETRY, &snapshot.retry),
            dead: set(&set::DEAD, &snapshot.dead),
            figures: figures::draw(snapshot, setting).into_string(),
        }
    }
}
