//! The keys that could not be read.

use std::fmt;

/// How many unreadable keys a notice names, and how many characters of each.
const MAX_NAMED: usize = 3;
const MAX_KEY_CHARS: usize = 60;

/// A key, or a member of a set, that cannot be read. Its `Display` form is the name and the reason:
/// `queue:odd (WRONGTYPE)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its name. Bytes that are not printable ASCII are escaped, and a long name is cut.
    pub key: String,
    /// Why it cannot be read.
    pub reason: String,
}

impl Unreadable {
    pub(crate) fn new(key: &[u8], reason: &str) -> Unreadable {
        let (shown, rest) = key.split_at(key.len().min(MAX_KEY_CHARS));
        let key = shown.escape_ascii().to_string() + if rest.is_empty() { "" } else { "…" };
        let reason = reason.to_owned();
        Unreadable { key, reason }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.key, self.reason)
    }
}

/// Returns a sentence that names the first of these keys; `None` if there are none.
pub fn notice(unreadable: &[Unreadable]) -> Option<String> {
    let named: Vec<String> = unreadable.iter().take(MAX_NAMED).map(Unreadable::to_string).collect();
    let more = match unreadable.len() - named.len() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let named = named.join(", ");
    (!named.is_empty()).then(|| format!("Some keys of Redis cannot be read and are left out: {named}{more}."))
}
