//! The pictures in the README and the chapters.
//! `KATA_PICTURES=write cargo test -p browser pictures` retakes them.
//!
//! Next to the pictures is a digest of the page's sources at the time when they were taken. A test
//! fails while it differs from the current sources, so that no picture becomes outdated.

use std::hash::{DefaultHasher, Hasher};
use std::path::PathBuf;
use std::{env, fs};

use browser::{Browser, Display, Play, root};

use crate::browser;

/// The pictures' names, each with its step.
const PICTURES: [(&str, u8); 4] = [("page-step2", 2), ("page-step3", 3), ("page-step4", 4), ("page", 5)];

fn images() -> PathBuf {
    root().join("docs/img")
}

/// Returns a digest of the code that draws the page.
fn digest() -> String {
    let view = root().join("crates/counters/src/web/view");
    let entries = fs::read_dir(view).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(file.file_name().unwrap().as_encoded_bytes());
        hasher.write(&fs::read(file).unwrap());
    }
    format!("{:016x}\n", hasher.finish())
}

/// Catches: pictures of a page that has changed since.
#[test]
fn pictures_show_the_current_page() {
    if env::var_os("KATA_PICTURES").is_some_and(|wish| wish == "write") {
        take();
    }
    let before = fs::read_to_string(images().join("page.digest")).unwrap_or_default();
    assert_eq!(
        before,
        digest(),
        "the page has changed since its pictures were taken: KATA_PICTURES=write cargo test -p browser pictures"
    );
    for (name, _) in PICTURES {
        for name in [name.to_owned(), format!("{name}-dark")] {
            let picture = fs::read(images().join(format!("{name}.png"))).unwrap_or_default();
            assert!(picture.starts_with(b"\x89PNG") && picture.len() < 400_000, "{name}.png");
        }
    }
}

/// Returns the settings for a picture, without motion.
fn view(dark: bool) -> Display {
    Display {
        height: 1060,
        dark,
        still: true,
        ..Display::DEFAULT
    }
}

fn take() {
    let browser = browser!(view(false));
    for (name, step) in PICTURES {
        let play = Play::start(Some(step));
        browser.navigate(&play.page);
        browser.wait_until("the page lives", "source.readyState === 1");
        compose(&browser, step);
        for (dark, ending) in [(false, ""), (true, "-dark")] {
            browser.set_display(view(dark));
            fs::write(images().join(format!("{name}{ending}.png")), browser.screenshot()).unwrap();
        }
        browser.set_display(view(false));
        // Otherwise the page would show that it lost its server.
        browser.navigate("about:blank");
    }
    fs::write(images().join("page.digest"), digest()).unwrap();
}

/// Enqueues jobs that show the features of the step.
fn compose(browser: &Browser, step: u8) {
    let value = |name: &str| format!("document.querySelector('[data-path=\"/counters/{name}\"] .value').textContent");
    for (name, presses) in [("hits", 7), ("signups", 2)] {
        for _ in 0..presses {
            browser.click(&format!("[data-path='/counters/{name}'] [data-change=incr] button"));
        }
    }
    browser.wait_until(
        "all were performed",
        &format!("{} === '7' && {} === '2'", value("hits"), value("signups")),
    );
    if step >= 3 {
        browser.click("#push-failing");
        browser.wait_until("it has failed", "document.querySelector('[data-place=retry] .job')");
    }
    if step >= 4 {
        browser.click("#recount button");
        browser.wait_until("recounts wait", "Number(at('waiting').textContent) > 500");
    }
    browser.click("#push-slow");
    browser.click("#push-slow");
    for _ in 0..3 {
        browser.click("#push-one");
    }
    browser.click("[data-path='/counters/hits'] [data-change=incr] button");
    let wait = match step {
        5 => "document.querySelectorAll('[data-place=processes] .job').length >= 5",
        _ => "document.querySelectorAll('.belt .job').length >= 4",
    };
    browser.wait_until("there is much to see", wait);
    // Undoes the effects of the clicks: the scroll position and the focus.
    browser.evaluate("(document.activeElement.blur(), scrollTo(0, 0))");
}
