//! The structure of the code: what each file uses, and that it runs in one direction.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use kata::system::files;
use kata::verify::docs::comments::without_comments;
use kata::{Repo, Side};
use regex::Regex;

use crate::Folder;

/// What each file of a crate uses, by their modules (`system::run`; `` for `lib.rs`).
///
/// A file uses the one that defines a name, and not those that only re-export it. A part of a
/// folder may use what its `mod.rs` defines, and `mod.rs` may use its parts: the two are one unit.
type Uses = BTreeMap<String, BTreeSet<String>>;

/// The `use` items of a file: each name in its scope, with its path.
type Names = BTreeMap<String, Vec<String>>;

/// One file of a crate.
struct Source {
    names: Names,
    /// The other paths of names in its code, such as `say::line`.
    paths: Vec<Vec<String>>,
}

/// The files of a crate, by their modules.
type Sources = BTreeMap<Vec<String>, Source>;

/// Reads what each file of a crate uses, or with `by_folder` each folder at its top. `src` is its
/// folder of sources.
fn uses(src: &Path, by_folder: bool) -> Uses {
    let files = files::read(src.parent().unwrap(), "src").unwrap();
    let rust = files.iter().filter(|(path, _)| path.ends_with(".rs"));
    let sources: Sources = rust.map(|(path, text)| (module(path), source(text))).collect();
    let folders: BTreeSet<_> = sources
        .keys()
        .filter(|name| name.len() > 1)
        .map(|name| &name[0])
        .collect();
    let unit = |name: &Vec<String>| match name.first().filter(|first| folders.contains(first)) {
        Some(folder) if by_folder => Some(folder.clone()),
        None if by_folder => None,
        _ => Some(name.join("::")),
    };
    let mut uses = Uses::new();
    for (name, source) in &sources {
        let Some(from) = unit(name) else { continue };
        let paths = source.names.values().chain(&source.paths);
        let used = paths.filter_map(|path| resolve(&sources, name, path));
        let used = used.filter(|used| !name.starts_with(used)).filter_map(unit);
        uses.entry(from.clone())
            .or_default()
            .extend(used.filter(|to| *to != from));
    }
    uses
}

/// Returns the module of a file: `system`, `run` for `src/system/run.rs`.
fn module(path: &str) -> Vec<String> {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let parts = path.split('/').filter(|part| !["mod", "lib"].contains(part));
    parts.map(str::to_owned).collect()
}

/// A `use` item, and a path elsewhere.
static ITEM: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\buse ([^;]+);").unwrap());
static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:^|[^\w:$])((?:\w+::)+\w+)").unwrap());

/// Reads a file, without its inner tests.
fn source(text: &str) -> Source {
    let code = without_comments(text.split("#[cfg(test)]").next().unwrap());
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut names = Names::new();
    ITEM.captures_iter(&code)
        .for_each(|used| gather(&used[1], &[], &mut names));
    let code = ITEM.replace_all(&code, "");
    let paths = PATH.captures_iter(&code);
    let paths = paths.map(|found| found[1].split("::").map(str::to_owned).collect());
    let paths = paths.collect();
    Source { names, paths }
}

/// Adds the names of a `use` item: `a::{b, c::d as e}`.
fn gather(item: &str, above: &[String], names: &mut Names) {
    let item = item.trim();
    if let Some(inner) = item.strip_prefix('{').and_then(|item| item.strip_suffix('}')) {
        let mut depth = 0;
        let parts = inner.split(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        });
        parts.for_each(|part| gather(part, above, names));
    } else if let Some((first, rest)) = item.split_once("::") {
        gather(rest, &[above, &[first.to_owned()]].concat(), names);
    } else if let Some((last, name)) = item.split_once(" as ") {
        names.insert(name.to_owned(), [above, &[last.to_owned()]].concat());
    } else if item == "self" {
        names.insert(above.last().unwrap().clone(), above.to_vec());
    } else if !item.is_empty() {
        names.insert(item.to_owned(), [above, &[item.to_owned()]].concat());
    }
}

/// Returns the file that defines the name at a path, as it is written in the file `from`; that file
/// itself for a name that is not of this crate.
fn resolve<'a>(sources: &'a Sources, from: &[String], path: &[String]) -> Option<&'a Vec<String>> {
    let (mut at, mut rest) = (from.to_vec(), path);
    while let Some((first, more)) = rest.split_first() {
        match first.as_str() {
            "crate" => at.clear(),
            "super" => drop(at.pop()?),
            "self" => {}
            _ => break,
        }
        rest = more;
    }
    at.extend_from_slice(rest);
    let (file, source) = (0..=at.len()).rev().find_map(|end| sources.get_key_value(&at[..end]))?;
    let Some((name, more)) = at[file.len()..].split_first() else {
        return Some(file);
    };
    // The file may only import the name.
    match source.names.get(name).filter(|named| named.len() > 1) {
        Some(named) => resolve(sources, file, &[named, more].concat()),
        None => Some(file),
    }
}

