use browser::Play;

use crate::browser;

/// The purpose of step 5. Catches: a job that is lost, or performed under another name; a button
/// that kills nothing, or another process.
#[test]
fn recovers_the_job_of_a_killed_process() {
    let browser = browser!();
    let play = Play::start(None);
    browser.navigate(&play.page);
    browser.wait_until("a process is there", "document.querySelector('.process')");
    browser.click("#push-slow");
    let disc = "document.querySelector('[data-place=processes] .job')";
    browser.wait_until("it is performed", disc);
    let jid = browser.text(&format!("{disc}.dataset.jid"));
    let colour = browser.text(&format!("{disc}.querySelector('circle').getAttribute('fill')"));
    let identity = browser.text("document.querySelector('.process').dataset.identity");
    let pid = identity.split(':').nth(1).unwrap();
    browser.click("#kill button");
    browser.wait_until(
        "the command is shown",
        &format!("at('commands').textContent === 'kill -9 {pid}'"),
    );
    browser.wait_until(
        "the killed process is silent",
        "document.querySelector('.process.silent')",
    );
    let elsewhere = format!(
        "[...document.querySelectorAll('.process')].some(process => process.dataset.identity !== '{identity}' && \
         process.querySelector('.job')?.dataset.jid === '{jid}')"
    );
    browser.wait_until("another process performs the same job", &elsewhere);
    let same = format!("document.querySelector('.job[data-jid=\"{jid}\"] circle').getAttribute('fill') === '{colour}'");
    assert_eq!(browser.evaluate(&same), true, "it has kept its colour");
    browser.wait_until(
        "the killed process is gone",
        &format!("!document.querySelector('[data-identity=\"{identity}\"]')"),
    );
    assert_eq!(browser.console_errors(), [""; 0]);
}
