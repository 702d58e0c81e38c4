//! Makes the errors of other libraries fit for the page: without error numbers.

/// Returns a system's error without the ` (os error 111)` at its end.
pub fn plain(message: &str) -> &str {
    message.split_once(" (os error").map_or(message, |(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_the_systems_error_number() {
        assert_eq!(plain("Connection refused (os error 111)"), "Connection refused");
        assert_eq!(plain("timed out"), "timed out");
    }
}
