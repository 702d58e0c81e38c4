//! The package, file and program of a test, as the compiler knows them.

use std::path::Path;

use crate::chapter;
use crate::failure::Todo;

/// Package, source file and program of a test. [`kit!`](crate::kit!) fills it in from what the
/// compiler knows.
#[derive(Clone, Copy, Debug)]
pub struct TestInfo {
    /// The package's name, such as `step1-enqueue`.
    pub package: &'static str,
    /// The package's version when the test was compiled. The two workspaces have different
    /// versions.
    pub version: &'static str,
    /// The package's directory when the test was compiled.
    pub manifest_dir: &'static str,
    /// The test's source file, as `file!()` gives it.
    pub file: &'static str,
    /// The package's program, if it has one of the package's name.
    pub program: Option<&'static str>,
}

/// A step of the kata, by the name of its package and folder.
#[derive(Clone, Copy, PartialEq)]
struct Step<'a> {
    name: &'a str,
    number: u32,
}

impl<'a> Step<'a> {
    /// Returns the step of this name: number 1 for `step1-enqueue`.
    fn of(name: &'a str) -> Option<Step<'a>> {
        let (number, _) = name.strip_prefix("step")?.split_once('-')?;
        let number = number.parse().ok()?;
        Some(Step { name, number })
    }
}

impl TestInfo {
    /// Returns the step's number: 1 for `step1-enqueue`; `None` for a package that is not a step.
    pub(crate) fn step(&self) -> Option<u32> {
        Step::of(self.package).map(|step| step.number)
    }

    /// Returns the last lines of a failure: the page to read, and its task. A step's program also
    /// holds tests of earlier steps; for those, a line before says so. `None` for a package that is
    /// not a step.
    pub(crate) fn read(&self) -> Option<String> {
        let own = Step::of(self.package)?;
        let path = clean(self.file);
        let (folder, task) = step_and_task(&path);
        let step = folder.unwrap_or(own);
        let task = task.map(|task| format!("{}.{task}", step.number));
        let page = self.page(step, task.as_deref());
        let task = task.map_or(String::new(), |task| format!(", task {task}"));
        let read = format!("Read: {page}{task}");
        Some(if step == own {
            read
        } else {
            format!(
                "This is a test of step {}{task}. Your step {} must pass it, too.\n{read}",
                step.number, own.number
            )
        })
    }

    /// Returns the line that names the page and the task of a todo. A todo is one of the package's
    /// own step, whichever test reached it. `None` for a package that is not a step.
    pub(crate) fn read_todo(&self, todo: &Todo) -> Option<String> {
        let own = Step::of(self.package)?;
        let page = self.page(own, Some(&todo.task));
        Some(format!("Read: {page}, task {}", todo.task))
    }

    /// Returns the page of a step's chapter that explains this task.
    fn page(&self, step: Step, task: Option<&str>) -> String {
        chapter::page(Path::new(self.manifest_dir), step.name, task)
    }
}

/// Returns the step and the task that a test's file belongs to: step 1 and task 3 for
/// `step1-enqueue/tests/t3_push.rs`, and for a file in the folder `step1-enqueue/tests/t3_push/`.
fn step_and_task(path: &str) -> (Option<Step<'_>>, Option<u32>) {
    let parts: Vec<&str> = path.split('/').collect();
    let Some(tests) = parts.iter().rposition(|&part| part == "tests") else {
        return (None, None);
    };
    let step = tests.checked_sub(1).and_then(|before| Step::of(parts[before]));
    let number = |name: &&str| name.strip_prefix('t')?.split_once('_')?.0.parse().ok();
    (step, parts.get(tests + 1).and_then(number))
}

/// Removes the detours from the path of a source file. The compiler names the file of an included
/// test `step3-retries/tests/../../step1-enqueue/tests/t3_push.rs`, seen from the workspace.
pub(crate) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        let named = parts.last().is_some_and(|last| !["", ".."].contains(last));
        match part {
            ".." if named => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(package: &'static str, file: &'static str) -> Option<String> {
        TestInfo {
            package,
            version: "0.1.0",
            manifest_dir: "/somewhere",
            file,
            program: None,
        }
        .read()
    }

    /// A failure names the task, not only the chapter. Catches: a name that is cut at the wrong
    /// place.
    #[test]
    fn names_the_task_of_a_file() {
        for file in [
            "step12-threads/tests/t3_push.rs",
            "step12-threads/tests/t3_push/server.rs",
            "step12-threads/../../step12-threads/tests/t3_push.rs",
            "/home/ada/step1-tests/kata/step12-threads/tests/t3_push.rs",
            "tests/t3_push.rs",
        ] {
            let line = "Read: docs/step12-threads.md, task 12.3";
            assert_eq!(read("step12-threads", file).as_deref(), Some(line), "{file}");
        }
    }

    /// The compiler's own names for an included file, in both workspaces. Catches: a test of step 1
    /// that names the chapter of step 3.
    #[test]
    fn names_the_step_of_an_included_file() {
        for (file, task) in [
            ("step3-retries/tests/../../step1-enqueue/tests/t3_push.rs", ", task 1.3"),
            (
                "step3-retries/../../step3-retries/tests/../../step1-enqueue/tests/t4_run/server.rs",
                ", task 1.4",
            ),
            ("step3-retries/tests/../../step1-enqueue/tests/given_wire.rs", ""),
        ] {
            let lines = format!(
                "This is a test of step 1{task}. Your step 3 must pass it, too.\nRead: docs/step1-enqueue.md{task}"
            );
            assert_eq!(read("step3-retries", file), Some(lines), "{file}");
        }
    }

    /// Tests of given code belong to no task; neither does `tests.rs`, although its name begins
    /// with a t.
    #[test]
    fn names_the_chapter_for_other_files() {
        for file in [
            "step1-enqueue/tests/given_wire.rs",
            "step1-enqueue/tests/support/mod.rs",
            "step1-enqueue/tests/tests.rs",
            "step1-enqueue/tests/t_x.rs",
        ] {
            let line = "Read: docs/step1-enqueue.md";
            assert_eq!(read("step1-enqueue", file).as_deref(), Some(line), "{file}");
        }
    }

    /// The kit's own tests have no chapter.
    #[test]
    fn has_no_chapter_for_a_package_that_is_not_a_step() {
        assert_eq!(read("testkit", "crates/testkit/tests/t3_push.rs"), None);
    }

    /// Seen from `solutions/` the tests are in the folder above, so that `..` stays.
    #[test]
    fn cleans_paths() {
        for (path, expected) in [
            ("step1-enqueue/src/lib.rs", "step1-enqueue/src/lib.rs"),
            (
                "step3-retries/tests/../../step1-enqueue/tests/t3_push.rs",
                "step1-enqueue/tests/t3_push.rs",
            ),
            (
                "step3-retries/../../step3-retries/tests/t1_decide.rs",
                "../step3-retries/tests/t1_decide.rs",
            ),
            ("a/../../../b.rs", "../../b.rs"),
            ("/a/../../b.rs", "/../b.rs"),
        ] {
            assert_eq!(clean(path), expected, "{path}");
        }
    }
}
