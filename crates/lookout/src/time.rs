//! Times in payloads, and times of observation.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the time of this computer, in seconds since 1970 UTC.
pub fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}

/// Parses a time of a payload and returns it in seconds since 1970 UTC. A float is in seconds, an
/// integer in milliseconds (Sidekiq 8).
pub fn read(json: &str) -> Option<f64> {
    let time: f64 = json.parse().ok()?;
    let milliseconds = json.bytes().all(|byte| byte.is_ascii_digit());
    Some(if milliseconds { time / 1e3 } else { time })
}

/// When each job was first seen on its thread. An in-flight list does not say when its jobs began,
/// but frequent snapshots show it.
#[derive(Debug, Default)]
pub struct FirstSeen(HashMap<(String, String), f64>);

impl FirstSeen {
    /// Records all jobs that are seen at the time `now`, each by its thread and its id. Forgets all
    /// others.
    pub fn record(&mut self, seen: impl Iterator<Item = (String, String)>, now: f64) {
        let seen = seen.map(|thing| {
            let since = self.0.get(&thing).copied().unwrap_or(now);
            (thing, since)
        });
        self.0 = seen.collect();
    }

    /// Returns when this was first seen: a thread, and the id of a job on it.
    pub fn get(&self, thing: &(String, String)) -> Option<f64> {
        self.0.get(thing).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_floats_as_seconds_and_integers_as_milliseconds() {
        assert_eq!(read("1795454181.5"), Some(1_795_454_181.5));
        assert_eq!(read("1795454181500"), Some(1_795_454_181.5));
        assert_eq!(read("1.7954541815e9"), Some(1_795_454_181.5));
        assert_eq!(read("\"x\""), None);
        assert_eq!(read("null"), None);
    }

    #[test]
    fn forgets_values_that_were_gone() {
        let (mut since, thing) = (FirstSeen::default(), ("here".to_owned(), "job".to_owned()));
        since.record([thing.clone()].into_iter(), 1.0);
        since.record([thing.clone()].into_iter(), 2.0);
        assert_eq!(since.get(&thing), Some(1.0));
        since.record([].into_iter(), 3.0);
        since.record([thing.clone()].into_iter(), 4.0);
        assert_eq!(since.get(&thing), Some(4.0));
    }
}
