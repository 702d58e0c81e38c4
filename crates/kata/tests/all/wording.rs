use kata::verify::docs::comments::{of_lua, of_rust};
use kata::verify::docs::prose::{of_comments, of_markdown};
use kata::verify::docs::wording::{Counted, Habit, count, problems};

/// Returns the findings in a page: the habit, the line, and the words.
fn found(markdown: &str) -> Vec<(Habit, usize, String)> {
    let counted = count("docs/a.md", &of_markdown(markdown));
    let each = counted.found.into_iter();
    each.map(|found| (found.habit, found.line, found.excerpt)).collect()
}

fn habits(markdown: &str) -> Vec<Habit> {
    found(markdown).into_iter().map(|(habit, _, _)| habit).collect()
}

#[test]
fn counts_each_habit() {
    for (text, habit) in [
        ("A jid that is no string is replaced.", Habit::IsNo),
        ("The keys are no\nlists.", Habit::IsNo),
        ("It must be no `Value`.", Habit::IsNo),
        ("It is no \"job\".", Habit::IsNo),
        ("Whether anything was no *error* is open.", Habit::IsNo),
        ("It runs, whoever pushed it.", Habit::Nobody),
        ("Nobody waits.", Habit::Nobody),
        ("What is settled is forgotten.", Habit::WhatClause),
        ("**What is yours stays.** Indeed.", Habit::WhatClause),
        ("Stop. (Who slept must wait.)", Habit::WhatClause),
        ("- What is gone is gone.", Habit::WhatClause),
        ("The script tells the process.", Habit::Archaic),
        ("It waits for ever.", Habit::Archaic),
        ("The job at\nhand ends.", Habit::Archaic),
    ] {
        assert_eq!(habits(text), [habit], "{text}");
    }
    assert_eq!(habits("Whoever sleeps is late."), [Habit::Nobody, Habit::WhatClause]);
}

/// Catches a count of natural English, of questions, of titles, and of code.
#[test]
fn accepts_natural_english() {
    for text in [
        "There is no job. There are no jobs, and there will be no others.",
        "It is not a string, and it has no field. Is it? No.",
        "The job is no longer in its queue.",
        "What does `RPOP` return? *What now?*",
        "Say what is needed, and who needs it.",
        "# What the last step cannot do",
        "| What is there. |\n|---|\n| cell |",
        "[What next](what-next.md)",
        "`nobody` and `Verdict::told` are identifiers.",
        "```text\nnobody tells\n```",
        "<!-- nobody tells -->",
        "The hand at the wheel. Forever.",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn names_the_line_and_the_words() {
    assert_eq!(
        found(
            "# One\n\nFirst line\nof a text that is\nno **string** at all, or is it?\n\n| a | b |\n|---|---|\n| x | nobody |\n"
        ),
        [
            (Habit::IsNo, 4, "a text that is no string at all, or is".to_owned()),
            (Habit::Nobody, 9, "nobody".to_owned()),
        ]
    );
}

/// A large file counts alone, small ones count together.
#[test]
fn reports_files_above_half_an_occurrence_in_a_thousand_words() {
    let file = |name: &str, words: usize, nobody: usize| Counted {
        file: name.to_owned(),
        words,
        found: count(name, &of_markdown(&"Nobody.\n\n".repeat(nobody))).found,
    };
    assert_eq!(problems(&[file("a.md", 2_000, 1), file("b.md", 501, 0)]), [""; 0]);
    assert_eq!(
        problems(&[file("a.md", 1_999, 1)]),
        ["a.md: 1 times in 1999 words, but only 0.5 in 1,000 are allowed: \
          whoever, somebody, nobody (name the actor)\n  a.md:1: Nobody."]
    );
    let small: Vec<Counted> = (0..5)
        .map(|number| file(&format!("{number}.md"), 400, usize::from(number == 3)))
        .collect();
    assert_eq!(problems(&small), [""; 0]);
    let together = problems(&small[1..]).join("\n");
    assert!(
        together.starts_with("The smaller files together: 1 times in 1600 words"),
        "{together}"
    );
    assert!(together.ends_with("\n  3.md:1: Nobody."), "{together}");
}

/// Catches a comment sign within a string or a character, and lines that are not joined.
#[test]
fn reads_the_comments_of_rust() {
    let text = "//! One\n//! text.\n\nfn a<'a>(x: &'a str) -> char {\n    let url = \"http://x\\\"//\"; // after\n    \
                let raw = br#\"// \"no\"#;\n    // first\n    // second\n    /// third\n    '\"'\n}\n/* a\n b */\n'/' // end\n";
    let comments: Vec<_> = of_rust(text)
        .into_iter()
        .map(|comment| (comment.line, comment.text))
        .collect();
    let expected = [
        (1, "One\ntext."),
        (5, "after"),
        (7, "first\nsecond"),
        (9, "third"),
        (12, " a\n b"),
        (14, "end"),
    ];
    assert_eq!(comments, expected.map(|(line, text)| (line, text.to_owned())));
}

#[test]
fn reads_the_comments_of_lua() {
    let text = "-- One\n-- two\nlocal a = '--' -- three\nlocal b = \"it's\" --[[ four\n]] -- five\n";
    let comments: Vec<_> = of_lua(text)
        .into_iter()
        .map(|comment| (comment.line, comment.text))
        .collect();
    let expected = [(1, "One\ntwo"), (3, "three"), (4, " four"), (5, "five")];
    assert_eq!(comments, expected.map(|(line, text)| (line, text.to_owned())));
}

/// Comments are Markdown, too: a code block in them is not prose.
#[test]
fn names_the_lines_of_comments() {
    let text =
        "//! A file.\n\n/// Returns it.\n///\n/// ```\n/// nobody\n/// ```\n///\n/// It is\n/// no error.\nfn a() {}\n";
    let counted = count("src/a.rs", &of_comments(&of_rust(text)));
    assert_eq!(counted.words, 2 + 2 + 4);
    assert_eq!(counted.found.iter().map(|found| found.line).collect::<Vec<_>>(), [9]);
}
