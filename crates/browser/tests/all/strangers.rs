//! What others may write into Redis, or have a browser send.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::browser;
use crate::scene::Scene;

/// Kills: one word that becomes markup, or runs.
#[test]
fn what_lies_in_redis_is_text() {
    let kit = testkit::kit!();
    let browser = browser!();
    let evil = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script>\"'";
    let text = serde_json::to_string(evil).unwrap();
    let job = format!(r#"{{"class":{text},"args":[{text}],"jid":{text},"error_message":{text}}}"#);
    kit.command(&["SADD", "queues", evil, "default"]);
    kit.lpush(&format!("queue:{evil}"), &[job.as_bytes(), evil.as_bytes()]);
    for set in ["retry", "schedule", "dead"] {
        kit.command(&["ZADD", set, "99999999999", &job]);
    }
    kit.command(&["SADD", "processes", evil]);
    kit.command(&["HSET", evil, "beat", "1.0", "concurrency", "1"]);
    let scene = Scene::new(&kit);
    browser.go(&scene.url());
    browser.until(
        "the script has drawn it",
        "document.querySelector('[data-place=queues]').shown",
    );
    // Drawn anew by the script, too, not only by the server.
    kit.lpush("queue:default", &[job.as_bytes()]);
    let lane = "[...document.querySelectorAll('.lane bdi')].some(name => name.textContent.includes('onerror'))";
    browser.until("its name is shown", lane);
    browser.until("another job came", "at('waiting').textContent === '3'");
    assert_eq!(browser.value("document.querySelectorAll('img').length"), 0);
    assert_eq!(browser.text("window.pwned"), "");
    assert_eq!(browser.errors(), [""; 0]);
}

/// Another page in the same browser. Kills: a form of theirs that presses our buttons.
#[test]
fn another_site_cannot_press_our_buttons() {
    let kit = testkit::kit!();
    let browser = browser!();
    let scene = Scene::new(&kit);
    let evil = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", evil.local_addr().unwrap());
    let html = format!(
        "<form method=post action='{}/actions/push/many'><button>Win</button></form>",
        scene.url()
    );
    thread::spawn(move || {
        for mut visitor in evil.incoming().map_while(Result::ok) {
            let _ = visitor.read(&mut [0; 4096]);
            let length = html.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n"
            );
            let _ = write!(visitor, "{head}\r\n{html}");
        }
    });
    browser.go(&url);
    browser.click("button");
    browser.until(
        "it is refused",
        "document.body.innerText.includes('came from another site')",
    );
    assert_eq!(kit.list("queue:default").len(), 0, "nothing was enqueued");
}
