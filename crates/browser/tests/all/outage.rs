use testkit::Kit;

use crate::browser;
use crate::scene::Scene;

const NOTICE: &str = "at('notices').textContent";

fn fill(kit: &Kit, jobs: usize) {
    kit.command(&["SADD", "queues", "default"]);
    for number in 0..jobs {
        let job = format!(r#"{{"class":"SlowWorker","args":[1],"jid":"{number:024x}"}}"#);
        kit.lpush("queue:default", &[job.as_bytes()]);
    }
}

/// Catches: a page that shows old numbers as if they were current, and one that must be reloaded.
#[test]
fn shows_outages_and_recovers() {
    let kit = testkit::kit!(own);
    let browser = browser!();
    let mut scene = Scene::new(&kit);
    fill(&kit, 3);
    browser.navigate(&scene.url());
    browser.wait_until("three wait", "at('waiting').textContent === '3'");

    kit.command(&["SAVE"]);
    kit.server().kill();
    browser.wait_until(
        "the outage of Redis is shown",
        &format!("/Redis at .* cannot be reached/.test({NOTICE})"),
    );
    browser.click("#push-one");
    browser.wait_until(
        "a failed click says what to do",
        "/See that it runs/.test(at('result').textContent)",
    );
    kit.server().start();
    browser.wait_until("it is back", &format!("{NOTICE} === ''"));
    browser.click("#push-one");
    browser.wait_until("presses count again", "at('waiting').textContent === '4'");

    scene.api.take();
    browser.wait_until(
        "the outage of the API is shown",
        &format!("{NOTICE}.includes('Go on pressing')"),
    );
    scene.start_api();
    browser.wait_until("it is back", &format!("{NOTICE} === ''"));
}

/// A server that was restarted, a computer that was suspended. Catches: an event stream that is
/// opened only once.
#[test]
fn reconnects_to_a_restarted_server() {
    let kit = testkit::kit!();
    let browser = browser!();
    let mut scene = Scene::new(&kit);
    fill(&kit, 3);
    browser.navigate(&scene.url());
    browser.wait_until("three wait", "at('waiting').textContent === '3'");
    scene.page.take();
    browser.wait_until(
        "the outage of the server is shown",
        &format!("{NOTICE}.includes('own server cannot be reached')"),
    );
    fill(&kit, 2);
    scene.open();
    browser.wait_until("it is back", &format!("{NOTICE} === ''"));
    browser.wait_until("the values are current", "at('waiting').textContent === '5'");

    // As after a suspension: the stream is open, but no data arrives.
    browser.evaluate("source.close()");
    fill(&kit, 2);
    browser.wait_until("silence is noticed", "source.readyState === 1");
    browser.wait_until("the values are current again", "at('waiting').textContent === '7'");
}
