//! Formats values for failures: bytes as text, and of a long value the part that differs from
//! another.

use std::any::type_name;
use std::fmt::{Debug, Write};

/// How many characters of a value are shown.
const WIDTH: usize = 800;
/// How many of them precede the first difference.
const BEFORE: usize = 200;

/// Formats a value with `Debug`, but bytes as text: `b"job"` instead of `[106, 111, 98]`.
///
/// `Debug` output does not distinguish bytes from other numbers, so the type's name decides: if it
/// mentions `u8`, every list of numbers up to 255 is shown as bytes.
pub(crate) fn shown<T: Debug + ?Sized>(value: &T) -> String {
    let text = format!("{value:?}");
    let mut words = type_name::<T>().split(|c: char| !c.is_alphanumeric());
    if words.any(|word| word == "u8") {
        with_bytes_as_text(&text)
    } else {
        text
    }
}

/// Formats the two values of a comparison, each on a line. Of long values only the part where they
/// begin to differ is shown.
pub(crate) fn compared<E: Debug, G: Debug>(expected: &E, got: &G) -> String {
    let (expected, got) = (shown(expected), shown(got));
    let equal = expected
        .chars()
        .zip(got.chars())
        .take_while(|(one, other)| one == other);
    let differs = equal.count();
    format!(
        "\n  expected: {}\n       got: {}",
        cut(&expected, differs),
        cut(&got, differs)
    )
}

/// Returns at most [`WIDTH`] characters of a text around an index, and their position.
pub(crate) fn cut(text: &str, around: usize) -> String {
    let count = text.chars().count();
    if count <= WIDTH {
        return text.to_owned();
    }
    let from = around.saturating_sub(BEFORE).min(count - WIDTH);
    let part: String = text.chars().skip(from).take(WIDTH).collect();
    let (before, after) = (
        if from > 0 { "…" } else { "" },
        if from + WIDTH < count { "…" } else { "" },
    );
    format!(
        "{before}{part}{after} (characters {} to {} of {count})",
        from + 1,
        from + WIDTH
    )
}

/// Formats bytes as quoted text. Bytes that are not text are escaped.
fn quoted(bytes: &[u8]) -> String {
    let mut text = "b\"".to_owned();
    for chunk in bytes.utf8_chunks() {
        let valid = format!("{:?}", chunk.valid());
        text.push_str(&valid[1..valid.len() - 1]);
        for byte in chunk.invalid() {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text + "\""
}

/// Replaces each list of bytes with [`quoted`] text, except inside strings.
fn with_bytes_as_text(debug: &str) -> String {
    let mut text = String::new();
    let mut rest = debug;
    while let Some(start) = rest.find(['[', '"']) {
        let (before, from) = rest.split_at(start);
        text.push_str(before);
        let length = match bytes_in(from) {
            Some((bytes, length)) => {
                text.push_str(&quoted(&bytes));
                length
            }
            None => {
                let length = if from.starts_with('"') { string_length(from) } else { 1 };
                text.push_str(&from[..length]);
                length
            }
        };
        rest = &from[length..];
    }
    text + rest
}

/// Returns the bytes of a list and its length as text; `None` if the text does not begin with a
/// list of bytes.
fn bytes_in(text: &str) -> Option<(Vec<u8>, usize)> {
    let (list, _) = text.strip_prefix('[')?.split_once(']')?;
    let bytes: Result<Vec<u8>, _> = list.split(", ").map(str::parse).collect();
    Some((bytes.ok()?, list.len() + 2))
}

/// Returns the length of the string that begins the text, with its quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|&(_, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches: numbers for bytes, wherever they are in a value, and text that is escaped without
    /// need.
    #[test]
    fn shows_bytes_as_text() {
        assert_eq!(shown(b"job"), r#"b"job""#);
        assert_eq!(shown(&vec![b"a".to_vec(), Vec::new()]), r#"[b"a", []]"#);
        assert_eq!(
            shown(&Some((b"{\"n\":\"\xc3\xa9\"}\n\0\xff".to_vec(), 1.5))),
            r#"Some((b"{\"n\":\"é\"}\n\0\xff", 1.5))"#
        );
        let error: Result<Vec<u8>, &str> = Err("not \"[1, 2]\\\" but [3]");
        assert_eq!(shown(&error), format!("{error:?}"));
    }

    /// Catches: a list of numbers that is shown as bytes.
    #[test]
    fn shows_numbers_as_numbers() {
        assert_eq!(shown(&[106_u64, 111]), "[106, 111]");
        assert_eq!(shown(&(b"a".to_vec(), [256_u64, 111])), r#"(b"a", [256, 111])"#);
        assert_eq!(shown(&["[1]"]), r#"["[1]"]"#);
    }

    /// Catches: a failure that fills screens, and one that cuts out the difference.
    #[test]
    fn cuts_long_values_around_their_difference() {
        let (expected, got) = (
            "é".repeat(3_000),
            format!("{}x{}", "é".repeat(1_000), "é".repeat(1_999)),
        );
        let text = compared(&expected, &got);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines[1],
            format!(
                "       got: …{}x{}… (characters 802 to 1601 of 3002)",
                "é".repeat(200),
                "é".repeat(599)
            )
        );
        assert!(lines[0].starts_with("  expected: …éé"), "{text}");
        assert_eq!(cut(&"x".repeat(WIDTH), WIDTH), "x".repeat(WIDTH));
        let end = cut(&"x".repeat(WIDTH + 10), WIDTH + 10);
        assert_eq!(end, format!("…{} (characters 11 to 810 of 810)", "x".repeat(WIDTH)));
    }
}
