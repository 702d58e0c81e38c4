use browser::Play;

use crate::browser;

/// In an early step, the page names the features that later steps bring. Catches: an empty box
/// without a text, and a button for a job that the process does not survive.
#[test]
fn names_the_features_of_later_steps() {
    let browser = browser!();
    for step in 1..=4 {
        let play = Play::start(Some(step));
        browser.navigate(&play.page);
        browser.wait_until("the page lives", "source.readyState === 1");
        let future = |place: &str| {
            browser.text(&format!(
                "document.querySelector('#place-{place} .future')?.textContent"
            ))
        };
        let retries = if step < 3 { "Step 3 brings retries." } else { "" };
        assert_eq!(future("retry"), retries, "step {step}");
        assert!(future("figures").contains("Step 5 brings"), "step {step}");
        let process = if step == 1 {
            "Step 2 brings a process."
        } else {
            "Step 5 changes that"
        };
        assert!(
            future("processes").contains(process),
            "step {step}: {}",
            future("processes")
        );
        let panics = browser.evaluate("document.querySelectorAll('#push-panicking').length");
        assert_eq!(panics, u8::from(step > 2), "step {step}");
        browser.click("#push-one");
        match step {
            1 => browser.wait_until("it waits", "at('waiting').textContent === '1'"),
            _ => browser.wait_until("it was performed", "at('waiting').textContent === '0'"),
        };
        if step == 3 {
            browser.click("#push-panicking");
            browser.wait_until("retries are here", "document.querySelector('[data-place=retry] .job')");
        }
        assert_eq!(browser.console_errors(), [""; 0], "step {step}");
        // Otherwise the page would show that it lost its server.
        browser.navigate("about:blank");
    }
}
