//! A chapter: the lengths of its pages, that each task has its place on one of them, and that the
//! test table in the step's README describes the tests that exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::links::Pages;
use super::page::Page;
use crate::repo::modules;
use crate::repo::suite::{self, Suite, task_of};
use crate::system::files;
use crate::{CliError, Repo, Side, Step};

/// How many words of prose a page may have: it is read in a quarter of an hour. (The goal for a
/// writer is 800 to 1,600.)
const WORDS: std::ops::RangeInclusive<usize> = 600..=1_700;

/// The heading above the test table, as a link names it.
const TEST_TABLE: &str = "what-the-tests-check";

/// The pages of a step, and what they must agree with.
#[derive(Clone, Debug)]
pub struct Chapter<'a> {
    /// The pages and their names, such as `docs/step3-retries.md`, in the order in which they are
    /// read: that of `docs/SUMMARY.md`.
    pub pages: Vec<(String, &'a Page)>,
    /// The step's README and its name.
    pub readme: (String, &'a Page),
    /// The names of the step's tasks, such as `3.4`.
    pub tasks: Vec<String>,
}

impl<'a> Chapter<'a> {
    /// Finds the chapter of a step.
    ///
    /// # Errors
    ///
    /// If it has no page, `docs/SUMMARY.md` does not list all of them, or the step's README is
    /// missing.
    pub fn of(repo: &Repo, step: &Step, all: &'a Pages) -> Result<Chapter<'a>, CliError> {
        let docs = repo.docs();
        let page = |path: PathBuf| {
            let page = all.get(&path);
            page.ok_or_else(|| CliError::new(format!("There is no {}.", path.display())))
        };
        let is_ours = |name: &str| name.starts_with(&format!("step{}-", step.number));
        let links = page(docs.join("SUMMARY.md"))?.links.iter().map(|(link, _)| link);
        let listed: Vec<_> = links.filter(|link| is_ours(link)).collect();
        for path in all.keys().filter(|path| path.parent() == Some(&docs)) {
            let name = files::name(path);
            if is_ours(&name) && !listed.contains(&&name) {
                return Err(format!("docs/SUMMARY.md does not list {name}.").into());
            }
        }
        if listed.is_empty() {
            return Err(format!("docs/SUMMARY.md lists no page of step {}.", step.number).into());
        }
        let named = |name: &String| Ok((format!("docs/{name}"), page(docs.join(name))?));
        let readme = page(repo.crate_of(step, Side::Starter).join("README.md"))?;
        let tasks = Suite::of(repo, step)?.tasks;
        Ok(Chapter {
            pages: listed.into_iter().map(named).collect::<Result<_, CliError>>()?,
            readme: (format!("{}/README.md", step.name), readme),
            tasks: tasks
                .iter()
                .map(|task| format!("{}.{}", step.number, task.number))
                .collect(),
        })
    }

    /// Returns the names of the pages that have the heading of a task, once for each heading.
    pub fn pages_of(&self, task: &str) -> Vec<&str> {
        let mut pages = Vec::new();
        for (name, page) in &self.pages {
            let headings = page.headings.iter().filter(|heading| heads(heading, task));
            pages.extend(headings.map(|_| name.as_str()));
        }
        pages
    }

    /// Checks the chapter against `tests`, the step's folder of tests. Returns a text for each
    /// problem.
    ///
    /// # Errors
    ///
    /// If the tests cannot be read.
    pub fn problems(&self, tests: &Path) -> Result<Vec<String>, CliError> {
        let mut problems = Vec::new();
        for (name, page) in &self.pages {
            if !WORDS.contains(&page.words) {
                let (words, least, most) = (page.words, WORDS.start(), WORDS.end());
                problems.push(format!(
                    "{name}: It has {words} words of prose, and should have {least} to {most}."
                ));
            }
        }
        for task in &self.tasks {
            match self.pages_of(task)[..] {
                [_] => {}
                [] => problems.push(format!(
                    "{}: No page of the chapter has the heading `### Task {task}`.",
                    self.pages.first().map_or("", |(name, _)| name)
                )),
                [first, ..] => problems.push(format!(
                    "{first}: The heading `### Task {task}` occurs more than once in the chapter."
                )),
            }
        }
        let program = Program::read(tests)?;
        for (name, page) in self.pages.iter().chain([&self.readme]) {
            let named = page.tests.iter().chain(page.codes.iter().filter(|code| is_test(code)));
            for test in named.collect::<BTreeSet<_>>() {
                if !program.has(test) {
                    let tests = tests.display();
                    problems.push(format!(
                        "{name}: It names the test {test}, which does not exist in {tests}."
                    ));
                }
            }
        }
        let (name, readme) = &self.readme;
        if !readme.anchors.contains(TEST_TABLE) {
            problems.push(format!("{name}: It has no heading \"What the tests check\"."));
        }
        for group in suite::groups(tests)? {
            if !readme.tests.iter().any(|name| bare(name) == group) {
                problems.push(format!(
                    "{name}: Its test table (first heading: test) does not describe {group}."
                ));
            }
        }
        Ok(problems)
    }
}

/// Returns true if a heading is that of a task: `Task 3.4`, perhaps with a title behind it.
fn heads(heading: &str, task: &str) -> bool {
    heading
        .strip_prefix("Task ")
        .is_some_and(|rest| rest.split([' ', ':']).next() == Some(task))
}

/// Returns true if a word is the name of a test: `t3_push`, `given_basics.rs`,
/// `t3_push::first_out`. `step1` alone may mean something else.
fn is_test(word: &str) -> bool {
    let group = bare(word).split("::").next().unwrap_or_default();
    let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "_:.".contains(c));
    is_plain && (task_of(group).is_some() || group.starts_with("given_"))
}

/// Returns the name without `.rs`.
fn bare(name: &str) -> &str {
    name.strip_suffix(".rs").unwrap_or(name)
}

/// The names in a test program that a page may use, including those of the tests of earlier steps.
struct Program {
    /// Each module by its whole name (`t4_run::server`), by those of the modules around it, and by
    /// its last part.
    modules: BTreeSet<String>,
    /// Each function by its name alone.
    functions: BTreeSet<String>,
}

impl Program {
    fn read(tests: &Path) -> Result<Program, CliError> {
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

    /// Returns true if there is a module or a function with this name, or a function in the named
    /// module.
    fn has(&self, name: &str) -> bool {
        let in_module = |(module, function)| self.modules.contains(module) && self.functions.contains(function);
        self.modules.contains(bare(name))
            || self.functions.contains(name)
            || name.rsplit_once("::").is_some_and(in_module)
    }
}
