//! The page's drawing of a real Redis.

use crate::support::events::Events;
use crate::support::http;
use crate::support::site;

/// Any program can write anything into Redis. Catches: any part of it that becomes markup.
#[test]
fn shows_data_from_redis_as_text() {
    let kit = testkit::kit!();
    let evil = "<img src=x onerror=alert(1)>\"'&amp;";
    let text = serde_json::to_string(evil).unwrap();
    let job = format!(r#"{{"class":{text},"args":[{text}],"jid":{text},"error_message":{text},"queue":{text}}}"#);
    kit.command(&["SADD", "queues", evil]);
    kit.lpush(&format!("queue:{evil}"), &[job.as_bytes(), evil.as_bytes()]);
    for set in ["retry", "schedule", "dead"] {
        kit.command(&["ZADD", set, "99999999999", &job]);
    }
    kit.command(&["SADD", "processes", evil]);
    let work = serde_json::json!({"queue": evil, "payload": job, "run_at": 1});
    kit.command(&["HSET", evil, "beat", "1.0", "concurrency", "1"]);
    kit.command(&["HSET", &format!("{evil}:work"), evil, &work.to_string()]);
    let page = site::on(&kit);
    let html = http::get(&page.url()).body;
    // Seven discs have it as their label: two wait, three are in sets, one runs; and all other data
    // contains it, too.
    assert!(html.matches("onerror=alert(1)").count() > 20, "it is shown: {html}");
    assert!(!html.contains("<img"), "and only as text");
    for part in html.split("onerror=alert(1)").skip(1) {
        // In an attribute a quote would end the attribute.
        let next = part.trim_start_matches("&gt;");
        assert!(
            next.starts_with("&quot;") || next.starts_with("\\&quot;") || next.starts_with("%3E"),
            "{next:.80}"
        );
    }
    let view = Events::open(&format!("{}/events", page.url())).until("the queues", |view| {
        view["places"]["queues"]
            .as_str()
            .is_some_and(|queues| queues.contains("onerror"))
    });
    let places = view["places"].as_object().unwrap().values();
    for place in places {
        assert!(!place.as_str().unwrap().contains("<img"), "{place}");
    }
}

/// The page has the same size however many jobs wait. Catches: a disc for each job.
#[test]
fn draws_the_ends_and_the_count_of_many_jobs() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "queues", "default"]);
    let jobs: Vec<String> = (0..10_000)
        .map(|number| format!(r#"{{"class":"SlowWorker","args":[1],"jid":"{number:024x}"}}"#))
        .collect();
    let jobs: Vec<&[u8]> = jobs.iter().map(String::as_bytes).collect();
    kit.lpush("queue:default", &jobs);
    for (number, job) in jobs.iter().enumerate().take(1_000) {
        kit.command(&[b"ZADD".as_slice(), b"retry", number.to_string().as_bytes(), job]);
    }
    let html = http::get(&site::on(&kit).url()).body;
    assert!(
        html.contains("10,000 waiting") && html.contains("+ 9,984"),
        "the count is shown"
    );
    assert!(html.contains("and 995 more"), "also that of the retry set");
    assert_eq!(html.matches("data-jid=").count(), 16 + 5, "and the ends are drawn");
}

/// Catches: a busy thread beside an idle cell of the same thread.
#[test]
fn a_process_has_as_many_cells_as_threads() {
    let kit = testkit::kit!();
    for (identity, threads) in [("sidepunch:7:abc", ["6", "2-waits"]), ("sidekiq:8:abc", ["x7a", "x7b"])] {
        kit.command(&["SADD", "processes", identity]);
        kit.command(&["HSET", identity, "beat", "1.0", "concurrency", "5"]);
        for thread in threads {
            let job = format!(r#"{{"class":"SlowWorker","args":[],"jid":"{identity}{thread}"}}"#);
            if identity.starts_with("sidepunch") {
                let list = format!("sidepunch:inflight:{identity}:{thread}:default");
                kit.lpush(&list, &[job.as_bytes()]);
                kit.command(&["SADD", &format!("sidepunch:lists:{identity}"), &list]);
            } else {
                let work = serde_json::json!({"queue": "default", "payload": job, "run_at": 1});
                kit.command(&["HSET", &format!("{identity}:work"), thread, &work.to_string()]);
            }
        }
    }
    let html = http::get(&site::on(&kit).url()).body;
    let processes: Vec<&str> = html.split("data-identity=").skip(1).collect();
    assert_eq!(processes.len(), 2);
    for process in processes {
        let cells = process.split("</ol>").next().unwrap();
        let (all, idle) = (
            cells.matches("<li").count(),
            cells.matches("<li class=\"idle\"").count(),
        );
        assert_eq!((all, idle), (5, 3), "{cells}");
    }
}

/// Catches: one odd value that hides all others from the page, or that is left out without a word.
#[test]
fn reports_what_it_cannot_read() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "queues", "default", "<b>odd"]);
    kit.lpush("queue:default", &[b"{}"]);
    kit.command(&["SET", "queue:<b>odd", "x"]);
    kit.command(&["SET", "stat:processed", "-3"]);
    let page = site::on(&kit);
    let view = Events::open(&format!("{}/events", page.url())).until("the queue", |view| view["waiting"] == "1");
    let odd = "stat:processed (unexpected value), queue:<b>odd (WRONGTYPE)";
    let notice = format!("Some keys of Redis cannot be read and are left out: {odd}.");
    let notices = view["notices"].as_array().unwrap();
    kit.assert(
        &format!("both keys are reported: {notices:?}"),
        notices.contains(&notice.into()),
    );
    let html = http::get(&page.url()).body;
    kit.assert(
        &format!("the name is text: {html}"),
        html.contains("queue:&lt;b&gt;odd (WRONGTYPE)"),
    );
}
