use browser::Play;

use crate::browser;

/// An expression for the value of a counter.
const HITS: &str = "document.querySelector('[data-path=\"/counters/hits\"] .value').textContent";

/// A click is a job that is answered at once, and the value follows. Catches: a page that waits for
/// the API, a reload, and lost clicks.
#[test]
fn answers_a_click_at_once_and_updates_the_value() {
    let browser = browser!();
    let play = Play::start(None);
    browser.navigate(&play.page);
    browser.wait_until("the page lives", "source.readyState === 1");
    browser.evaluate("window.before = 'here'");
    browser.click("[data-path='/counters/hits'] [data-change=incr] button");
    browser.wait_until(
        "it is enqueued",
        "/\\+1 on “hits” enqueued in/.test(at('message').textContent)",
    );
    let took = browser.text("at('message').textContent.match(/enqueued in ([0-9.]+) ms/)[1]");
    let took: f64 = took.parse().unwrap();
    assert!(took < 100.0, "the API takes 400 ms, the press {took} ms");
    browser.wait_until("the value is 1", &format!("{HITS} === '1'"));
    for _ in 0..10 {
        browser.click("[data-path='/counters/hits'] [data-change=incr] button");
    }
    browser.click("[data-path='/counters/hits'] [data-change=decr] button");
    browser.wait_until("no press is lost", &format!("{HITS} === '10'"));
    assert_eq!(browser.text("window.before"), "here", "the page was not reloaded");
    assert_eq!(browser.console_errors(), [""; 0]);
}

/// Catches: a form that needs a mouse, a name that becomes markup.
#[test]
fn defines_and_clicks_a_counter_with_the_keyboard() {
    let browser = browser!();
    let play = Play::start(None);
    browser.navigate(&play.page);
    browser.wait_until("the page lives", "source.readyState === 1");
    browser.evaluate("at('name').focus()");
    browser.keys("<b>&'\"/é");
    browser.keys("\u{e007}");
    let card = "[...document.querySelectorAll('#counters li')].find(card => card.querySelector('bdi').textContent === '<b>&\\'\"/é')";
    browser.wait_until("it is on the page, as it was typed", card);
    browser.evaluate(&format!("{card}.querySelector('[data-change=incr] button').focus()"));
    browser.keys("\u{e007}");
    let value = format!("{card}.querySelector('.value').textContent === '1'");
    browser.wait_until("Enter presses +", &value);
    let focus = browser.text("document.activeElement.getAttribute('aria-label')");
    assert_eq!(focus, "Plus one on <b>&'\"/é", "the focus has stayed");
    assert_eq!(browser.console_errors(), [""; 0]);
}
