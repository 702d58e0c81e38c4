//! A session on a page: a code block of the language `console` that shows what a reader types and
//! sees.
//!
//! `$ ` begins a command, and `> ` continues it. The following lines are its output, both streams,
//! with the wildcards of [`super::matching`]. The command must succeed, unless the first line after
//! it is `? N`, its exit code. A command that ends with ` &` runs in the background: the session
//! waits until its output *begins* as shown, and ends it with the block. Each command has a shell
//! of its own, so `cd` and variables do not last. Commands that cannot be run belong in a block of
//! another language, such as `text`.

use super::page::Block;

/// A command and its expected output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line of the page that contains it.
    pub line: usize,
    /// The command for the shell, without the ` &`.
    pub command: String,
    /// True if it runs in the background.
    pub background: bool,
    /// Its exit code.
    pub code: u8,
    /// Its output.
    pub output: String,
}

/// Reads the commands of a block, in order.
///
/// # Errors
///
/// If it does not begin with a command. The error is a sentence.
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
                .map_err(|_| format!("line {number}: an exit code must follow `? `."))?;
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
