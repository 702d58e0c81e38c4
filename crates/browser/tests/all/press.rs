use browser::Play;

use crate::browser;

/// The value of a counter.
const HITS: &str = "document.querySelector('[data-path=\"/counters/hits\"] .value').textContent";

/// The story: a press is a job, which is answered at once, and the value follows. Kills: a page that waits for the API,
/// a reload, and presses that get lost.
#[test]
fn a_press_is_answered_at_once_and_the_value_follows() {
    let browser = browser!();
    let play = Play::start(None);
    browser.go(&play.page);
    browser.until("the page lives", "source.readyState === 1");
    browser.value("window.before = 'here'");
    browser.click("[data-path='/counters/hits'] [data-change=incr] button");
    browser.until(
        "it is enqueued",
        "/\\+1 on “hits” enqueued in/.test(at('message').textContent)",
    );
    let took = browser.text("at('message').textContent.match(/enqueued in ([0-9.]+) ms/)[1]");
    let took: f64 = took.parse().unwrap();
    assert!(took < 100.0, "the API takes 400 ms, the press {took} ms");
    browser.until("the value is 1", &format!("{HITS} === '1'"));
    for _ in 0..10 {
        browser.click("[data-path='/counters/hits'] [data-change=incr] button");
    }
    browser.click("[data-path='/counters/hits'] [data-change=decr] button");
    browser.until("no press is lost", &format!("{HITS} === '10'"));
    assert_eq!(browser.text("window.before"), "here", "the page was not loaded anew");
    assert_eq!(browser.errors(), [""; 0]);
}

/// Kills: a form that needs a mouse, a name that becomes markup.
#[test]
fn a_counter_is_defined_and_pressed_by_keys_alone() {
    let browser = browser!();
    let play = Play::start(None);
    browser.go(&play.page);
    browser.until("the page lives", "source.readyState === 1");
    browser.value("at('name').focus()");
    browser.keys("<b>&'\"/é");
    browser.keys("\u{e007}");
    let card = "[...document.querySelectorAll('#counters li')].find(card => card.querySelector('bdi').textContent === '<b>&\\'\"/é')";
    browser.until("it is on the page, as it was typed", card);
    browser.value(&format!("{card}.querySelector('[data-change=incr] button').focus()"));
    browser.keys("\u{e007}");
    let value = format!("{card}.querySelector('.value').textContent === '1'");
    browser.until("Enter presses +", &value);
    let focus = browser.text("document.activeElement.getAttribute('aria-label')");
    assert_eq!(focus, "Plus one on <b>&'\"/é", "the focus has stayed");
    assert_eq!(browser.errors(), [""; 0]);
}
