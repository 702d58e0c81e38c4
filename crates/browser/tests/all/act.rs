use browser::Play;

use crate::browser;

/// What a place shows.
fn place(name: &str) -> String {
    format!("document.querySelector('[data-place={name}]')")
}

/// The whole life of a job that cannot succeed. Kills: a place that is not filled, an act that does nothing, and a
/// countdown that stands still.
#[test]
fn a_failing_job_goes_to_retry_and_where_a_person_sends_it() {
    let browser = browser!();
    let play = Play::start(None);
    browser.go(&play.page);
    browser.until("the page lives", "source.readyState === 1");
    let (retry, dead) = (place("retry"), place("dead"));
    browser.click("#push-failing");
    browser.until(
        "the command is shown",
        "at('commands').textContent.includes('LPUSH queue:default')",
    );
    let failed = |times: &str| format!("{retry}.textContent.includes('failed {times}')");
    browser.until("it has failed", &failed("once"));
    browser.until(
        "why is told",
        &format!("{retry}.querySelector('.error').textContent === 'on purpose'"),
    );
    let jid = browser.text(&format!("{retry}.querySelector('.job').dataset.jid"));
    let due = browser.text(&format!("{retry}.querySelector('time').textContent"));
    browser.until(
        "the countdown runs",
        &format!("{retry}.querySelector('time').textContent !== '{due}'"),
    );
    browser.click("[data-place=retry] [id$=-now]");
    browser.until(
        "it was tried again",
        &format!("{retry}.querySelector('.job')?.dataset.jid === '{jid}'"),
    );
    browser.until("ZREM is shown", "at('commands').textContent.startsWith('ZREM retry')");
    // Retried by hand, a job has one more chance: it failed once before, and once again.
    browser.until("that does not count", &failed("once"));
    browser.click("[data-place=retry] [id$=-kill]");
    browser.until(
        "it is dead",
        &format!("{dead}.querySelector('.job')?.dataset.jid === '{jid}'"),
    );
    browser.until("it has left", &format!("!{retry}.querySelector('.job')"));
    browser.click("[data-place=dead] [id$=-now]");
    browser.until(
        "it lives",
        &format!("{retry}.querySelector('.job')?.dataset.jid === '{jid}'"),
    );
    browser.click("[data-place=retry] [id$=-delete]");
    browser.until(
        "it is gone",
        &format!("!{retry}.querySelector('.job') && !{dead}.querySelector('.job')"),
    );
    assert_eq!(browser.errors(), [""; 0]);
}

/// Kills: a worker that a panic ends, or a page that does not tell.
#[test]
fn a_panic_is_a_failure_like_any_other() {
    let browser = browser!();
    let play = Play::start(None);
    browser.go(&play.page);
    let who = "document.querySelector('.process')?.dataset.identity";
    let before = browser.until("a worker is there", who);
    browser.click("#push-panicking");
    let why = format!(
        "{}.querySelector('.error')?.textContent.includes('a bug')",
        place("retry")
    );
    browser.until("its job waits for a retry", &why);
    assert_eq!(browser.value(who), before, "the worker lives");
    assert_eq!(browser.errors(), [""; 0]);
}

/// Kills: a page that draws each job, and a count that is a guess.
#[test]
fn a_thousand_jobs_are_performed_before_ones_eyes() {
    let browser = browser!();
    let play = Play::start(None);
    browser.go(&play.page);
    browser.until("a worker is there", "document.querySelector('.process')");
    browser.click("#push-many");
    browser.until("many wait", "Number(at('waiting').textContent) > 100");
    let discs = browser
        .value("document.querySelectorAll('.job').length")
        .as_u64()
        .unwrap();
    assert!(discs < 100, "the ends are drawn, and no more: {discs}");
    browser.until("all are done", "at('waiting').textContent === '0'");
    let done = "document.querySelector('[data-place=figures] dd').textContent === '1,000'";
    browser.until("all are counted", done);
    browser.until("they are plotted", "document.querySelector('.plot')");
    assert_eq!(browser.errors(), [""; 0]);
}

/// As Sidekiq's pages give it. Kills: an order that nobody hears, and a play that ends with its worker.
#[test]
fn a_worker_is_quieted_and_stopped_and_another_comes() {
    let browser = browser!();
    let play = Play::start(None);
    browser.go(&play.page);
    let who = "document.querySelector('.process')?.dataset.identity";
    let before = browser.until("a worker is there", who);
    browser.click(".process [id$=-quiet]");
    browser.until(
        "it is quiet",
        "document.querySelector('.process .state').textContent.startsWith('quiet')",
    );
    browser.click(".process [id$=-stop]");
    let identity = before.as_str().unwrap();
    browser.until("another works", &format!("({who} ?? '{identity}') !== '{identity}'"));
    assert_eq!(browser.errors(), [""; 0]);
}
