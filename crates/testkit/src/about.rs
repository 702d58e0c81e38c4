//! What is known about a test before it runs: its package, its file, its program.

/// Where a test stands. [`kit!`](crate::kit!) fills it in from what the compiler knows.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The package's name, such as `step1-enqueue`.
    pub package: &'static str,
    /// The package's version when the test was compiled; the two workspaces carry different ones.
    pub version: &'static str,
    /// The package's directory when the test was compiled.
    pub manifest_dir: &'static str,
    /// The test's source file.
    pub file: &'static str,
    /// The package's program, if it has one of the package's name.
    pub program: Option<&'static str>,
}

impl About {
    /// The step's number: 1 for `step1-enqueue`; `None` for a package that is no step.
    pub(crate) fn step(&self) -> Option<u32> {
        let (number, _) = self.package.strip_prefix("step")?.split_once('-')?;
        number.parse().ok()
    }

    /// The task that the test's file is about: `1.3` for `step1-enqueue/tests/t3_push.rs`, and for a file in the folder
    /// `step1-enqueue/tests/t3_push/`.
    pub(crate) fn task(&self) -> Option<String> {
        let number = |name: &str| name.strip_prefix('t')?.split_once('_')?.0.parse::<u32>().ok();
        let number = self.file.rsplit(['/', '\\']).take(2).find_map(number)?;
        Some(format!("{}.{number}", self.step()?))
    }

    /// The line that sends the reader to the chapter, and to `task` of it; `None` for a package that is no step.
    pub(crate) fn read(&self, task: Option<&str>) -> Option<String> {
        self.step()?;
        let chapter = format!("Read: docs/{}.md", self.package);
        Some(match task {
            Some(task) => format!("{chapter}, task {task}"),
            None => chapter,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(package: &'static str, file: &'static str) -> About {
        About {
            package,
            version: "0.1.0",
            manifest_dir: "/somewhere",
            file,
            program: None,
        }
    }

    /// A learner is sent to the task, not only to the chapter: kills a name that is cut at the wrong place.
    #[test]
    fn a_task_file_names_its_task() {
        let test = about("step12-threads", "a/../step12-threads/tests/t3_push.rs");
        assert_eq!(
            test.read(test.task().as_deref()).as_deref(),
            Some("Read: docs/step12-threads.md, task 12.3")
        );
    }

    /// A test program may be a folder of files. Kills: looking at the file's own name only.
    #[test]
    fn a_file_in_a_tasks_folder_names_the_task() {
        let test = about("step2-poller", "step2-poller/tests/t4_run/program.rs");
        assert_eq!(test.task().as_deref(), Some("2.4"));
    }

    /// Given and regression tests belong to no task; `tests.rs` begins with a t and is none either.
    #[test]
    fn other_files_name_the_chapter_only() {
        for file in [
            "tests/given_wire.rs",
            "tests/regress_fifo.rs",
            "tests/tests.rs",
            "tests/t_x.rs",
        ] {
            let test = about("step1-enqueue", file);
            assert_eq!(
                test.read(test.task().as_deref()).as_deref(),
                Some("Read: docs/step1-enqueue.md"),
                "{file}"
            );
        }
    }

    /// The kit's own tests have no chapter.
    #[test]
    fn a_package_that_is_no_step_has_no_chapter() {
        assert_eq!(about("testkit", "tests/t3_push.rs").read(None), None);
    }
}
