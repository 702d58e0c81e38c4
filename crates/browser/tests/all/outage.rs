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

/// Kills: a page that shows old numbers as if they were new, and one that has to be loaded again.
#[test]
fn what_is_away_is_shown_and_recovered_from() {
    let kit = testkit::kit!(own);
    let browser = browser!();
    let mut scene = Scene::new(&kit);
    fill(&kit, 3);
    browser.go(&scene.url());
    browser.until("three wait", "at('waiting').textContent === '3'");

    kit.command(&["SAVE"]);
    kit.server().kill();
    browser.until(
        "Redis is missed",
        &format!("/Redis at .* cannot be reached/.test({NOTICE})"),
    );
    browser.click("#push-one");
    browser.until(
        "a press fails with its cure",
        "/See that it runs/.test(at('result').textContent)",
    );
    kit.server().start();
    browser.until("it is back", &format!("{NOTICE} === ''"));
    browser.click("#push-one");
    browser.until("presses count again", "at('waiting').textContent === '4'");

    scene.api.take();
    browser.until("the API is missed", &format!("{NOTICE}.includes('Go on pressing')"));
    scene.start_api();
    browser.until("it is back", &format!("{NOTICE} === ''"));
}

/// A server that was restarted, a computer that has slept. Kills: an event stream that is opened once.
#[test]
fn the_page_follows_a_server_that_comes_back() {
    let kit = testkit::kit!();
    let browser = browser!();
    let mut scene = Scene::new(&kit);
    fill(&kit, 3);
    browser.go(&scene.url());
    browser.until("three wait", "at('waiting').textContent === '3'");
    scene.page.take();
    browser.until(
        "the server is missed",
        &format!("{NOTICE}.includes('own server cannot be reached')"),
    );
    fill(&kit, 2);
    scene.open();
    browser.until("it is back", &format!("{NOTICE} === ''"));
    browser.until("what is shown is of now", "at('waiting').textContent === '5'");

    // As after a sleep: the stream is open, and nothing comes.
    browser.value("source.close()");
    fill(&kit, 2);
    browser.until("silence is noticed", "source.readyState === 1");
    browser.until("and made up for", "at('waiting').textContent === '7'");
}
