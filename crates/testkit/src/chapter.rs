//! Finds the page of a chapter that explains a task.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the page that explains a task, as a path from the repository's root, such as
/// `docs/step3-due-jobs.md`.
///
/// A chapter has one or more pages, whose names begin with the number of their step. The page of a
/// task has the heading `### Task 3.4`. Without a task, or if no page has the heading (for example
/// because the documentation was removed), this is the chapter's first page, which is named after
/// the step.
///
/// `folder` is the folder of a step's package, in the root's workspace or in that of the solutions.
#[must_use]
pub fn page(folder: &Path, step: &str, task: Option<&str>) -> String {
    let first = format!("{step}.md");
    let name = task.and_then(|task| {
        let docs = folder
            .ancestors()
            .map(|above| above.join("docs"))
            .find(|docs| docs.join(&first).is_file())?;
        let page = pages(&docs, step).into_iter().find(|page| explains(page, task))?;
        Some(page.file_name()?.to_string_lossy().into_owned())
    });
    format!("docs/{}", name.unwrap_or(first))
}

/// Returns all pages of a step's chapter, in the order of their names.
fn pages(docs: &Path, step: &str) -> Vec<PathBuf> {
    let start = step.split_inclusive('-').next().unwrap_or(step);
    let entries = fs::read_dir(docs).into_iter().flatten().flatten();
    let mut pages: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(start) && name.ends_with(".md")
        })
        .collect();
    pages.sort();
    pages
}

/// Returns true if a page has the heading of this task.
fn explains(page: &Path, task: &str) -> bool {
    fs::read_to_string(page).is_ok_and(|text| {
        text.lines()
            .filter_map(|line| line.strip_prefix("### Task "))
            .any(|title| title.split_whitespace().next() == Some(task))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches: the first page for every task, and a heading that only begins like the task's.
    #[test]
    fn finds_the_page_with_the_heading_or_the_first_one() {
        let root = std::env::temp_dir().join(format!("testkit-chapter-{}", std::process::id()));
        fs::create_dir_all(root.join("docs")).unwrap();
        for (name, text) in [
            ("step3-retries.md", "# Step 3\n\n### Task 3.1\n"),
            ("step3-due-jobs.md", "### Task 3.4\n\n### Task 3.15 again\n"),
            ("step33-other.md", "### Task 3.6\n"),
        ] {
            fs::write(root.join("docs").join(name), text).unwrap();
        }
        for package in ["step3-retries", "solutions/step3-retries", "step4-queues"] {
            for (task, name) in [
                (Some("3.1"), "docs/step3-retries.md"),
                (Some("3.4"), "docs/step3-due-jobs.md"),
                (Some("3.15"), "docs/step3-due-jobs.md"),
                (Some("3.6"), "docs/step3-retries.md"),
                (Some("3.9"), "docs/step3-retries.md"),
                (None, "docs/step3-retries.md"),
            ] {
                let found = page(&root.join(package), "step3-retries", task);
                assert_eq!(found, name, "{package}, {task:?}");
            }
        }
        fs::remove_dir_all(root).unwrap();
        let without_docs = page(Path::new("/nowhere"), "step1-some", Some("1.1"));
        assert_eq!(without_docs, "docs/step1-some.md");
    }
}
