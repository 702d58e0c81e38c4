//! Checks that the todos of a starter and its bonus tests name the page that explains them.

use super::chapter::Chapter;
use crate::system::files::Files;

/// Checks that each todo of a starter's sources (`"task 3.4: …, see docs/step3-due-jobs.md"`), and
/// each bonus test (`"bonus 1: see docs/…"`), names the page of the chapter that has its heading.
/// Returns a text for each that does not.
pub fn problems(chapter: &Chapter, sources: &Files, bonus: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in sources {
        for (number, text) in starts(text, "\"task ") {
            let task = text.split([':', ' ']).next().unwrap_or_default();
            if !chapter.tasks.iter().any(|known| known == task) {
                continue;
            }
            match (chapter.pages_of(task)[..].first(), named(text)) {
                (Some(page), Some(named)) if *page == named => {}
                (Some(page), Some(named)) => problems.push(format!(
                    "{path}:{number}: the todo of task {task} names {named}, and {page} has the task."
                )),
                (Some(page), None) => problems.push(format!(
                    "{path}:{number}: the todo of task {task} should end with `see {page}`."
                )),
                // A task without a page is a problem of the chapter.
                (None, _) => {}
            }
        }
    }
    let with_bonus = chapter.pages.iter().find(|(_, page)| page.anchors.contains("bonus"));
    for (number, text) in starts(bonus, "\"bonus ") {
        if let Some((page, _)) = with_bonus
            && named(text) != Some(page)
        {
            problems.push(format!("tests/bonus.rs:{number}: it should say `see {page}`."));
        }
    }
    problems
}

/// Returns the texts behind each `start`, up to the next one, and the line of each.
fn starts<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    let mut line = 1;
    let parts = text.split(start).map(move |part| {
        let begins = line;
        line += part.matches('\n').count();
        (begins, part)
    });
    parts.skip(1)
}

/// Returns the page that a text names first, if the name is in the same string.
fn named(text: &str) -> Option<&str> {
    let text = &text[..text.find('"').unwrap_or(text.len())];
    let (_, rest) = text.split_once("see ")?;
    Some(&rest[..rest.find(".md")? + ".md".len()])
}
