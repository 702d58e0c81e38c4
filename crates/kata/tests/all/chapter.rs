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
    folder.write("tests/t1_build.rs", "fn builds() {}\n");
    folder.write("tests/regress_step1/main.rs", "mod push;\n");
    folder.write("tests/bonus.rs", "");
    faults(&Page::read(text), &folder.0.join("tests")).unwrap().join("\n")
}

const SOUND: &str = "| `t1_build` | nothing |\n| `regress_step1` | all of it |\n";

/// Files, folders of tests and single functions may be named.
#[test]
fn a_sound_chapter_has_no_fault() {
    assert_eq!(found("sound", &chapter(SOUND)), "");
    assert_eq!(
        found("function", &chapter(&format!("{SOUND}| `builds` | one of them |\n"))),
        ""
    );
}

/// A test that was renamed, in the table or in the text; and one that the table forgot.
#[test]
fn the_table_must_tell_of_the_tests_that_there_are() {
    let text = chapter(&format!("{SOUND}| `t2_push` | a push |\n"));
    assert!(found("renamed", &text).contains("names the test t2_push, which does not exist"));
    let text = format!("Run `t3_gone.rs`. {}", chapter(SOUND));
    assert!(found("text", &text).contains("names the test t3_gone.rs"));
    assert!(
        found("forgot", &chapter("| `t1_build` | nothing |\n")).contains("does not tell what regress_step1 checks")
    );
}

/// Too short or too long to be read at one sitting.
#[test]
fn the_length_is_bounded() {
    assert!(found("short", "| test |\n|---|\n| `t1_build` `regress_step1` |\n").contains("words of prose"));
    assert!(found("long", &format!("{}{}", "word ".repeat(600), chapter(SOUND))).contains("words of prose"));
}
