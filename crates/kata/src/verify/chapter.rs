//! A chapter: its length, and that its test table tells of the tests that there are.

use std::collections::BTreeSet;
use std::path::Path;

use super::page::Page;
use crate::suite::{self, task_of};
use crate::{Stop, modules};

/// How many words of prose a chapter may have: read in a quarter of an hour, with everything in it that is needed.
const WORDS: std::ops::RangeInclusive<usize> = 1_000..=1_600;

/// What is wrong with a chapter, `tests` being its step's folder of tests.
///
/// # Errors
///
/// If the tests cannot be read.
pub fn faults(page: &Page, tests: &Path) -> Result<Vec<String>, Stop> {
    let mut faults = Vec::new();
    if !WORDS.contains(&page.words) {
        faults.push(format!(
            "It has {} words of prose, and should have {} to {}.",
            page.words,
            WORDS.start(),
            WORDS.end()
        ));
    }
    let program = Program::read(tests)?;
    let named = page.tests.iter().chain(page.codes.iter().filter(|code| is_test(code)));
    for name in named.collect::<BTreeSet<_>>() {
        if !program.has(name) {
            faults.push(format!(
                "It names the test {name}, which does not exist in {}.",
                tests.display()
            ));
        }
    }
    for group in suite::groups(tests)? {
        if !page.tests.iter().any(|name| bare(name) == group) {
            faults.push(format!(
                "Its test table (first heading: test) does not tell what {group} checks."
            ));
        }
    }
    Ok(faults)
}

/// Returns true if a word is a test's name: `t3_push`, `given_basics.rs`, `t3_push::first_out`.
/// `step1` may be another thing.
fn is_test(word: &str) -> bool {
    let group = bare(word).split("::").next().unwrap_or_default();
    let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "_:.".contains(c));
    is_plain && (task_of(group).is_some() || group.starts_with("given_"))
}

/// The name without `.rs`.
fn bare(name: &str) -> &str {
    name.strip_suffix(".rs").unwrap_or(name)
}

/// What there is to be named of a test program, those parts included that lie in the folders of
/// earlier steps.
struct Program {
    /// Each module by its whole name (`t4_run::server`), by those of the modules around it, and by
    /// its last part.
    modules: BTreeSet<String>,
    /// Each function by its name alone.
    functions: BTreeSet<String>,
}

impl Program {
    fn read(tests: &Path) -> Result<Program, Stop> {
        let (mut modules, mut functions) = (BTreeSet::new(), BTreeSet::new());
        for file in modules::files(tests)? {
            let ends = file.module.match_indices("::").map(|(end, _)| &file.module[..end]);
            modules.extend(ends.map(str::to_owned));
            modules.extend(file.module.rsplit("::").next().map(str::to_owned));
            modules.insert(file.module);
            let after = file.text.split("fn ").skip(1);
            functions.extend(after.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())));
        }
        Ok(Program { modules, functions })
    }

    /// Returns true if there is a module or a function of this name, or in this module a function.
    fn has(&self, name: &str) -> bool {
        let in_module = |(module, function)| self.modules.contains(module) && self.functions.contains(function);
        self.modules.contains(bare(name))
            || self.functions.contains(name)
            || name.rsplit_once("::").is_some_and(in_module)
    }
}
