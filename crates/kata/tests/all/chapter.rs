use std::path::Path;

use kata::verify::docs::chapter::Chapter;
use kata::verify::docs::page::Page;

use crate::Folder;

/// Creates a step of two tasks whose test program includes the tests of step 1.
fn tests(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write(
        "step2/tests/main.rs",
        "mod bonus;\n#[path = \"../../step1/tests\"]\nmod step1 {\n    mod t1_push;\n}\n\
         mod t1_build;\nmod t2_run {\n    mod server;\n}\n",
    );
    folder.write("step2/tests/t1_build.rs", "fn builds() {}\n");
    folder.write("step2/tests/t2_run/server.rs", "fn serves() {}\n");
    folder.write("step2/tests/bonus.rs", "");
    folder.write("step1/tests/t1_push.rs", "fn pushes() {}\n");
    folder
}

/// Returns the problems of a chapter with these pages and this README.
fn found(name: &str, pages: &[&str], readme: &str) -> String {
    let folder = tests(name);
    let read: Vec<Page> = pages.iter().map(|text| Page::read(text)).collect();
    let readme = Page::read(readme);
    let chapter = Chapter {
        pages: (1..)
            .zip(&read)
            .map(|(number, page)| (format!("docs/step2-{number}.md"), page))
            .collect(),
        readme: ("step2-run/README.md".to_owned(), &readme),
        tasks: vec!["2.1".to_owned(), "2.2".to_owned()],
    };
    chapter.problems(&folder.0.join("step2/tests")).unwrap().join("\n")
}

fn page(text: &str) -> String {
    format!("{}\n\n{text}\n", "word ".repeat(700))
}

fn readme(rows: &str) -> String {
    format!("## What the tests check\n\n| test | checks |\n|---|---|\n{rows}")
}

const FIRST: &str = "### Task 2.1\n";
const SECOND: &str = "### Task 2.2: run\n";
const ROWS: &str = "| `t1_build` | nothing |\n| `t2_run` | more |\n| `step1` | all of it |\n";

/// Pages may name modules and single functions, also those in the folders of earlier steps.
#[test]
fn accepts_a_sound_chapter() {
    assert_eq!(found("sound", &[&page(FIRST), &page(SECOND)], &readme(ROWS)), "");
    for (number, name) in [
        "builds",
        "serves",
        "pushes",
        "t2_run::server",
        "t2_run::server::serves",
        "step1::t1_push",
    ]
    .into_iter()
    .enumerate()
    {
        let pages = page(&format!("{FIRST}\n{SECOND}\nRun `{name}`.\n"));
        let rows = format!("{ROWS}| `{name}` | one of them |\n");
        assert_eq!(
            found(&format!("function-{number}"), &[&pages], &readme(&rows)),
            "",
            "{name}"
        );
    }
}

/// Catches: a table that is looked for on a page, and a test that was renamed.
#[test]
fn compares_the_test_table_of_the_readme() {
    let pages = page(&format!("{FIRST}\n{SECOND}"));
    let problems = |name: &str, readme: &str| found(name, &[&pages], readme);
    let table = readme("| `t1_build` | nothing |\n| `t2_run` | more |\n");
    assert_eq!(
        problems("forgot", &table),
        "step2-run/README.md: Its test table (first heading: test) does not describe step1."
    );
    let table = readme(&format!("{ROWS}| `t2_push` | a push |\n"));
    assert!(problems("renamed", &table).contains("README.md: It names the test t2_push, which does not exist"));
    let table = readme(ROWS).replace("## What the tests check", "## Tests");
    assert!(problems("heading", &table).contains("no heading \"What the tests check\""));
    let on_page = found("on-page", &[&page(&format!("{FIRST}\n{SECOND}\n{}", readme(ROWS)))], "");
    assert!(on_page.contains("does not describe t1_build"), "{on_page}");
}

/// Catches: a check of the first page only.
#[test]
fn rejects_a_test_that_does_not_exist() {
    for name in ["t3_gone.rs", "t1_build::gone"] {
        let second = page(&format!("{SECOND}\nRun `{name}`.\n"));
        let problems = found(&name.replace(':', "-"), &[&page(FIRST), &second], &readme(ROWS));
        assert!(
            problems.starts_with(&format!("docs/step2-2.md: It names the test {name}")),
            "{problems}"
        );
    }
}

#[test]
fn requires_one_heading_for_each_task() {
    let missing = found("missing", &[&page(FIRST), &page("### Task 2.22\n")], &readme(ROWS));
    assert_eq!(
        missing,
        "docs/step2-1.md: No page of the chapter has the heading `### Task 2.2`."
    );
    let twice = found(
        "twice",
        &[&page(&format!("{FIRST}\n{SECOND}")), &page(FIRST)],
        &readme(ROWS),
    );
    assert_eq!(
        twice,
        "docs/step2-1.md: The heading `### Task 2.1` occurs more than once in the chapter."
    );
}

/// Each page is read at one sitting.
#[test]
fn bounds_the_length_of_each_page() {
    let (short, long) = (format!("{SECOND}\nFew words.\n"), page(&page(&page(SECOND))));
    for (name, second) in [("short", &short), ("long", &long)] {
        let problems = found(name, &[&page(FIRST), second], &readme(ROWS));
        assert!(
            problems.starts_with("docs/step2-2.md: It has") && problems.lines().count() == 1,
            "{problems}"
        );
    }
}

/// The sessions run in the order of `docs/SUMMARY.md`.
#[test]
fn finds_the_pages_in_the_order_of_the_summary() {
    let folder = Folder::repository("summary");
    folder.write("step1-enqueue/README.md", "| 1.1 push | `src/lib.rs` | x |\n");
    folder.write("step1-enqueue/tests/main.rs", "mod t1_push;\n");
    for page in ["step1-enqueue", "step1-after", "step10-other"] {
        folder.write(&format!("docs/{page}.md"), "# A page\n");
    }
    let chapter = |summary: &str| {
        folder.write("docs/SUMMARY.md", summary);
        let repo = kata::Repo::around(Path::new(&folder.0)).unwrap();
        let texts = kata::system::files::read_only(repo.root(), &["md"]).unwrap();
        let pages = kata::verify::docs::links::pages(repo.root(), &texts);
        let step = repo.step(kata::Side::Starter, "1").unwrap();
        let chapter = Chapter::of(&repo, &step, &pages).map_err(|error| error.text)?;
        let names = chapter.pages.iter().map(|(name, _)| name.clone());
        Ok::<_, String>((names.collect::<Vec<_>>().join(" "), chapter.tasks))
    };
    let (first, second) = ("- [one](step1-enqueue.md)\n", "  - [two](step1-after.md)\n");
    assert_eq!(
        chapter(&format!("{first}{second}- [ten](step10-other.md)\n")),
        Ok((
            "docs/step1-enqueue.md docs/step1-after.md".to_owned(),
            vec!["1.1".to_owned()]
        ))
    );
    assert_eq!(
        chapter(first),
        Err("docs/SUMMARY.md does not list step1-after.md.".to_owned())
    );
}
