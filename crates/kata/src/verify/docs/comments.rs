//! The comments of a file in Rust or Lua.

use std::sync::LazyLock;

use regex::Regex;

/// A comment: the text of all its lines, without the marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The line of its first line.
    pub line: usize,
    /// Its text.
    pub text: String,
}

/// A string or a character of Rust, in which the marks of a comment mean nothing (a lifetime is not
/// a character), or a comment: its mark and its text.
static RUST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r###"(?s)\bb?r"[^"]*"|\bb?r#".*?"#|\bb?r##".*?"##|"(?:\\.|[^"\\])*"|'(?:\\.[^']*|[^\\'])'"###,
        r"|(?<mark>//[/!]?)(?<line>[^\n]*)|/\*(?<block>.*?)\*/"
    ))
    .ok()
});
/// The same of Lua.
static LUA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?s)"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"#,
        r"|--\[\[(?<block>.*?)\]\]|(?<mark>---?)(?<line>[^\n]*)"
    ))
    .ok()
});

/// Reads the comments of a file in Rust. Lines below each other with the same mark are one comment.
pub fn of_rust(text: &str) -> Vec<Comment> {
    read(text, &RUST)
}

/// Returns the code of a file in Rust, without its comments, and with empty texts.
pub fn without_comments(text: &str) -> String {
    let code = RUST.as_ref().map(|pattern| pattern.replace_all(text, "\"\""));
    code.unwrap_or_default().into_owned()
}

/// Reads the comments of a file in Lua.
pub fn of_lua(text: &str) -> Vec<Comment> {
    read(text, &LUA)
}

fn read(text: &str, syntax: &Option<Regex>) -> Vec<Comment> {
    let mut comments: Vec<Comment> = Vec::new();
    // The line and the mark with which the last comment would go on.
    let mut next: Option<(usize, &str)> = None;
    let (mut line, mut counted) = (1, 0);
    for found in syntax.iter().flat_map(|syntax| syntax.captures_iter(text)) {
        let Some(inner) = found.name("line").or(found.name("block")) else {
            continue;
        };
        let at = found.get_match().start();
        line += text[counted..at].matches('\n').count();
        counted = at;
        let mark = found.name("mark").map_or("", |mark| mark.as_str());
        let inner = inner.as_str();
        let inner = if mark.is_empty() {
            inner
        } else {
            inner.strip_prefix(' ').unwrap_or(inner)
        };
        let is_behind_code = !text[..at].rsplit('\n').next().unwrap_or_default().trim().is_empty();
        match comments.last_mut() {
            Some(comment) if !is_behind_code && next == Some((line, mark)) => {
                comment.text.push_str(&format!("\n{}", inner.trim_end()));
            }
            _ => comments.push(Comment {
                line,
                text: inner.trim_end().to_owned(),
            }),
        }
        let end = line + inner.matches('\n').count();
        next = Some((end + 1, mark)).filter(|_| !is_behind_code);
    }
    comments
}
