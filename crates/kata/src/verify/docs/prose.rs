//! Reads the prose of a Markdown page, and that of the comments in Rust and Lua, without the code
//! in it.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::comments::Comment;
use super::page::OPTIONS;

/// A paragraph, a list item, a heading or a table's cell: a sentence does not go on in the next
/// one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    /// Its text on one line. A word in code style is replaced by `code`, because it may be any
    /// identifier.
    pub text: String,
    /// True for a heading and for the head of a table, which need not be sentences.
    pub is_title: bool,
    /// Where in `text` the text of a line begins, and the number of that line.
    lines: Vec<(usize, usize)>,
}

impl Passage {
    /// Returns the line of the file that contains the character at this offset of the text.
    pub fn line(&self, offset: usize) -> usize {
        let after = self.lines.partition_point(|(begin, _)| *begin <= offset);
        after.checked_sub(1).map_or(0, |last| self.lines[last].1)
    }

    fn push(&mut self, text: &str, line: usize) {
        self.lines.push((self.text.len(), line));
        self.text.push_str(text);
    }
}

/// Reads the prose of a page. Code blocks and HTML are left out.
pub fn of_markdown(text: &str) -> Vec<Passage> {
    let lines: Vec<usize> = text.match_indices('\n').map(|(end, _)| end).collect();
    let mut reader = Reader::default();
    for (event, range) in Parser::new_ext(text, OPTIONS).into_offset_iter() {
        let line = lines.partition_point(|end| *end < range.start) + 1;
        reader.take(event, line);
    }
    reader.end_passage();
    reader.passages
}

/// Reads the prose of comments, which are Markdown, too.
pub fn of_comments(comments: &[Comment]) -> Vec<Passage> {
    let mut passages = Vec::new();
    for comment in comments {
        passages.extend(of_markdown(&comment.text).into_iter().map(|mut passage| {
            for (_, line) in &mut passage.lines {
                *line += comment.line - 1;
            }
            passage
        }));
    }
    passages
}

#[derive(Default)]
struct Reader {
    passages: Vec<Passage>,
    current: Passage,
    in_code: bool,
    in_title: bool,
}

impl Reader {
    fn take(&mut self, event: Event, line: usize) {
        match event {
            Event::Text(text) if !self.in_code => self.current.push(&text, line),
            Event::Code(_) => self.current.push("code", line),
            Event::SoftBreak | Event::HardBreak => self.current.push(" ", line),
            Event::Start(tag) if is_block(&tag) => {
                self.end_passage();
                self.in_code = matches!(tag, Tag::CodeBlock(_));
                self.in_title |= matches!(tag, Tag::Heading { .. } | Tag::TableHead);
            }
            Event::End(TagEnd::CodeBlock) => self.in_code = false,
            Event::End(TagEnd::Heading(_) | TagEnd::TableHead) => {
                self.end_passage();
                self.in_title = false;
            }
            Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell)
            | Event::Html(_)
            | Event::InlineHtml(_) => {
                self.end_passage();
            }
            _ => {}
        }
    }

    fn end_passage(&mut self) {
        let mut passage = std::mem::take(&mut self.current);
        passage.is_title = self.in_title;
        if !passage.text.trim().is_empty() {
            self.passages.push(passage);
        }
    }
}

/// Returns true if a tag begins a new passage; emphasis and links are within one.
fn is_block(tag: &Tag) -> bool {
    !matches!(
        tag,
        Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
    )
}
