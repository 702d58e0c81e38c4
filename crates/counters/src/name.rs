//! The rules for names of counters.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The maximum number of characters (Unicode scalar values) of a name: enough for a sentence, and
/// it still fits on a card.
pub const MAX_LENGTH: usize = 64;

/// The characters of a path segment that need no encoding, besides letters and digits (RFC 3986's
/// "unreserved").
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The name of a counter: 1 to 64 characters (Unicode scalar values), none of them a control
/// character, and neither `.` nor `..`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(String);

impl Name {
    /// Parses a name as it was typed; nothing is trimmed or folded.
    ///
    /// # Errors
    /// Returns [`NameError`], which says which rule is broken.
    pub fn parse(text: &str) -> Result<Name, NameError> {
        let length = text.chars().count();
        if length == 0 {
            Err(NameError::Empty)
        } else if length > MAX_LENGTH {
            Err(NameError::TooLong(length))
        } else if text.chars().any(char::is_control) {
            Err(NameError::Control)
        } else if text == "." || text == ".." {
            Err(NameError::Dots)
        } else {
            Ok(Name(text.to_owned()))
        }
    }

    /// Returns the name as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name as one segment of a path: percent-encoded, so that `/` and `?` in it stay
    /// part of the name.
    pub fn encoded(&self) -> String {
        utf8_percent_encode(&self.0, SEGMENT).to_string()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The reason why a text is not the name of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It is empty.
    #[error("a counter's name must not be empty; give it 1 to {MAX_LENGTH} characters")]
    Empty,

    /// It has this many characters.
    #[error("a counter's name has at most {MAX_LENGTH} characters, and this one has {0}; choose a shorter one")]
    TooLong(usize),

    /// It contains a tab, a line end or another control character, which would not be visible.
    #[error("a counter's name must not contain control characters such as a tab or a line end; remove them")]
    Control,

    /// It is `.` or `..`, which many HTTP clients would resolve as part of the path.
    #[error("a counter cannot be named \".\" or \"..\", since these have a meaning in a path; choose another name")]
    Dots,
}
