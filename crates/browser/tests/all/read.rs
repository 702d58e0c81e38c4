//! Whether everybody can read the page and press its buttons.

use browser::{Browser, Look};
use testkit::Kit;

use crate::browser;
use crate::scene::Scene;

/// The least that WCAG 2 (AA) asks of small text, and what of it falls short.
const CONTRAST: &str = include_str!("contrast.js");

/// Something everywhere.
fn full(kit: &Kit) -> Scene {
    let (now, _): (f64, f64) = kit.query(&["TIME"]);
    let job = |number: u32, class: &str| {
        format!(
            r#"{{"class":"{class}","args":["{number}"],"jid":"{number:024x}","enqueued_at":{now}.5,"error_message":"out of luck, and a long story about why","retry_count":2}}"#
        )
    };
    kit.command(&[
        "SADD",
        "queues",
        "default",
        "critical",
        "a-queue-with-a-name-that-takes-its-place",
    ]);
    for number in 0..40 {
        kit.lpush("queue:default", &[job(number, "SlowWorker").as_bytes()]);
    }
    for (number, set, at) in [
        (100, "retry", now + 20.0),
        (200, "schedule", now + 9000.0),
        (300, "dead", now - 5000.0),
    ] {
        for more in 0..7 {
            kit.command(&["ZADD", set, &at.to_string(), &job(number + more, "ALongNameForAWorker")]);
        }
    }
    for (identity, quiet, lease) in [
        ("a-host:7:0123456789ab", "false", 9e9),
        ("other:8:0123456789ab", "true", 1.0),
    ] {
        kit.command(&["SADD", "processes", identity]);
        kit.command(&["HSET", identity, "beat", "1.0", "concurrency", "20", "quiet", quiet]);
        kit.command(&["ZADD", "sidepunch:leases", &(now + lease).to_string(), identity]);
        for thread in 0..3 {
            let list = format!("sidepunch:inflight:{identity}:{thread}:default");
            kit.command(&["SADD", &format!("sidepunch:lists:{identity}"), &list]);
            kit.lpush(
                &list,
                &[
                    job(400 + thread, "SlowWorker").as_bytes(),
                    job(500 + thread, "SlowWorker").as_bytes(),
                ],
            );
        }
    }
    kit.command(&["MSET", "stat:processed", "1234567", "stat:failed", "89"]);
    Scene::new(kit)
}

/// The page with something everywhere, also a notice and a problem.
fn open(browser: &Browser, scene: &mut Scene) {
    browser.go(&scene.url());
    browser.until(
        "the retry set is drawn",
        "document.querySelector('[data-place=retry] .job')",
    );
    browser.click("#push-one");
    browser.until("commands are shown", "!at('commands').hidden");
    scene.api.take();
    browser.until("a notice is shown", "at('notices').textContent !== ''");
}

/// Kills: grey on grey, in the light and in the dark.
#[test]
fn every_text_stands_out() {
    let kit = testkit::kit!();
    let browser = browser!();
    let mut scene = full(&kit);
    open(&browser, &mut scene);
    for dark in [false, true] {
        browser.look(Look { dark, ..Look::USUAL });
        let found = browser.value(CONTRAST);
        assert!(found["texts"].as_u64().unwrap() > 100, "there is much to read: {found}");
        assert_eq!(found["faint"].as_array().unwrap().len(), 0, "dark: {dark}: {found:#}");
    }
    // Discs have any colour: all of them are tried.
    let all = "(() => { const disc = document.querySelector('.belt .job circle'); const found = []; \
               for (let hue = 0; hue < 360; hue += 1) { disc.setAttribute('fill', \
               disc.getAttribute('fill').replace(/[\\d.]+\\)$/, `${hue})`)); found.push(...";
    let found = browser.value(&format!("{all}{}.faint); }} return found; }})()", CONTRAST.trim_end()));
    assert_eq!(found.as_array().unwrap().len(), 0, "{found:#}");
}

/// Kills: a table that is wider than a telephone, and text that runs out of its box.
#[test]
fn nothing_is_wider_than_the_window() {
    let kit = testkit::kit!();
    let browser = browser!();
    let mut scene = full(&kit);
    open(&browser, &mut scene);
    let wide = "[...document.querySelectorAll('body *')].filter(part => part.checkVisibility() && \
                !part.closest('.belt, pre, .unseen, #roads') && (part.getBoundingClientRect().right > innerWidth + 0.5 || \
                part.getBoundingClientRect().left < -0.5)).map(part => part.outerHTML.slice(0, 120))";
    let cut = "[...document.querySelectorAll('button, h1, h2, h3, .what, .empty, .who, #roads text')].filter(part => \
               part.checkVisibility() && part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0 && \
               !part.matches('.unseen')).map(part => part.outerHTML.slice(0, 120))";
    for width in [380, 768, 1024, 1280, 1920] {
        browser.look(Look { width, ..Look::USUAL });
        assert_eq!(
            browser.value("document.scrollingElement.scrollWidth <= innerWidth"),
            true,
            "{width}"
        );
        assert_eq!(browser.value(wide), serde_json::json!([]), "{width}");
        assert_eq!(browser.value(cut), serde_json::json!([]), "{width}");
    }
}

