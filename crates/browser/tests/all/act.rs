use browser::Play;

use crate::browser;

/// Returns an expression for the content of a place.
fn place(name: &str) -> String {
    format!("document.querySelector('[data-place={name}]')")
}

/// The life of a job that cannot succeed. Catches: a place that is not filled, an action that does
/// nothing, and a countdown that stands still.
#[test]
fn moves_a_failing_job_between_the_sets() {
    let browser = browser!();
    let play = Play::start(None);
    browser.navigate(&play.page);
    browser.wait_until("the page lives", "source.readyState === 1");
    let (retry, dead) = (place("retry"), place("dead"));
    browser.click("#push-failing");
    browser.wait_until(
        "the command is shown",
        "at('commands').textContent.includes('LPUSH queue:default')",
    );
    let failed = |times: &str| format!("{retry}.textContent.includes('failed {times}')");
    browser.wait_until("it has failed", &failed("once"));
    browser.wait_until(
        "the error is shown",
        &format!("{retry}.querySelector('.error').textContent === 'on purpose'"),
    );
    let jid = browser.text(&format!("{retry}.querySelector('.job').dataset.jid"));
    let due = browser.text(&format!("{retry}.querySelector('time').textContent"));
    browser.wait_until(
        "the countdown runs",
        &format!("{retry}.querySelector('time').textContent !== '{due}'"),
    );
    browser.click("[data-place=retry] [id$=-now]");
    browser.wait_until(
        "it was tried again",
        &format!("{retry}.querySelector('.job')?.dataset.jid === '{jid}'"),
    );
    browser.wait_until("ZREM is shown", "at('commands').textContent.startsWith('ZREM retry')");
    // A job that a user retries gets one more chance: it failed once before, and once again.
    browser.wait_until("that does not count", &failed("once"));
    browser.click("[data-place=retry] [id$=-kill]");
    browser.wait_until(
        "it is dead",
        &format!("{dead}.querySelector('.job')?.dataset.jid === '{jid}'"),
    );
    browser.wait_until("it has left", &format!("!{retry}.querySelector('.job')"));
    browser.click("[data-place=dead] [id$=-now]");
    browser.wait_until(
        "it lives",
        &format!("{retry}.querySelector('.job')?.dataset.jid === '{jid}'"),
    );
    browser.click("[data-place=retry] [id$=-delete]");
    browser.wait_until(
        "it is gone",
        &format!("!{retry}.querySelector('.job') && !{dead}.querySelector('.job')"),
    );
    assert_eq!(browser.console_errors(), [""; 0]);
}

/// Catches: a process that a panic ends, or a page that does not report the panic.
#[test]
fn treats_a_panic_as_a_failure() {
    let browser = browser!();
    let play = Play::start(None);
    browser.navigate(&play.page);
    let who = "document.querySelector('.process')?.dataset.identity";
    let before = browser.wait_until("a process is there", who);
    browser.click("#push-panicking");
    let why = format!(
        "{}.querySelector('.error')?.textContent.includes('a bug')",
        place("retry")
    );
    browser.wait_until("its job waits for a retry", &why);
    assert_eq!(browser.evaluate(who), before, "the process lives");
    assert_eq!(browser.console_errors(), [""; 0]);
}

/// Catches: a page that draws each job, and an inexact count.
#[test]
fn shows_how_a_thousand_jobs_are_performed() {
    let browser = browser!();
    let play = Play::start(None);
    browser.navigate(&play.page);
    browser.wait_until("a process is there", "document.querySelector('.process')");
    browser.click("#push-many");
    browser.wait_until("many wait", "Number(at('waiting').textContent) > 100");
    let discs = browser
        .evaluate("document.querySelectorAll('.job').length")
        .as_u64()
        .unwrap();
    assert!(discs < 100, "the ends are drawn, and no more: {discs}");
    browser.wait_until("all are done", "at('waiting').textContent === '0'");
    let done = "document.querySelector('[data-place=figures] dd').textContent === '1,000'";
    browser.wait_until("all are counted", done);
    browser.wait_until("they are plotted", "document.querySelector('.plot')");
    assert_eq!(browser.console_errors(), [""; 0]);
}

/// The signals are sent as Sidekiq's Web UI does. Catches: a signal that is ignored, and a `play`
/// that ends with its process.
#[test]
fn quiets_and_stops_a_process_and_starts_another() {
    let browser = browser!();
    let play = Play::start(None);
    browser.navigate(&play.page);
    let who = "document.querySelector('.process')?.dataset.identity";
    let before = browser.wait_until("a process is there", who);
    browser.click(".process [id$=-quiet]");
    browser.wait_until(
        "it is quiet",
        "document.querySelector('.process .state').textContent.startsWith('quiet')",
    );
    browser.click(".process [id$=-stop]");
    let identity = before.as_str().unwrap();
    browser.wait_until("another works", &format!("({who} ?? '{identity}') !== '{identity}'"));
    assert_eq!(browser.console_errors(), [""; 0]);
}
