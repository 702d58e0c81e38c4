//! Reads a page in Markdown, as far as the checks need it.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The extensions of Markdown that the pages use.
pub const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_HEADING_ATTRIBUTES)
    .union(Options::ENABLE_STRIKETHROUGH);

/// The content of a page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The targets of its links and pictures, with the line of each.
    pub links: Vec<(String, usize)>,
    /// The texts of its headings, in order.
    pub headings: Vec<String>,
    /// The anchors that a link can name after a `#`.
    pub anchors: BTreeSet<String>,
    /// The number of words of its prose, without code blocks, HTML and comments.
    pub words: usize,
    /// The code blocks.
    pub blocks: Vec<Block>,
    /// The words in code style, anywhere in the prose.
    pub codes: BTreeSet<String>,
    /// The words in code style in the first column of a table whose first heading is `test`.
    pub tests: BTreeSet<String>,
}

/// A fenced code block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The language, such as `console`.
    pub language: String,
    /// The line of its first line.
    pub line: usize,
    /// Its text.
    pub text: String,
}

/// The position of the parser in the page.
#[derive(Default)]
struct Place {
    block: Option<Block>,
    heading: Option<(String, Option<String>)>,
    column: usize,
    in_head: bool,
    first_heading: String,
}

impl Page {
    /// Reads a page.
    pub fn read(text: &str) -> Page {
        let mut page = Page::default();
        let mut place = Place::default();
        let mut slugs = BTreeMap::new();
        for (event, range) in Parser::new_ext(text, OPTIONS).into_offset_iter() {
            let line = text[..range.start].matches('\n').count() + 1;
            page.take(event, line, &mut place, &mut slugs);
        }
        page
    }

    fn take(&mut self, event: Event, line: usize, place: &mut Place, slugs: &mut BTreeMap<String, usize>) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.split([',', ' ']).next().unwrap_or("").to_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                place.block = Some(Block {
                    language,
                    line: line + 1,
                    text: String::new(),
                });
            }
            Event::End(TagEnd::CodeBlock) => self.blocks.extend(place.block.take()),
            Event::Start(Tag::Heading { id, .. }) => place.heading = Some((String::new(), id.map(String::from))),
            Event::End(TagEnd::Heading(_)) => {
                if let Some((title, id)) = place.heading.take() {
                    self.anchors.insert(id.unwrap_or_else(|| numbered(slug(&title), slugs)));
                    self.headings.push(title.trim().to_owned());
                }
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                self.links.push((dest_url.to_string(), line));
            }
            Event::Start(Tag::TableHead) => {
                place.in_head = true;
                place.column = 0;
                place.first_heading.clear();
            }
            Event::End(TagEnd::TableHead) => place.in_head = false,
            Event::Start(Tag::TableRow) => place.column = 0,
            Event::Start(Tag::TableCell) => place.column += 1,
            Event::Text(text) => self.text(&text, place),
            Event::Code(code) => {
                self.text(&code, place);
                if place.column == 1 && !place.in_head && place.first_heading.trim().eq_ignore_ascii_case("test") {
                    self.tests.insert(code.to_string());
                }
                self.codes.insert(code.to_string());
            }
            Event::End(TagEnd::Table) => place.column = 0,
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, line),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, place: &mut Place) {
        if let Some(block) = &mut place.block {
            block.text.push_str(text);
            return;
        }
        if let Some((title, _)) = &mut place.heading {
            title.push_str(text);
        }
        if place.in_head && place.column == 1 {
            place.first_heading.push_str(text);
        }
        self.words += text
            .split_whitespace()
            .filter(|word| word.contains(char::is_alphanumeric))
            .count();
    }

    fn html(&mut self, html: &str, line: usize) {
        for (name, value) in attributes(html) {
            match name {
                "href" | "src" | "srcset" => self.links.push((value.to_owned(), line)),
                "id" | "name" => drop(self.anchors.insert(value.to_owned())),
                _ => {}
            }
        }
    }
}

/// Returns the attributes `name="value"` in a piece of HTML.
fn attributes(html: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("=\"") {
        let Some((value, next)) = after.split_once('"') else {
            break;
        };
        let name = before
            .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .next()
            .unwrap_or("");
        found.push((name, value));
        rest = next;
    }
    found
}

/// Returns the anchor that GitHub and mdBook make from a heading: in lower case, with hyphens for
/// spaces, without punctuation.
pub fn slug(title: &str) -> String {
    let letters = title
        .trim()
        .chars()
        .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
    letters
        .map(|c| if c == ' ' { '-' } else { c })
        .collect::<String>()
        .to_lowercase()
}

/// Makes the anchors unique: the second heading with the same title gets `-1`, the third `-2`.
fn numbered(slug: String, seen: &mut BTreeMap<String, usize>) -> String {
    let count = seen.entry(slug.clone()).or_insert(0);
    *count += 1;
    if *count == 1 {
        slug
    } else {
        format!("{slug}-{}", *count - 1)
    }
}
