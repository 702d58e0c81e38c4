//! Times as jobs tell them, and as they are seen.

use std::collections::HashMap;

/// A time that stands in a payload, in seconds since 1970 UTC: a float is seconds, an integer milliseconds (Sidekiq 8).
pub fn read(json: &str) -> Option<f64> {
    let time: f64 = json.parse().ok()?;
    let milliseconds = json.bytes().all(|byte| byte.is_ascii_digit());
    Some(if milliseconds { time / 1e3 } else { time })
}

/// Since when something has been seen. An in-flight list does not say when its jobs began; whoever looks often enough
/// knows.
#[derive(Debug, Default)]
pub struct Since(HashMap<(String, String), f64>);

impl Since {
    /// Takes note of all that is seen `now`, each thing by where it is and what it is. What is not among it is forgotten.
    pub fn see(&mut self, seen: impl Iterator<Item = (String, String)>, now: f64) {
        let seen = seen.map(|thing| {
            let since = self.0.get(&thing).copied().unwrap_or(now);
            (thing, since)
        });
        self.0 = seen.collect();
    }

    /// Since when this one has been seen.
    pub fn get(&self, place: &str, id: &str) -> Option<f64> {
        self.0.get(&(place.to_owned(), id.to_owned())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_seconds_and_integers_milliseconds() {
        assert_eq!(read("1795454181.5"), Some(1_795_454_181.5));
        assert_eq!(read("1795454181500"), Some(1_795_454_181.5));
        assert_eq!(read("1.7954541815e9"), Some(1_795_454_181.5));
        assert_eq!(read("\"x\""), None);
        assert_eq!(read("null"), None);
    }

    #[test]
    fn what_was_gone_begins_anew() {
        let (mut since, thing) = (Since::default(), ("here".to_owned(), "job".to_owned()));
        since.see([thing.clone()].into_iter(), 1.0);
        since.see([thing.clone()].into_iter(), 2.0);
        assert_eq!(since.get("here", "job"), Some(1.0));
        since.see([].into_iter(), 3.0);
        since.see([thing].into_iter(), 4.0);
        assert_eq!(since.get("here", "job"), Some(4.0));
    }
}
