//! The in-flight lists. Each process keeps a set of the names of its lists, so that readers need
//! not search for them.

/// The most lists that are read. If there are more, only a part is shown.
pub const MAX_LISTS: usize = 256;

/// A list of jobs in flight, `sidepunch:inflight:HOSTNAME:PID:NONCE:HOLDER:QUEUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFlightList {
    /// Its key in Redis.
    pub key: Vec<u8>,
    /// The process that holds the jobs.
    pub identity: String,
    /// The processor of the process that holds the jobs.
    pub thread: String,
}

impl InFlightList {
    /// Reads the key of a list of this process. Returns `None` if it is not one. A queue's name may
    /// hold colons.
    pub fn of(identity: &str, key: Vec<u8>) -> Option<InFlightList> {
        let text = String::from_utf8_lossy(&key);
        let rest = text
            .strip_prefix("sidepunch:inflight:")?
            .strip_prefix(identity)?
            .strip_prefix(':')?;
        let (holder, _) = rest.split_once(':')?;
        // The list that a waiter fills for processor 7 is `7-waits`.
        let thread = holder.strip_suffix("-waits").unwrap_or(holder).to_owned();
        Some(InFlightList {
            identity: identity.to_owned(),
            thread,
            key,
        })
    }
}

/// Returns the key of the set that names the lists of a process.
pub fn index(identity: &str) -> String {
    format!("sidepunch:lists:{identity}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignores_other_keys() {
        for key in [
            "other",
            "sidepunch:inflight:host:7:abc:3",
            "sidepunch:inflight:host:8:abc:3:q",
        ] {
            assert_eq!(InFlightList::of("host:7:abc", key.into()), None, "{key}");
        }
    }
}
