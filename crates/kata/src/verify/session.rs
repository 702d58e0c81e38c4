//! A session on a page: a block of the language `console`, which holds what a reader types and what they see.
//!
//! `$ ` begins a command, `> ` goes on with it; what follows is its output, both streams, with the wildcards of
//! [`super::matching`]. A command must succeed, unless the first line after it is `? N`, its exit code. A command that
//! ends in ` &` runs in the background: its output must *begin* as shown, which is waited for, and it is ended with the
//! block. Each command has a shell of its own, so a `cd` or a variable does not last. What cannot be run goes into a
//! block of another language, such as `text`.

use super::page::Block;

/// One command and what it should say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line of the page on which it stands.
    pub line: usize,
    /// What the shell runs, without the ` &`.
    pub command: String,
    /// Whether it runs in the background.
    pub background: bool,
    /// Its exit code.
    pub code: i32,
    /// Its output.
    pub output: String,
}

/// The commands of a block, in order.
///
/// # Errors
///
/// If it begins with something else; as a sentence.
pub fn read(block: &Block) -> Result<Vec<Line>, String> {
    let mut session: Vec<Line> = Vec::new();
    let mut fresh = false;
    for (number, text) in (block.line..).zip(block.text.lines()) {
        if let Some(command) = text.strip_prefix("$ ") {
            session.push(Line {
                line: number,
                command: command.to_owned(),
                background: false,
                code: 0,
                output: String::new(),
            });
            fresh = true;
            continue;
        }
        let Some(last) = session.last_mut() else {
            return Err(format!("line {number}: a session begins with `$ ` and a command."));
        };
        if let Some(more) = text.strip_prefix("> ").filter(|_| fresh) {
            last.command.push('\n');
            last.command.push_str(more);
        } else if let Some(code) = text.strip_prefix("? ").filter(|_| fresh) {
            last.code = code
                .trim()
                .parse()
                .map_err(|_| format!("line {number}: `? ` wants an exit code."))?;
            fresh = false;
        } else {
            last.output.push_str(text);
            last.output.push('\n');
            fresh = false;
        }
    }
    for line in &mut session {
        if let Some(command) = line.command.strip_suffix(" &") {
            line.command = command.to_owned();
            line.background = true;
        }
    }
    Ok(session)
}
