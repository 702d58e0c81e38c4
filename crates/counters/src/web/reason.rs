//! Makes the errors of other libraries fit for the page: without passwords, and without error
//! numbers.

/// Returns the URL with `…` in place of the text before an `@`.
pub fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://…@{}", &url[..scheme], &url[at + 1..]),
        _ => url.to_owned(),
    }
}

/// Returns a system's error without the ` (os error 111)` at its end.
pub fn plain(message: &str) -> &str {
    message.split_once(" (os error").map_or(message, |(text, _)| text)
}

/// Returns a message of another library without `url` and its password, which the message may
/// quote.
pub fn redact(message: &str, url: &str) -> String {
    let message = message.replace(url, &without_password(url));
    match password(url) {
        Some(password) if !password.is_empty() => message.replace(password, "…"),
        _ => message,
    }
}

fn password(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (user, _) = rest.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_user_and_password() {
        assert_eq!(without_password("redis://me:se@cret@host:1/2"), "redis://…@host:1/2");
        assert_eq!(without_password("redis://host:1/2"), "redis://host:1/2");
        assert_eq!(without_password("nonsense@x"), "nonsense@x");
    }

    #[test]
    fn removes_the_systems_error_number() {
        assert_eq!(plain("Connection refused (os error 111)"), "Connection refused");
        assert_eq!(plain("timed out"), "timed out");
    }

    #[test]
    fn removes_the_url_and_the_bare_password() {
        let url = "redis://:hunter2@host:1/0";
        assert_eq!(
            redact("cannot reach redis://:hunter2@host:1/0", url),
            "cannot reach redis://…@host:1/0"
        );
        assert_eq!(redact("AUTH hunter2 was refused", url), "AUTH … was refused");
        assert_eq!(redact("plain", "redis://host"), "plain");
    }
}
