//! The button that enqueues a thousand slow jobs, so that a click on + can overtake them.

use counters::api::{self, Config};
use counters::web::{self, Web};

use crate::support::http::{get, post, post_json, put, send};
use crate::support::recounts::Recounts;
use crate::support::site::{Redis, Site, at};

/// A step with only one queue has nothing to overtake: it has no button, and no route.
#[test]
fn shows_the_button_only_if_recounts_are_offered() {
    let plain = Site::new();
    plain.define("hits");
    let body = plain.index().body;
    assert!(!body.contains("<form id=\"recount\""), "{body}");
    assert_eq!(post(&plain.url("/recount"), "").status, 404);
    let lost = post_json(&plain.url("/recount"));
    assert_eq!(lost.status, 404);
    assert_eq!(
        lost.error(),
        post_json(&plain.url("/lost")).error(),
        "as any unknown path"
    );
    assert_eq!(plain.enqueued(), []);

    let (site, _) = Site::recounting();
    let body = site.index().body;
    assert!(
        body.contains(r#"<form id="recount" action="/recount" method="post">"#),
        "{body}"
    );
    assert!(body.contains(">Recount 1,000 times</button>"), "{body}");
    assert_eq!(get(&site.url("/recount")).status, 405);
    let foreign = send("POST", &site.url("/recount"), &[("Origin", "null")], "");
    assert_eq!(foreign.status, 403, "a post of another site");
}

/// The jobs are spread over all counters, in the API's order, and the page shows how long a
/// thousand jobs took.
#[test]
fn a_recount_enqueues_a_thousand_and_redirects() {
    let (site, recounts) = Site::recounting();
    for path in ["a%2Fb", "hits", "signups"] {
        site.define(path);
    }
    let answer = post(&site.url("/recount"), "");
    assert_eq!(answer.status, 303);
    assert!(answer.header("server-timing").starts_with("recount;dur="), "{answer:?}");
    let noted = recounts.noted();
    assert_eq!((noted.len(), noted[0].len()), (1, 1_000), "one call, a thousand names");
    for (index, name) in noted[0].iter().enumerate() {
        assert_eq!(name, ["a/b", "hits", "signups"][index % 3], "number {index}");
    }
    let page = get(&site.url(answer.header("location")));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("1,000 recounts enqueued in "), "{}", page.body);
    assert!(
        page.body.contains("; press +: it does not wait for them."),
        "{}",
        page.body
    );
    assert_eq!(
        recounts.noted().len(),
        1,
        "the page that is redirected to enqueues nothing"
    );
    assert_eq!(
        site.api.calls().len(),
        3,
        "a recount makes no slow call: these defined the counters"
    );
}

/// A recount by the script returns the sentence to show, and no jid, because there are a thousand.
#[test]
fn a_scripts_recount_gets_json() {
    let (site, recounts) = Site::recounting();
    site.define("hits");
    let answer = post_json(&site.url("/recount"));
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    let reply = answer.json();
    let message = reply["message"].as_str().unwrap();
    assert!(message.starts_with("1,000 recounts enqueued in "), "{reply}");
    assert!(reply.get("jid").is_none(), "{reply}");
    assert_eq!(recounts.noted(), [vec!["hits"; 1_000]]);
}

/// A counter that was just defined is recounted, too.
#[test]
fn a_new_counter_is_recounted_at_once() {
    let (site, recounts) = Site::recounting();
    site.define("hits");
    site.index();
    site.define("new");
    assert_eq!(post(&site.url("/recount"), "").status, 303);
    assert_eq!(recounts.noted()[0][..3], ["hits", "new", "hits"]);
}

/// Without a counter there is nothing to recount; the page reports it, and nothing is enqueued.
#[test]
fn a_recount_without_a_counter_is_409() {
    let (site, recounts) = Site::recounting();
    let form = post(&site.url("/recount"), "");
    assert_eq!(form.status, 409);
    assert!(form.body.contains("Define one first."), "{}", form.body);
    assert!(form.body.contains("<form id=\"recount\""), "{}", form.body);
    let script = post_json(&site.url("/recount"));
    assert_eq!(script.status, 409);
    assert!(script.error().contains("Define one first."), "{}", script.error());
    assert_eq!(recounts.noted().len(), 0);
}

/// If the API cannot be reached, the cached counters are recounted. An API that never answered does
/// not count as one without counters.
#[test]
fn a_recount_needs_no_api_once_the_counters_are_known() {
    let (site, recounts) = Site::recounting();
    site.define("hits");
    site.index();
    let Site { page, api, redis, .. } = site;
    drop(api);
    assert_eq!(post(&format!("{}/recount", page.url()), "").status, 303);
    assert_eq!(recounts.noted(), [vec!["hits"; 1_000]]);

    let recounts = Recounts::default();
    let page = web::spawn(at("http://127.0.0.1:1", &redis.proxy.url()), recounts.clone()).unwrap();
    let answer = post_json(&format!("{}/recount", page.url()));
    assert_eq!(answer.status, 503);
    assert!(answer.error().contains("API has not listed"), "{}", answer.error());
    assert_eq!(recounts.noted().len(), 0);
}

/// If enqueuing fails, the page shows the reason without Redis's password.
#[test]
fn a_failed_recount_is_503() {
    let (api, redis) = (api::spawn(Config::default()).unwrap(), Redis::start());
    put(&format!("{}/counters/hits", api.url()));
    let url = redis.proxy.url().replace("redis://", "redis://:hunter2@");
    let recounts = Recounts::failing(&format!("no answer from {url}, nor with hunter2."));
    let web = Web {
        redis: url,
        ..at(&api.url(), &redis.proxy.url())
    };
    let page = web::spawn(web, recounts).unwrap();
    let form = post(&format!("{}/recount", page.url()), "");
    assert_eq!(form.status, 503);
    assert!(
        form.body
            .contains("Nothing was enqueued: no answer from redis://127.0.0.1:"),
        "{}",
        form.body
    );
    let script = post_json(&format!("{}/recount", page.url()));
    assert_eq!(script.status, 503);
    assert!(
        script
            .error()
            .ends_with("nor with …. See that Redis runs, then press again."),
        "{}",
        script.error()
    );
    assert!(!form.body.contains("hunter2") && !script.body.contains("hunter2"));
}
