//! Attacks by data in Redis and by other sites.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::browser;
use crate::scene::Scene;

/// Catches: data that becomes markup or runs.
#[test]
fn shows_data_from_redis_as_text() {
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
    browser.navigate(&scene.url());
    browser.wait_until(
        "the script has drawn it",
        "document.querySelector('[data-place=queues]').shown",
    );
    // Also redrawn by the script, not only by the server.
    kit.lpush("queue:default", &[job.as_bytes()]);
    let lane = "[...document.querySelectorAll('.lane bdi')].some(name => name.textContent.includes('onerror'))";
    browser.wait_until("its name is shown", lane);
    browser.wait_until("another job came", "at('waiting').textContent === '3'");
    assert_eq!(browser.evaluate("document.querySelectorAll('img').length"), 0);
    assert_eq!(browser.text("window.pwned"), "");
    assert_eq!(browser.console_errors(), [""; 0]);
}

/// Another site in the same browser. Catches: a form of that site that clicks the page's buttons.
#[test]
fn another_site_cannot_click_the_buttons() {
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
    browser.navigate(&url);
    browser.click("button");
    browser.wait_until(
        "it is refused",
        "document.body.innerText.includes('came from another site')",
    );
    assert_eq!(kit.list("queue:default").len(), 0, "nothing was enqueued");
}
