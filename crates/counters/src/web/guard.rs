//! Rejects requests that do not come from this page: other sites' posts, and other names for this
//! computer.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Passes a request on, or answers it with 403 and a sentence.
pub async fn check(request: Request, next: Next) -> Response {
    let authority = request.uri().authority().cloned();
    match refusal(request.method(), authority.as_ref(), request.headers()) {
        Some(sentence) => (StatusCode::FORBIDDEN, sentence).into_response(),
        None => next.run(request).await,
    }
}

/// Returns why a request is rejected, if it is. `authority` is the host of an absolute request
/// target, which only proxies receive.
fn refusal(method: &Method, authority: Option<&Authority>, headers: &HeaderMap) -> Option<&'static str> {
    // Another name that resolves to 127.0.0.1 would let another site's page read this one (DNS
    // rebinding).
    let Some(host) = single(headers, header::HOST) else {
        return Some("A request must name its Host, once: 127.0.0.1, localhost or [::1].\n");
    };
    if !is_local(host) || authority.is_some_and(|authority| !is_local(authority.as_str())) {
        return Some("This page answers only to the Hosts 127.0.0.1, localhost and [::1]. Open it by one of these.\n");
    }
    // Only a post changes anything.
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let foreign_site = headers.contains_key(SEC_FETCH_SITE)
        && !single(headers, SEC_FETCH_SITE).is_some_and(|site| site == "same-origin" || site == "none");
    let foreign_origin = headers.contains_key(header::ORIGIN)
        && !single(headers, header::ORIGIN).is_some_and(|origin| is_same_origin(origin, host));
    (foreign_site || foreign_origin).then_some("This came from another site. Press the buttons on the page itself.\n")
}

/// Returns the value of a header that must occur exactly once.
fn single(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn is_local(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    // The rest besides the name and its port would be a user.
    let port = &host[host.find(name).map_or(0, |at| at + name.len())..];
    let plain = host.starts_with(name) && (port.is_empty() || port.starts_with(':') && authority.port_u16().is_some());
    plain && (name == "127.0.0.1" || name == "[::1]" || name.eq_ignore_ascii_case("localhost"))
}

fn is_same_origin(origin: &str, host: &str) -> bool {
    let place = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    place.is_some_and(|place| place.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_read(headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        refusal(&Method::GET, None, &map).is_none()
    }

    #[test]
    fn accepts_only_names_of_this_computer() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:3000",
            "localhost:80",
            "LocalHost:3000",
            "[::1]",
            "[::1]:3000",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "127.0.0.1.example.com",
            "localhost.example.com",
            "localhost.",
            "me@localhost",
            "127.0.0.2",
            "::1",
            "0.0.0.0:3000",
            "localhost:",
            "localhost:x",
            "localhost:99999",
            "[::1",
            "[::2]",
            "127.0.0.1:3000/x",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }

    #[test]
    fn requires_exactly_one_host() {
        assert!(!may_read(&[]));
        assert!(may_read(&[("host", "localhost:3000")]));
        assert!(!may_read(&[("host", "localhost:3000"), ("host", "localhost:3000")]));
    }

    #[test]
    fn rejects_an_absolute_target_on_another_host() {
        let mut headers = HeaderMap::new();
        headers.append("host", "localhost:3000".parse().unwrap());
        let foreign: Authority = "example.com".parse().unwrap();
        assert!(refusal(&Method::GET, Some(&foreign), &headers).is_some());
    }

    #[test]
    fn allows_reading_from_another_site() {
        assert!(may_read(&[("host", "localhost"), ("sec-fetch-site", "cross-site")]));
    }
}
