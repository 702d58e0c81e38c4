//! The modules of a step's test program: the `mod` lines of `tests/main.rs`, and the files that
//! they lead to.
//!
//! The lines are read as rustfmt writes them: a block's lines stand four columns further right than
//! its `mod` line, and its closing brace stands below the `mod`.

use std::path::{Path, PathBuf};

use crate::CliError;
use crate::system::files::text;

/// One `mod` item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its name.
    pub name: String,
    /// The path in a `#[path = "…"]` above it.
    pub path: Option<String>,
    /// The modules between its braces; `None` if it is a file of its own (`mod t3_push;`).
    pub inner: Option<Vec<Module>>,
}

/// A file of tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its place among the modules, as in a test's name: `t3_push`, `t4_run::server`,
    /// `step1::t3_push`.
    pub module: String,
    /// The path of the file.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// Reads the modules of a file's text that are not within a function or an `impl`.
pub fn read(text: &str) -> Vec<Module> {
    block(&mut text.lines(), "")
}

/// Reads the modules at this indentation, up to the brace that closes their block.
fn block<'a>(lines: &mut impl Iterator<Item = &'a str>, indent: &str) -> Vec<Module> {
    let mut modules = Vec::new();
    let mut path = None;
    while let Some(line) = lines.next() {
        if indent
            .strip_prefix("    ")
            .is_some_and(|outer| line.strip_prefix(outer) == Some("}"))
        {
            break;
        }
        let Some(line) = line.strip_prefix(indent) else {
            continue;
        };
        let line = line.split(" //").next().unwrap_or(line).trim_end();
        let line = line.strip_prefix("pub ").unwrap_or(line);
        if let Some(named) = line
            .strip_prefix("#[path = \"")
            .and_then(|rest| rest.strip_suffix("\"]"))
        {
            path = Some(named.to_owned());
        }
        let Some(rest) = line.strip_prefix("mod ") else {
            continue;
        };
        let (name, inner) = if let Some(name) = rest.strip_suffix(';') {
            (name, None)
        } else if let Some(name) = rest.strip_suffix(" {") {
            (name, Some(block(lines, &format!("{indent}    "))))
        } else {
            continue;
        };
        modules.push(Module {
            name: name.to_owned(),
            path: path.take(),
            inner,
        });
    }
    modules
}

/// Reads the modules of the `main.rs` of a folder of tests.
///
/// # Errors
///
/// If it cannot be read.
pub fn main(tests: &Path) -> Result<Vec<Module>, CliError> {
    Ok(read(&text(&tests.join("main.rs"))?))
}

/// Finds the files that belong to the `main.rs` of a folder of tests, in the order of its lines.
/// The path of a file in another folder, such as a test of an earlier step, contains `..`.
///
/// # Errors
///
/// If one cannot be read.
pub fn files(tests: &Path) -> Result<Vec<File>, CliError> {
    let mut files = Vec::new();
    gather(&main(tests)?, (tests, tests), "", &mut files)?;
    Ok(files)
}

/// Adds the files of some modules below the module `outer`. A module's name leads into the first of
/// the two folders, a `#[path]` into the second one.
fn gather(
    modules: &[Module],
    (by_name, by_path): (&Path, &Path),
    outer: &str,
    files: &mut Vec<File>,
) -> Result<(), CliError> {
    for Module { name, path, inner } in modules {
        let module = match outer {
            "" => name.clone(),
            outer => format!("{outer}::{name}"),
        };
        let path = path.as_ref().map(|path| by_path.join(path));
        if let Some(inner) = inner {
            let below = path.unwrap_or_else(|| by_name.join(name));
            gather(inner, (&below, &below), &module, files)?;
            continue;
        }
        let in_folder = by_name.join(name).join("mod.rs");
        let is_plain = path.is_none() && !in_folder.is_file();
        let path = match path {
            Some(path) => path,
            None if is_plain => by_name.join(format!("{name}.rs")),
            None => in_folder,
        };
        let text = text(&path)?;
        // Modules with braces in a test file are parts of that file.
        let inner: Vec<_> = read(&text)
            .into_iter()
            .filter(|module| module.inner.is_none())
            .collect();
        files.push(File {
            module: module.clone(),
            path: path.clone(),
            text,
        });
        let beside = path.parent().unwrap_or(by_path);
        // The compiler looks for the modules of `NAME.rs` in a folder NAME, for others beside the
        // file.
        let below = if is_plain {
            by_name.join(name)
        } else {
            beside.to_owned()
        };
        gather(&inner, (&below, beside), &module, files)?;
    }
    Ok(())
}

impl File {
    /// Returns the offset of a test's function in the text. `test` is its whole name, such as
    /// `step1::t3_push::first_out`. Returns `None` if the test is not in this file, or is made by a
    /// macro.
    pub fn place(&self, test: &str) -> Option<usize> {
        let inner = test.strip_prefix(&self.module)?.strip_prefix("::")?;
        let name = inner.rsplit("::").next()?;
        self.text.find(&format!("fn {name}("))
    }
}