/// Whoever hears the page, or speaks to it. Kills: a button without a name, one id twice, a section without a heading.
#[test]
fn everything_has_a_name() {
    let kit = testkit::kit!();
    let browser = browser!();
    let mut scene = full(&kit);
    open(&browser, &mut scene);
    let nameless = "[...document.querySelectorAll('button, input, a, [role=img], section, [tabindex]')].filter(part => \
                    !(part.getAttribute('aria-label') || part.textContent.trim() || part.labels?.length || \
                    document.getElementById(part.getAttribute('aria-labelledby')))).map(part => part.outerHTML)";
    assert_eq!(browser.value(nameless), serde_json::json!([]));
    let twice = "(() => { const ids = [...document.querySelectorAll('[id]')].map(part => part.id); \
                 return ids.filter((id, index) => ids.indexOf(id) !== index); })()";
    assert_eq!(browser.value(twice), serde_json::json!([]));
    let same = "(() => { const names = [...document.querySelectorAll('button')].filter(part => part.checkVisibility()) \
                .map(part => part.getAttribute('aria-label') ?? part.textContent); \
                return names.filter((name, index) => names.indexOf(name) !== index); })()";
    assert_eq!(browser.value(same), serde_json::json!([]), "two buttons with one name");
}

/// Without a mouse. Kills: a button that Tab does not reach, a focus that is not seen, or that a refresh takes away.
#[test]
fn keys_reach_everything() {
    let kit = testkit::kit!();
    let browser = browser!();
    let mut scene = full(&kit);
    open(&browser, &mut scene);
    let all = browser
        .value(
            "[...document.querySelectorAll('button, input, [tabindex]')].filter(part => part.checkVisibility()).length",
        )
        .as_u64()
        .unwrap();
    browser.value("(window.reached = new Set(), document.body.focus())");
    for _ in 0..all + 2 {
        browser.keys("\u{e004}");
        let seen = "(window.reached.add(document.activeElement.id || document.activeElement.getAttribute('aria-label') || \
                    document.activeElement.textContent), document.activeElement === document.body || \
                    getComputedStyle(document.activeElement).outlineStyle !== 'none')";
        assert_eq!(
            browser.value(seen),
            true,
            "{}",
            browser.text("document.activeElement.outerHTML")
        );
    }
    let reached = browser.value("window.reached.size").as_u64().unwrap();
    assert!(reached >= all, "{reached} of {all} were reached");

    browser.value("document.querySelector('[data-place=retry] [id$=-delete]').focus()");
    let focus = browser.text("document.activeElement.id");
    kit.command(&[
        "ZADD",
        "retry",
        "99999999999",
        r#"{"class":"New","args":[],"jid":"new"}"#,
    ]);
    browser.until(
        "the place is drawn anew",
        "document.querySelector('[data-place=retry] .empty').textContent.includes('3')",
    );
    assert_eq!(browser.text("document.activeElement.id"), focus, "the focus stays");
}

/// Kills: a page that moves for those whom that makes ill; and one that does not move for the others.
#[test]
fn nothing_moves_for_whom_movement_is_too_much() {
    let kit = testkit::kit!();
    let browser = browser!();
    let scene = Scene::new(&kit);
    browser.go(&scene.url());
    browser.until("the page lives", "source.readyState === 1");
    // How many movements there were at most, in any frame.
    browser.value(
        "(window.most = 0, window.count = () => { window.most = Math.max(window.most, document.getAnimations().length); \
         requestAnimationFrame(window.count); }, window.count())",
    );
    for still in [false, true] {
        browser.look(Look { still, ..Look::USUAL });
        browser.until("all is still", "document.getAnimations().length === 0");
        browser.value("(window.most = 0)");
        let before = kit.list("queue:default").len();
        browser.click("#push-one");
        browser.until("it waits", &format!("at('waiting').textContent === '{}'", before + 1));
        if still {
            // Two more frames: what would move has begun.
            browser.value("(window.frames_left = 2, requestAnimationFrame(function next() { if (--window.frames_left) requestAnimationFrame(next); }))");
            browser.until("two frames have passed", "window.frames_left === 0");
            assert_eq!(browser.value("window.most"), 0);
        } else {
            browser.until("it moves", "window.most > 0");
        }
    }
}
