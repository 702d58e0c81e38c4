//! Checks that the links of all pages lead to files and headings that exist. Does not check links
//! to the web.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::page::Page;
use crate::system::files::Files;

/// The pages of a repository, by canonical path.
pub type Pages = BTreeMap<PathBuf, Page>;

/// Reads the pages among the texts of a repository.
pub fn pages(root: &Path, texts: &Files) -> Pages {
    let pages = texts.iter().filter(|(name, _)| name.ends_with(".md"));
    pages.map(|(name, text)| (root.join(name), Page::read(text))).collect()
}

/// Reports the links that lead nowhere, each with a sentence.
pub fn broken(root: &Path, pages: &Pages) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, page) in pages {
        for (link, line) in &page.links {
            if let Some(why) = leads_nowhere(path, link, pages) {
                let name = path.strip_prefix(root).unwrap_or(path).display();
                problems.push(format!("{name}:{line}: the link to {link} leads nowhere: {why}."));
            }
        }
    }
    problems
}

fn leads_nowhere(from: &Path, link: &str, pages: &Pages) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") || link.starts_with("data:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let to = if file.is_empty() {
        from.to_owned()
    } else {
        from.parent()?.join(file.replace("%20", " "))
    };
    let Ok(to) = to.canonicalize() else {
        return Some(format!("{file} does not exist"));
    };
    match pages.get(&to) {
        Some(page) if !anchor.is_empty() && !page.anchors.contains(anchor) => {
            Some(format!("the page has no heading for #{anchor}"))
        }
        _ => None,
    }
}
