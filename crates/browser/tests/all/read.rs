//! The page's accessibility.

use browser::{Browser, Display};
use testkit::Kit;

use crate::browser;
use crate::scene::Scene;

/// The minimum contrast of WCAG 2 (AA) for small text, and an expression that finds text below it.
const CONTRAST: &str = include_str!("contrast.js");

/// Fills every place of the page.
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

/// Opens the page with all places filled, and also with a notice and a problem.
fn open(browser: &Browser, scene: &mut Scene) {
    browser.navigate(&scene.url());
    browser.wait_until(
        "the retry set is drawn",
        "document.querySelector('[data-place=retry] .job')",
    );
    browser.click("#push-one");
    browser.wait_until("commands are shown", "!at('commands').hidden");
    scene.api.take();
    browser.wait_until("a notice is shown", "at('notices').textContent !== ''");
}

/// Catches: grey text on grey, in light and dark colours.
#[test]
fn every_text_has_enough_contrast() {
    let kit = testkit::kit!();
    let browser = browser!();
    let mut scene = full(&kit);
    open(&browser, &mut scene);
    for dark in [false, true] {
        browser.set_display(Display {
            dark,
            ..Display::DEFAULT
        });
        let found = browser.evaluate(&format!("{CONTRAST}(document.body)"));
        assert!(found["texts"].as_u64().unwrap() > 100, "there is much to read: {found}");
        assert_eq!(found["faint"].as_array().unwrap().len(), 0, "dark: {dark}: {found:#}");
    }
    // Discs may have any colour: all of them are checked.
    let found = browser.evaluate(&format!(
        "(() => {{
            const check = {CONTRAST};
            const disc = document.querySelector('.belt .job circle');
            return Array.from({{ length: 360 }}, (_, hue) => {{
                disc.setAttribute('fill', disc.getAttribute('fill').replace(/[\\d.]+\\)$/, `${{hue}})`));
                return check(disc.closest('.job'));
            }});
        }})()"
    ));
    let found = found.as_array().unwrap();
    assert!(
        found.iter().all(|hue| hue["texts"] == 1),
        "the disc has a letter: {found:?}"
    );
    let faint: Vec<_> = found
        .iter()
        .filter(|hue| hue["faint"] != serde_json::json!([]))
        .collect();
    assert!(faint.is_empty(), "{faint:?}");
}

/// Catches: a table that is wider than a phone, and text that overflows its box.
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
        browser.set_display(Display {
            width,
            ..Display::DEFAULT
        });
        assert_eq!(
            browser.evaluate("document.scrollingElement.scrollWidth <= innerWidth"),
            true,
            "{width}"
        );
        assert_eq!(browser.evaluate(wide), serde_json::json!([]), "{width}");
        assert_eq!(browser.evaluate(cut), serde_json::json!([]), "{width}");
    }
}

/// For users of screen readers and of voice control. Catches: a button without a name, an id that
/// occurs twice, a section without a heading.
#[test]
fn everything_has_a_name() {
    let kit = testkit::kit!();
    let browser = browser!();
    let mut scene = full(&kit);
    open(&browser, &mut scene);
    let nameless = "[...document.querySelectorAll('button, input, a, [role=img], section, [tabindex]')].filter(part => \
                    !(part.getAttribute('aria-label') || part.textContent.trim() || part.labels?.length || \
                    document.getElementById(part.getAttribute('aria-labelledby')))).map(part => part.outerHTML)";
    assert_eq!(browser.evaluate(nameless), serde_json::json!([]));
    let twice = "(() => { const ids = [...document.querySelectorAll('[id]')].map(part => part.id); \
                 return ids.filter((id, index) => ids.indexOf(id) !== index); })()";
    assert_eq!(browser.evaluate(twice), serde_json::json!([]));
    let same = "(() => { const names = [...document.querySelectorAll('button')].filter(part => part.checkVisibility()) \
                .map(part => part.getAttribute('aria-label') ?? part.textContent); \
                return names.filter((name, index) => names.indexOf(name) !== index); })()";
    assert_eq!(
        browser.evaluate(same),
        serde_json::json!([]),
        "two buttons with one name"
    );
}

/// For users without a mouse. Catches: a button that Tab does not reach, a focus that is invisible,
/// or that a refresh takes away.
#[test]
fn the_keyboard_reaches_everything() {
    let kit = testkit::kit!();
    let browser = browser!();
    let mut scene = full(&kit);
    open(&browser, &mut scene);
    let all = browser
        .evaluate(
            "[...document.querySelectorAll('button, input, [tabindex]')].filter(part => part.checkVisibility()).length",
        )
        .as_u64()
        .unwrap();
    browser.evaluate("(window.reached = new Set(), document.body.focus())");
    for _ in 0..all + 2 {
        browser.keys("\u{e004}");
        let seen = "(window.reached.add(document.activeElement.id || document.activeElement.getAttribute('aria-label') || \
                    document.activeElement.textContent), document.activeElement === document.body || \
                    getComputedStyle(document.activeElement).outlineStyle !== 'none')";
        assert_eq!(
            browser.evaluate(seen),
            true,
            "{}",
            browser.text("document.activeElement.outerHTML")
        );
    }
    let reached = browser.evaluate("window.reached.size").as_u64().unwrap();
    assert!(reached >= all, "{reached} of {all} were reached");

    browser.evaluate("document.querySelector('[data-place=retry] [id$=-delete]').focus()");
    let focus = browser.text("document.activeElement.id");
    kit.command(&[
        "ZADD",
        "retry",
        "99999999999",
        r#"{"class":"New","args":[],"jid":"new"}"#,
    ]);
    browser.wait_until(
        "the place is redrawn",
        "document.querySelector('[data-place=retry] .empty').textContent.includes('3')",
    );
    assert_eq!(browser.text("document.activeElement.id"), focus, "the focus stays");
}

/// Catches: a page that moves although the user prefers reduced motion, and one that never moves.
#[test]
fn respects_reduced_motion() {
    let kit = testkit::kit!();
    let browser = browser!();
    let scene = Scene::new(&kit);
    browser.navigate(&scene.url());
    browser.wait_until("the page lives", "source.readyState === 1");
    // The largest number of animations in any frame.
    browser.evaluate(
        "(window.most = 0, window.count = () => { window.most = Math.max(window.most, document.getAnimations().length); \
         requestAnimationFrame(window.count); }, window.count())",
    );
    for still in [false, true] {
        browser.set_display(Display {
            still,
            ..Display::DEFAULT
        });
        browser.wait_until("all is still", "document.getAnimations().length === 0");
        browser.evaluate("(window.most = 0)");
        let before = kit.list("queue:default").len();
        browser.click("#push-one");
        browser.wait_until("it waits", &format!("at('waiting').textContent === '{}'", before + 1));
        if still {
            // After two more frames, every animation has begun.
            browser.evaluate("(window.frames_left = 2, requestAnimationFrame(function next() { if (--window.frames_left) requestAnimationFrame(next); }))");
            browser.wait_until("two frames have passed", "window.frames_left === 0");
            assert_eq!(browser.evaluate("window.most"), 0);
        } else {
            browser.wait_until("it moves", "window.most > 0");
        }
    }
}
