use kata::system::files::read_only;
use kata::verify::docs::links::{broken, pages};
use kata::verify::docs::page::{Page, slug};

use crate::Folder;

/// Finds links of every kind: inline links, pictures, references and HTML.
#[test]
fn reads_links_and_anchors() {
    let page = Page::read(
        "# One, two\n\n[a](b.md#c) ![p](img/p.svg) [r]\n\n<a id=\"own\"></a><img src=\"q.png\">\n\n# One, two\n\n[r]: ref.md\n",
    );
    let links: Vec<_> = page.links.iter().map(|(link, line)| (link.as_str(), *line)).collect();
    assert_eq!(links, [("b.md#c", 3), ("img/p.svg", 3), ("ref.md", 3), ("q.png", 5)]);
    assert_eq!(
        page.anchors.iter().map(String::as_str).collect::<Vec<_>>(),
        ["one-two", "one-two-1", "own"]
    );
}

/// The anchors are those of GitHub and mdBook.
#[test]
fn makes_anchors_like_github() {
    assert_eq!(slug("Task 1.1"), "task-11");
    assert_eq!(slug("What the last step cannot do"), "what-the-last-step-cannot-do");
    assert_eq!(slug("`cargo kata`, redis_cli"), "cargo-kata-redis_cli");
}

/// Code, HTML and the lines of a table do not count.
#[test]
fn counts_only_words_of_prose() {
    let page = Page::read(
        "Three *small* words – here\n\n```sh\nnot these words\n```\n\n<!-- nor these -->\n\n| a | b |\n|---|---|\n| c | |\n",
    );
    assert_eq!(page.words, 4 + 3);
    assert_eq!(page.blocks.len(), 1);
    assert_eq!((page.blocks[0].language.as_str(), page.blocks[0].line), ("sh", 4));
}

/// Checks links to files, and to headings in them.
#[test]
fn reports_broken_links_with_their_line() {
    let folder = Folder::new("links");
    folder.write(
        "README.md",
        "[ok](docs/a.md#here) [web](https://example.org/x)\n\n[gone](docs/b.md)\n[mute](docs/a.md#there)\n",
    );
    folder.write("docs/a.md", "# Here\n\n[up](../README.md) [self](#here)\n");
    folder.write("target/x.md", "[not looked at](nowhere)\n");
    let texts = read_only(&folder.0, &["md"]).unwrap();
    let pages = pages(&folder.0, &texts);
    assert_eq!(
        broken(&folder.0, &pages),
        [
            "README.md:3: the link to docs/b.md leads nowhere: docs/b.md does not exist.",
            "README.md:4: the link to docs/a.md#there leads nowhere: the page has no heading for #there.",
        ]
    );
}
