//! The `Idempotency-Key` header: a request with a key is carried out once, however often it is
//! sent.

use axum::http::HeaderMap;

/// The header's name.
pub const HEADER: &str = "idempotency-key";

/// The maximum length of a key in bytes. A jid has 24.
const MAX_LENGTH: usize = 255;

/// A key: 1 to 255 printable ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

/// The error for a header that does not hold one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an Idempotency-Key is 1 to {MAX_LENGTH} printable ASCII characters, given once; a job's jid will do")]
pub struct BadKey;

impl Key {
    /// Reads the key of a request; `None` if it has none.
    ///
    /// # Errors
    /// Returns [`BadKey`] if the header occurs twice, is empty or too long, or contains other
    /// characters.
    pub fn read(headers: &HeaderMap) -> Result<Option<Key>, BadKey> {
        let mut values = headers.get_all(HEADER).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Ok(None),
            (Some(value), None) => value.as_bytes(),
            _ => return Err(BadKey),
        };
        let printable = value.iter().all(|byte| matches!(byte, b' '..=b'~'));
        match str::from_utf8(value) {
            Ok(key) if printable && (1..=MAX_LENGTH).contains(&key.len()) => Ok(Some(Key(key.to_owned()))),
            _ => Err(BadKey),
        }
    }

    /// Returns the key as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Key> for String {
    fn from(key: Key) -> String {
        key.0
    }
}
