use browser::Play;

use crate::browser;

/// Whoever plays an early step sees what is to come, and that it is to come. Kills: an empty box without a word, and a
/// button for what the worker cannot bear.
#[test]
fn an_early_step_names_what_it_lacks() {
    let browser = browser!();
    for step in 1..=4 {
        let play = Play::start(Some(step));
        browser.go(&play.page);
        browser.until("the page lives", "source.readyState === 1");
        let future = |place: &str| {
            browser.text(&format!(
                "document.querySelector('#place-{place} .future')?.textContent"
            ))
        };
        let retries = if step < 3 { "Step 3 brings retries." } else { "" };
        assert_eq!(future("retry"), retries, "step {step}");
        assert!(future("figures").contains("Step 5 brings"), "step {step}");
        let worker = if step == 1 {
            "Step 2 brings a worker."
        } else {
            "Step 5 brings that to Redis"
        };
        assert!(future("workers").contains(worker), "step {step}: {}", future("workers"));
        let panics = browser.value("document.querySelectorAll('#push-panicking').length");
        assert_eq!(panics, u8::from(step > 2), "step {step}");
        browser.click("#push-one");
        match step {
            1 => browser.until("it waits", "at('waiting').textContent === '1'"),
            _ => browser.until("it was performed", "at('waiting').textContent === '0'"),
        };
        if step == 3 {
            browser.click("#push-panicking");
            browser.until("retries are here", "document.querySelector('[data-place=retry] .job')");
        }
        assert_eq!(browser.errors(), [""; 0], "step {step}");
        // Else it would miss its server, and say so.
        browser.go("about:blank");
    }
}
