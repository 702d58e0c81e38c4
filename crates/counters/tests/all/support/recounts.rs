//! A fake client for a page that offers recounts.

use std::error::Error;
use std::sync::{Arc, Mutex};

use counters::web::{Change, Enqueue};

use super::JID;

/// Records each recount, or fails with a given reason. Clicks are not recorded.
#[derive(Clone, Default)]
pub struct Recounts {
    noted: Arc<Mutex<Vec<Vec<String>>>>,
    reason: Option<String>,
}

impl Recounts {
    pub fn failing(reason: &str) -> Recounts {
        Recounts {
            reason: Some(reason.to_owned()),
            ..Recounts::default()
        }
    }

    /// Returns the names of each recount so far.
    pub fn noted(&self) -> Vec<Vec<String>> {
        self.noted.lock().unwrap().clone()
    }
}

impl Enqueue for Recounts {
    fn enqueue(&self, _: &str, _: Change) -> Result<String, Box<dyn Error + Send + Sync>> {
        Ok(JID.to_owned())
    }

    fn recounts(&self) -> bool {
        true
    }

    fn recount(&self, names: Vec<String>) -> Result<usize, Box<dyn Error + Send + Sync>> {
        if let Some(reason) = &self.reason {
            return Err(reason.clone().into());
        }
        let count = names.len();
        self.noted.lock().unwrap().push(names);
        Ok(count)
    }
}
