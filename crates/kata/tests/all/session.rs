use kata::verify::matching::{begins, matches};
use kata::verify::page::Page;
use kata::verify::session::{Line, read};

/// Commands, lines that go on, exit codes, output and the background.
#[test]
fn reads_commands_and_their_output() {
    let page =
        Page::read("Text.\n\n```console\n$ one \\\n> two\nsaid\n> said, too\n$ three\n? 2\n$ four &\nready\n```\n");
    let line = |line, command: &str, background, code, output: &str| Line {
        line,
        command: command.to_owned(),
        background,
        code,
        output: output.to_owned(),
    };
    assert_eq!(
        read(&page.blocks[0]).unwrap(),
        [
            line(4, "one \\\ntwo", false, 0, "said\n> said, too\n"),
            line(8, "three", false, 2, ""),
            line(10, "four", true, 0, "ready\n"),
        ]
    );
}

/// Output without a command is a slip of the page.
#[test]
fn rejects_output_before_the_first_command() {
    let page = Page::read("```console\nsaid\n```\n");
    assert!(read(&page.blocks[0]).unwrap_err().contains("line 2"));
}

/// `[..]` is anything within one line, `...` any number of lines; nothing else is.
#[test]
fn matches_wildcards() {
    assert!(matches("jid [..]\n...\nend\n", "jid 7\na\nb\nend\n"));
    assert!(matches("", "\n"));
    assert!(!matches("[..]\n", "one\ntwo\n"));
    assert!(!matches("(integer) 1\n", "(integer) 10\n"));
    assert!(!matches("", "surprise\n"));
}

/// A program in the background has said enough once it said what is shown.
#[test]
fn matches_the_beginning_of_background_output() {
    assert!(begins("...\n[..] WARN failed\n", "start\nx WARN failed\nmore\n"));
    assert!(begins("", ""));
    assert!(!begins("ready\n", ""));
    assert!(!begins("ready\n", "not ready\n"));
}
