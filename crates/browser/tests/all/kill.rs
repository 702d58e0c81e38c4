use browser::Play;

use crate::browser;

/// What step 5 is for. Kills: a job that is lost, or performed under another name; a button that kills nothing, or another.
#[test]
fn a_killed_workers_job_comes_back() {
    let browser = browser!();
    let play = Play::start(None);
    browser.go(&play.page);
    browser.until("a worker is there", "document.querySelector('.process')");
    browser.click("#push-slow");
    let disc = "document.querySelector('[data-place=workers] .job')";
    browser.until("it is performed", disc);
    let jid = browser.text(&format!("{disc}.dataset.jid"));
    let colour = browser.text(&format!("{disc}.querySelector('circle').getAttribute('fill')"));
    let identity = browser.text("document.querySelector('.process').dataset.identity");
    let pid = identity.split(':').nth(1).unwrap();
    browser.click("#kill button");
    browser.until(
        "the command is shown",
        &format!("at('commands').textContent === 'kill -9 {pid}'"),
    );
    browser.until("the dead one is silent", "document.querySelector('.process.silent')");
    let elsewhere = format!(
        "[...document.querySelectorAll('.process')].some(process => process.dataset.identity !== '{identity}' && \
         process.querySelector('.job')?.dataset.jid === '{jid}')"
    );
    browser.until("another process performs the same job", &elsewhere);
    let same = format!("document.querySelector('.job[data-jid=\"{jid}\"] circle').getAttribute('fill') === '{colour}'");
    assert_eq!(browser.value(&same), true, "it has kept its colour");
    browser.until(
        "the dead one is gone",
        &format!("!document.querySelector('[data-identity=\"{identity}\"]')"),
    );
    assert_eq!(browser.errors(), [""; 0]);
}
