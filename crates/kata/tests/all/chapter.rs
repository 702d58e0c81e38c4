use kata::verify::chapter::faults;
use kata::verify::page::Page;

use crate::Folder;

fn chapter(table: &str) -> String {
    format!(
        "{}\n\n| test | in Redis's terms |\n|---|---|\n{table}",
        "word ".repeat(1_100)
    )
}

fn found(name: &str, text: &str) -> String {
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
    faults(&Page::read(text), &folder.0.join("step2/tests"))
        .unwrap()
        .join("\n")
}

const SOUND: &str = "| `t1_build` | nothing |\n| `t2_run` | more |\n| `step1` | all of it |\n";

/// Modules and single functions may be named, also those in the folders of earlier steps.
#[test]
fn a_sound_chapter_has_no_fault() {
    assert_eq!(found("sound", &chapter(SOUND)), "");
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
        let text = chapter(&format!("{SOUND}| `{name}` | one of them |\n"));
        assert_eq!(found(&format!("function-{number}"), &text), "", "{name}");
    }
}

/// A test that was renamed, in the table or in the text; and one that the table forgot.
#[test]
fn the_table_must_tell_of_the_tests_that_there_are() {
    let text = chapter(&format!("{SOUND}| `t2_push` | a push |\n"));
    assert!(found("renamed", &text).contains("names the test t2_push, which does not exist"));
    let text = format!("Run `t3_gone.rs`. {}", chapter(SOUND));
    assert!(found("text", &text).contains("names the test t3_gone.rs"));
    let text = format!("Run `t1_build::gone`. {}", chapter(SOUND));
    assert!(found("no-function", &text).contains("names the test t1_build::gone"));
    let text = chapter("| `t1_build` | nothing |\n| `t2_run` | more |\n");
    assert!(found("forgot", &text).contains("does not tell what step1 checks"));
}

/// Too short or too long to be read at one sitting.
#[test]
fn the_length_is_bounded() {
    assert!(found("short", "| test |\n|---|\n| `t1_build` `step1` |\n").contains("words of prose"));
    assert!(found("long", &format!("{}{}", "word ".repeat(600), chapter(SOUND))).contains("words of prose"));
}
