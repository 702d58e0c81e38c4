//! The list of queues below the number of all waiting jobs.

use serde_json::json;

use crate::support::site::Site;

/// With several queues a user sees which one empties first. They are sorted, because a set's order
/// changes at random.
#[test]
fn several_queues_are_shown_with_their_numbers() {
    let site = Site::new();
    let events = site.events();
    events.until("no queue", |view| view["waiting"] == "0" && view["queues"] == json!([]));
    site.redis.set("low", 1_000);
    site.redis.set("default", 0);
    site.redis.set("critical", 2);
    let queues = json!([
        {"name": "critical", "waiting": "2"},
        {"name": "default", "waiting": "0"},
        {"name": "low", "waiting": "1000"},
    ]);
    events.until("the queues", |view| {
        view["waiting"] == "1002" && view["queues"] == queues && view["more"].is_null()
    });
    let body = site.index().body;
    let list = "<ul id=\"queues\">\
        <li><bdi>critical</bdi> <span>2</span></li>\
        <li><bdi>default</bdi> <span>0</span></li>\
        <li><bdi>low</bdi> <span>1000</span></li></ul>";
    assert!(
        body.contains("<p id=\"waiting\">1002</p>") && body.contains(list),
        "{body}"
    );
}

/// A single queue would only repeat the number above it.
#[test]
fn does_not_list_a_single_queue() {
    let site = Site::new();
    site.redis.set("default", 7);
    let body = site.index().body;
    assert!(body.contains("<p id=\"waiting\">7</p>"), "{body}");
    assert!(body.contains("<ul id=\"queues\" hidden></ul>"), "{body}");
    let view = site.events().until("anything", |_| true);
    assert_eq!(view["queues"], json!([]));
}

/// Any program can choose queue names. They never become markup, and need not be UTF-8.
#[test]
fn shows_hostile_queue_names_as_text() {
    let site = Site::new();
    site.redis.set("<img src=x onerror=alert(1)>", 1);
    site.redis.set(b"\xFFlow\xFE", 2);
    site.redis.set("", 4);
    let body = site.index().body;
    assert!(
        body.contains("<li><bdi>&lt;img src=x onerror=alert(1)&gt;</bdi> <span>1</span></li>"),
        "{body}"
    );
    assert!(!body.contains("<img src=x"), "{body}");
    assert!(body.contains("<bdi>\u{FFFD}low\u{FFFD}</bdi> <span>2</span>"), "{body}");
    assert!(body.contains("<li><bdi></bdi> <span>4</span></li>"), "{body}");
    assert!(body.contains("<p id=\"waiting\">7</p>"), "{body}");
}

/// Twenty are listed; the others are counted, in the list and in the total.
#[test]
fn limits_the_list_of_queues() {
    let site = Site::new();
    for index in 0..20 {
        site.redis.set(format!("queue{index:02}"), 1);
    }
    let body = site.index().body;
    assert!(
        body.contains("<bdi>queue19</bdi>") && !body.contains(" more</li>"),
        "{body}"
    );
    site.redis.set("queue20", 1);
    site.redis.set("zebra", 1);
    let body = site.index().body;
    assert!(
        body.contains("<bdi>queue19</bdi>") && body.contains("<li>and 2 more</li></ul>"),
        "{body}"
    );
    assert!(!body.contains("queue20") && !body.contains("zebra"), "{body}");
    assert!(body.contains("<p id=\"waiting\">22</p>"), "{body}");
    let view = site.events().until("anything", |_| true);
    assert_eq!(
        (view["queues"].as_array().unwrap().len(), &view["more"]),
        (20, &json!("and 2 more"))
    );
}
