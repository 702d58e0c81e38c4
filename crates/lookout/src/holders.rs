//! Which lists hold jobs in flight: `inflight:IDENTITY:THREAD:QUEUE`, found by a search that never looks at all keys at once.

use std::collections::BTreeMap;

/// How many keys one look searches; Redis is busy with them for a tenth of a millisecond.
pub const STEP: usize = 1_000;

/// The most lists that are looked at. A fleet with more is drawn in part.
const MOST: usize = 256;

/// After so many searches of all keys a list that was never there is forgotten: its process is gone, most likely.
const FORGET: u32 = 20;

/// The place of jobs in flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub identity: String,
    /// Its thread, or whatever else in it claims jobs.
    pub thread: String,
    /// The queue that the jobs were popped from.
    pub queue: String,
}

impl Holder {
    /// Reads `inflight:HOSTNAME:PID:NONCE:THREAD:QUEUE`. A queue's name may hold colons.
    fn of(key: &[u8]) -> Option<Holder> {
        let key = String::from_utf8_lossy(key);
        let mut parts = key.splitn(6, ':');
        let mut next = || parts.next();
        let ("inflight", host, pid, nonce) = (next()?, next()?, next()?, next()?) else {
            return None;
        };
        Some(Holder {
            identity: format!("{host}:{pid}:{nonce}"),
            thread: thread(next()?),
            queue: next()?.to_owned(),
        })
    }
}

/// A thread of Sidepunch's that waits for a job has a list of its own for what comes then, such as `7-waits`.
fn thread(holder: &str) -> String {
    holder.strip_suffix("-waits").unwrap_or(holder).to_owned()
}

/// All that were found so far.
#[derive(Debug, Default)]
pub struct Holders {
    known: BTreeMap<Vec<u8>, (Holder, u32)>,
    cursor: u64,
    searches: u32,
}

impl Holders {
    /// Where the search goes on.
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Takes note of what a step of the search has found, and where the next begins.
    pub fn found(&mut self, cursor: u64, keys: Vec<Vec<u8>>) {
        for key in keys {
            if self.known.len() < MOST || self.known.contains_key(&key) {
                self.seen(key);
            }
        }
        self.cursor = cursor;
        if cursor == 0 {
            self.searches = self.searches.wrapping_add(1);
            let now = self.searches;
            self.known.retain(|_, (_, last)| now.wrapping_sub(*last) < FORGET);
        }
    }

    fn seen(&mut self, key: Vec<u8>) {
        if let Some(holder) = Holder::of(&key) {
            self.known.insert(key, (holder, self.searches));
        }
    }

    /// The lists by their keys, sorted: those of a process follow each other.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Holder)> {
        self.known.iter().map(|(key, (holder, _))| (key.as_slice(), holder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queues_name_may_hold_colons() {
        let holder = Holder::of(b"inflight:host:7:abc:3:a:b").unwrap();
        assert_eq!(
            (&*holder.identity, &*holder.thread, &*holder.queue),
            ("host:7:abc", "3", "a:b")
        );
        assert_eq!(Holder::of(b"inflight:host:7:abc:3"), None, "the number of a batch");
        assert_eq!(Holder::of(b"other"), None);
    }

    #[test]
    fn what_a_thread_has_waited_for_is_its_own() {
        let holder = Holder::of(b"inflight:host:7:abc:3-waits:q").unwrap();
        assert_eq!(holder.thread, "3");
    }

    #[test]
    fn a_list_that_comes_and_goes_is_remembered_but_not_for_ever() {
        let mut holders = Holders::default();
        holders.found(0, vec![b"inflight:h:1:n:0:q".to_vec()]);
        holders.found(0, vec![]);
        assert_eq!(holders.iter().count(), 1);
        for _ in 0..FORGET {
            holders.found(0, vec![]);
        }
        assert_eq!(holders.iter().count(), 0);
    }

    #[test]
    fn no_more_than_can_be_looked_at_are_kept() {
        let mut holders = Holders::default();
        let keys = (0..2 * MOST).map(|thread| format!("inflight:h:1:n:{thread}:q").into_bytes());
        holders.found(0, keys.collect());
        assert_eq!(holders.iter().count(), MOST);
    }
}
