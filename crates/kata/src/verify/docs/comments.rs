//! The comments of a file in Rust or Lua.

use std::iter::Peekable;
use std::str::CharIndices;

/// A comment: the text of all its lines, without the marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The line of its first line.
    pub line: usize,
    /// Its text.
    pub text: String,
}

/// How a language writes its comments and strings.
struct Syntax {
    /// The marks of a comment up to the end of its line, the longest ones first.
    marks: &'static [&'static str],
    /// What begins and ends a comment over several lines.
    block: (&'static str, &'static str),
    is_rust: bool,
}

const RUST: Syntax = Syntax {
    marks: &["///", "//!", "//"],
    block: ("/*", "*/"),
    is_rust: true,
};

const LUA: Syntax = Syntax {
    marks: &["---", "--"],
    block: ("--[[", "]]"),
    is_rust: false,
};

/// Reads the comments of a file in Rust. Lines below each other with the same mark are one comment.
pub fn of_rust(text: &str) -> Vec<Comment> {
    read(text, &RUST)
}

/// Reads the comments of a file in Lua.
pub fn of_lua(text: &str) -> Vec<Comment> {
    read(text, &LUA)
}

/// A comment's text on one line, as it is found.
struct Found {
    line: usize,
    mark: &'static str,
    /// True if there is code before it on its line.
    behind_code: bool,
    text: String,
}

fn read(text: &str, syntax: &Syntax) -> Vec<Comment> {
    let mut comments: Vec<Comment> = Vec::new();
    let mut last: Option<(usize, &str)> = None;
    for found in find(text, syntax) {
        let ends_at = found.line + found.text.matches('\n').count();
        let goes_on = !found.behind_code && last == Some((found.line.wrapping_sub(1), found.mark));
        match comments.last_mut().filter(|_| goes_on) {
            Some(comment) => {
                comment.text.push('\n');
                comment.text.push_str(&found.text);
            }
            None => comments.push(Comment {
                line: found.line,
                text: found.text,
            }),
        }
        last = Some((ends_at, found.mark)).filter(|_| !found.behind_code);
    }
    comments
}

fn find(text: &str, syntax: &Syntax) -> Vec<Found> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    let mut line = 1;
    while let Some((at, c)) = chars.peek().copied() {
        let rest = &text[at..];
        let length = if rest.starts_with(syntax.block.0) {
            let end = rest.find(syntax.block.1).unwrap_or(rest.len());
            let inner = &rest[syntax.block.0.len().min(end)..end];
            found.push(comment(text, at, line, syntax.block.0, inner));
            (end + syntax.block.1.len()).min(rest.len())
        } else if let Some(mark) = syntax.marks.iter().find(|mark| rest.starts_with(**mark)) {
            let end = rest.find('\n').unwrap_or(rest.len());
            let inner = &rest[mark.len()..end];
            found.push(comment(text, at, line, mark, inner.strip_prefix(' ').unwrap_or(inner)));
            end
        } else {
            literal(text, at, syntax).unwrap_or(c.len_utf8())
        };
        line += rest[..length].matches('\n').count();
        skip(&mut chars, at + length);
    }
    found
}

fn comment(text: &str, at: usize, line: usize, mark: &'static str, inner: &str) -> Found {
    let before = text[..at].rsplit('\n').next().unwrap_or("");
    Found {
        line,
        mark,
        behind_code: !before.trim().is_empty(),
        text: inner.trim_end().to_owned(),
    }
}

fn skip(chars: &mut Peekable<CharIndices>, to: usize) {
    while chars.next_if(|(at, _)| *at < to).is_some() {}
}

/// Returns the length of the string or character that begins here; none if there is no such
/// literal.
fn literal(text: &str, at: usize, syntax: &Syntax) -> Option<usize> {
    let rest = &text[at..];
    let in_word = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    if syntax.is_rust && !in_word {
        let raw = rest.strip_prefix('b').unwrap_or(rest);
        if let Some(raw) = raw.strip_prefix('r') {
            let hashes = raw.len() - raw.trim_start_matches('#').len();
            if raw[hashes..].starts_with('"') {
                let end = format!("\"{}", "#".repeat(hashes));
                let begin = rest.len() - raw.len() + hashes + 1;
                return Some(
                    rest[begin..]
                        .find(&end)
                        .map_or(rest.len(), |found| begin + found + end.len()),
                );
            }
        }
    }
    match rest.chars().next()? {
        '"' => Some(quoted(rest, '"')),
        '\'' if !syntax.is_rust => Some(quoted(rest, '\'')),
        // Not a lifetime.
        '\'' if rest[1..].starts_with('\\') || rest.chars().nth(2) == Some('\'') => Some(quoted(rest, '\'')),
        _ => None,
    }
}

/// Returns the length of a string in these quotes, both included.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + c.len_utf8();
        }
    }
    rest.len()
}
