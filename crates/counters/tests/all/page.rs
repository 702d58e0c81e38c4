//! The page's HTML, and the requests that it accepts.

use std::net::SocketAddr;

use counters::web::{self, Change, Error, Web};

use crate::support::http::{get, post, send};
use crate::support::site::{Site, at};

/// Any program can choose names. They never become markup, and the buttons' paths still find the
/// counter.
#[test]
fn shows_hostile_names_as_text() {
    let site = Site::new();
    let paths = [
        "%3Cscript%3Ealert%281%29%3C%2Fscript%3E",
        "%22%20onmouseover%3D%22x%27%26amp%3B",
        "a%2Fb%3Fc%23d%252F%20%C3%A9",
    ];
    paths.iter().for_each(|path| site.define(path));
    let body = site.index().body;
    assert!(
        body.contains("<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>"),
        "{body}"
    );
    assert!(!body.contains("<script>alert"), "{body}");
    for path in paths {
        assert!(body.contains(&format!("action=\"/counters/{path}/incr\"")), "{body}");
    }
    assert!(
        body.contains("aria-label=\"Plus one on &quot; onmouseover=&quot;x'&amp;amp;\""),
        "{body}"
    );
}

/// If markup still got through, the policy would not let it run.
#[test]
fn only_the_pages_own_script_may_run() {
    let site = Site::new();
    let (first, second) = (site.index(), site.index());
    let nonce = |policy: &str| {
        policy
            .split("script-src 'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap()
            .to_owned()
    };
    let policy = first.header("content-security-policy").to_owned();
    assert!(
        policy.starts_with("default-src 'none';") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
        "{policy}"
    );
    assert!(first.body.contains(&format!("<script nonce=\"{}\">", nonce(&policy))));
    assert!(first.body.contains(&format!("<style nonce=\"{}\">", nonce(&policy))));
    assert_ne!(
        nonce(&policy),
        nonce(second.header("content-security-policy")),
        "a nonce is for one answer"
    );
    assert_eq!(first.header("x-content-type-options"), "nosniff");
    assert_eq!(first.header("cache-control"), "no-store");
}

/// Values and waiting jobs are in the HTML itself, for browsers without JavaScript.
#[test]
fn the_page_is_complete_without_its_script() {
    let site = Site::new();
    assert!(site.index().body.contains("No counter yet"));
    site.define("hits");
    send("PUT", &format!("{}/counters/hits/decr", site.api.url()), &[], "");
    site.redis.set("default", 12);
    site.redis.set("low", 30);
    let page = site.index();
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(page.body.contains("<p class=\"value\">−1</p>"), "{}", page.body);
    assert!(page.body.contains("<p id=\"waiting\">42</p>"), "{}", page.body);
    assert!(page.body.contains(r#"<p id="empty" hidden>"#), "{}", page.body);
}

/// Any site can link to the page with a query; the page shows only sentences that it could have
/// written.
#[test]
fn ignores_a_made_up_query() {
    let site = Site::new();
    let body = get(&site.url("/?done=incr&name=%3Cb%3E&us=5&jid=%3Cimg%3E")).body;
    assert!(
        !body.contains("&lt;img") && !body.contains("<img") && !body.contains("enqueued in"),
        "{body}"
    );
}

/// Another name for this computer is rejected, because another site could use it to read this page.
#[test]
fn answers_only_hosts_of_this_computer() {
    let site = Site::new();
    let port = site.page.address().port();
    let status = |host: &str, path: &str| send("GET", &site.url(path), &[("Host", host)], "").status;
    for name in ["127.0.0.1", "localhost", "[::1]"] {
        assert_eq!(
            (status(name, "/"), status(&format!("{name}:{port}"), "/")),
            (200, 200),
            "{name}"
        );
    }
    for host in [
        "example.com",
        "example.com:3000",
        "127.0.0.1.example.com",
        "localhost.example.com",
        "10.0.0.1",
    ] {
        for path in ["/", "/events", "/nowhere"] {
            assert_eq!(status(host, path), 403, "{host} {path}");
        }
    }
}

/// A post from another site is rejected and changes nothing; one without either header does not
/// come from a browser.
#[test]
fn rejects_posts_of_other_sites() {
    let site = Site::new();
    site.define("hits");
    let own = site.page.url();
    let foreign = own.replace("127.0.0.1", "localhost");
    let press = |headers: &[(&str, &str)]| send("POST", &site.url("/counters/hits/incr"), headers, "").status;
    for headers in [
        &[("Sec-Fetch-Site", "cross-site")][..],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "")],
        &[("Sec-Fetch-Site", "none"), ("Sec-Fetch-Site", "cross-site")],
        &[("Origin", "http://example.com")],
        &[("Origin", "http://127.0.0.1:1")],
        &[("Origin", "null")],
        &[("Origin", &foreign)],
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", "http://example.com")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", &own)],
    ] {
        assert_eq!(press(headers), 403, "{headers:?}");
        let form = send("POST", &site.url("/counters"), headers, "name=evil");
        assert_eq!(form.status, 403, "{headers:?}");
    }
    assert_eq!((site.enqueued().len(), site.api.value("evil").unwrap()), (0, None));
    for headers in [
        &[][..],
        &[("Origin", &*own)],
        &[("Sec-Fetch-Site", "none")],
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", &own)],
    ] {
        assert_eq!(press(headers), 303, "{headers:?}");
    }
    assert_eq!(site.enqueued().len(), 4);
}

/// An unknown address is reported on the page, and to a script as JSON.
#[test]
fn reports_unknown_addresses_and_methods() {
    let site = Site::new();
    let lost = get(&site.url("/lost"));
    assert_eq!(lost.status, 404);
    assert!(lost.body.contains("There is nothing at this address"), "{}", lost.body);
    assert_eq!(get(&site.url("/counters/hits/incr")).status, 405);
    let lost = send("POST", &site.url("/lost"), &[("Accept", "application/json")], "");
    assert_eq!((lost.status, lost.error().is_empty()), (404, false));
    let large = post(&site.url("/counters"), &format!("name={}", "x".repeat(100_000)));
    assert_eq!(large.status, 413);
    assert!(large.body.contains("The form could not be read"), "{}", large.body);
}

/// Settings that cannot be served are rejected at the start, with a sentence without passwords.
#[test]
fn rejects_invalid_settings_at_the_start() {
    let enqueue = |_: &str, _: Change| Ok(String::new());
    let good = at("http://127.0.0.1:4000", "redis://127.0.0.1:6379");
    let refusal = |web| web::spawn(web, enqueue).err().unwrap();
    let open = Web {
        listen: SocketAddr::from(([0, 0, 0, 0], 0)),
        ..good.clone()
    };
    let error = refusal(open);
    assert!(
        matches!(error, Error::NotLoopback(_)) && error.to_string().contains("0.0.0.0:0"),
        "{error}"
    );
    for api in [
        "",
        "127.0.0.1:4000",
        "https://127.0.0.1",
        "ftp://x",
        "http://",
        "http://a b",
        "http://me:hunter2@x",
        "http://x/?key=hunter2",
        "me:hunter2@x",
        "http://me:hunter2@x:port",
    ] {
        let error = refusal(at(api, &good.redis));
        assert!(matches!(error, Error::BadApi { .. }), "{api}: {error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    for redis in [
        "",
        "127.0.0.1:6379",
        "redis://:hunter2@x/notanumber",
        "redis://me:1/hunter2@x",
        "rediss://:hunter2@x",
        "unix:///x?db=y&pass=hunter2",
        "me:hunter2@x",
    ] {
        let error = refusal(at(&good.api, redis));
        assert!(matches!(error, Error::BadRedis { .. }), "{redis}: {error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    let page = web::spawn(good.clone(), enqueue).unwrap();
    let error = refusal(Web {
        listen: page.address(),
        ..good
    });
    assert!(matches!(error, Error::Listen { .. }), "{error}");
}
