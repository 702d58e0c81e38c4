use kata::verify::docs::matching::{begins, matches};
use kata::verify::docs::page::Page;
use kata::verify::docs::session::{Line, read};

/// Reads commands, continued lines, exit codes, output, and commands in the background.
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

/// Output without a command is a mistake in the page.
#[test]
fn rejects_output_before_the_first_command() {
    let page = Page::read("```console\nsaid\n```\n");
    assert!(read(&page.blocks[0]).unwrap_err().contains("line 2"));
}

/// `[..]` matches any text within one line, and `...` any number of lines.
#[test]
fn matches_wildcards() {
    assert!(matches("jid [..]\n...\nend\n", "jid 7\na\nb\nend\n"));
    assert!(matches("", "\n"));
    assert!(!matches("[..]\n", "one\ntwo\n"));
    assert!(!matches("(integer) 1\n", "(integer) 10\n"));
    assert!(!matches("", "surprise\n"));
}

/// A command in the background is ready when it has printed the lines that the page shows.
#[test]
fn matches_the_beginning_of_background_output() {
    assert!(begins("...\n[..] WARN failed\n", "start\nx WARN failed\nmore\n"));
    assert!(begins("", ""));
    assert!(!begins("ready\n", ""));
    assert!(!begins("ready\n", "not ready\n"));
}
