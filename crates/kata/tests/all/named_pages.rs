use kata::system::files::Files;
use kata::verify::docs::chapter::Chapter;
use kata::verify::docs::named_pages::problems;
use kata::verify::docs::page::Page;

fn found(source: &str, bonus: &str) -> Vec<String> {
    let (first, second, readme) = (
        Page::read("### Task 3.1\n"),
        Page::read("### Task 3.4\n\n## Bonus\n"),
        Page::default(),
    );
    let chapter = Chapter {
        pages: vec![
            ("docs/step3-retries.md".to_owned(), &first),
            ("docs/step3-due-jobs.md".to_owned(), &second),
        ],
        readme: (String::new(), &readme),
        tasks: vec!["3.1".to_owned(), "3.4".to_owned()],
    };
    let sources = Files::from([("src/lib.rs".to_owned(), source.to_owned())]);
    problems(&chapter, &sources, bonus)
}

#[test]
fn accepts_todos_that_name_the_page_of_their_task() {
    let source = "fn a() {\n    todo!(\n        \"task 3.1: do {a},\\\n         {b}, see docs/step3-retries.md\"\n    )\n}\n\
                  fn b() { todo!(\"task 3.4: move {b}, see docs/step3-due-jobs.md\") }\n";
    let bonus = "#[ignore = \"bonus 1: see docs/step3-due-jobs.md\"]\n";
    assert_eq!(found(source, bonus), [""; 0]);
}

/// Catches a page that is taken from the todo after this one.
#[test]
fn rejects_todos_that_name_another_page_or_none() {
    let source = "\ntodo!(\"task 3.1: do it\")\ntodo!(\"task 3.4: move it, see docs/step3-retries.md\")\n";
    assert_eq!(
        found(source, "\n#[ignore = \"bonus 1: see docs/step3-retries.md\"]\n"),
        [
            "src/lib.rs:2: the todo of task 3.1 should end with `see docs/step3-retries.md`.",
            "src/lib.rs:3: the todo of task 3.4 names docs/step3-retries.md, and docs/step3-due-jobs.md has the task.",
            "tests/bonus.rs:2: it should say `see docs/step3-due-jobs.md`.",
        ]
    );
}
