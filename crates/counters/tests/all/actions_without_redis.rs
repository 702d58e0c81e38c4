//! The page's buttons besides + and −, without a Redis.

use std::net::SocketAddr;

use counters::web::{self, Change, Web};

use crate::support::{http, site};

/// Catches: a password on the page, and an error that does not say what to do.
#[test]
fn reports_a_redis_that_cannot_be_reached() {
    let web = Web {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        api: "http://127.0.0.1:9".to_owned(),
        redis: "redis://:secret@127.0.0.1:9/0".to_owned(),
    };
    let page = web::spawn(web, |_: &str, _: Change| Ok(site::JID.to_owned())).unwrap();
    let answer = http::post_json(&format!("{}/actions/push/one", page.url()));
    assert_eq!(answer.status, 503);
    let error = answer.error();
    assert!(
        error.contains("See that it runs, then press again") && !error.contains("secret"),
        "{error}"
    );
}