/// Returns the files that are in a circle, and those between two circles: all others use nothing
/// that is left, or are used by nothing that is left.
fn circles(uses: &Uses) -> Vec<&str> {
    let mut left: Vec<&str> = uses.keys().map(String::as_str).collect();
    loop {
        let is_bound = |file: &&&str| {
            let uses_one = left.iter().any(|other| uses[**file].contains(*other));
            uses_one && left.iter().any(|other| uses[*other].contains(**file))
        };
        let bound: Vec<_> = left.iter().filter(is_bound).copied().collect();
        if bound.len() == left.len() {
            return bound;
        }
        left = bound;
    }
}

fn repo() -> Repo {
    Repo::around(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn crates() -> Vec<PathBuf> {
    let folders = files::entries(&repo().root().join("crates")).unwrap().into_iter();
    let bench = repo().workspace(Side::Solution).join("bench");
    folders.chain([bench]).map(|folder| folder.join("src")).collect()
}

/// In each crate of the tools, what a file uses lies below it. Catches: two files that can only be
/// understood together.
#[test]
fn no_file_uses_itself_through_others() {
    let crates = crates();
    assert!(crates.len() > 4, "{crates:?}");
    for src in crates {
        let uses = uses(&src, false);
        assert!(!uses.is_empty(), "{}", src.display());
        assert_eq!(circles(&uses), [""; 0], "{}", src.display());
    }
}

/// The folders of a step build on each other.
#[test]
fn no_folder_of_a_step_uses_itself_through_others() {
    for step in repo().steps(Side::Solution).unwrap() {
        let uses = uses(&repo().crate_of(&step, Side::Solution).join("src"), true);
        assert!(uses.contains_key("wire"), "{uses:?}");
        assert_eq!(circles(&uses), [""; 0], "{}", step.name);
    }
}

/// The layers of this crate, from the top down. A file uses only its own layer and those below it,
/// and of the layer of the features only its own feature.
#[test]
fn each_layer_of_kata_uses_those_below_it() {
    let layers = [
        &["main"][..],
        &["cli"],
        &["commands"],
        &["learner", "verify", "play", "top"],
        &["repo"],
        &["system"],
        &["term"],
        &["cli_error"],
        &["outcome"],
    ];
    let layer = |file: &str| {
        let top = file.split("::").next().unwrap();
        let place = layers.iter().position(|layer| layer.contains(&top));
        (place.unwrap_or_else(|| panic!("{file} has no layer")), top.to_owned())
    };
    let mut uses = uses(&repo().root().join("crates/kata/src"), false);
    uses.remove("");
    for (file, used) in &uses {
        let (above, top) = layer(file);
        for other in used {
            let (below, other_top) = layer(other);
            assert!(above < below || top == other_top, "{file} uses {other}");
        }
    }
}

/// Circles that are hidden in different ways: by a re-export, a module, a path in the code, and an
/// import within a function. Catches: a check that passes because it reads no uses.
#[test]
fn finds_a_planted_circle() {
    let folder = Folder::new("circles");
    let found = |second: &str| {
        let file = |path: &str, text: &str| folder.write(&format!("src/{path}"), text);
        file(
            "lib.rs",
            "mod first;\npub mod parts;\npub use first::First;\npub use parts::second;\n",
        );
        let text = "//! Uses [`crate::parts::third`].\nuse crate::parts::{second::{Second as S}};\nfn f(_: S) {}\n";
        file("first.rs", text);
        let text = "pub mod second;\npub mod third;\npub use third::Third;\nfn f() -> Third {\n    third::new()\n}\n";
        file("parts/mod.rs", text);
        file("parts/second.rs", second);
        file(
            "parts/third.rs",
            "// use crate::First;\nfn f() {\n    super::log(\"crate::First\")\n}\n",
        );
        circles(&uses(&folder.0.join("src"), false)).join(" ")
    };
    assert_eq!(found("use super::Third;\nuse std::fmt;"), "");
    for use_of_first in [
        "use crate::First;",
        "use super::super::first;",
        "use crate::{\n    First as Other,\n    parts::Third,\n};",
        "fn f() -> crate::First {}",
        "fn f() {\n    use crate::first::First;\n}",
    ] {
        assert_eq!(found(use_of_first), "first parts::second", "{use_of_first}");
    }
}
