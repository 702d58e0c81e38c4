//! Mutants: cargo-mutants makes small changes in a solution, one at a time, and the step's tests
//! must notice each of them.
//!
//! It changes only the code that a step adds or changes. The other code was tested with the earlier
//! step, whose tests are part of the test programs of later steps, as the groups `step1`, `step2`
//! …. It works in a throw-away copy of the repository, because the copies that cargo-mutants makes
//! itself do not contain `../crates`. The results are cached, a few mutants at a time, until a file
//! changes.

pub mod survivors;

use std::hash::BuildHasher;
use std::path::{Path, PathBuf};
use std::time::Duration;

use foldhash::fast::FixedState;
use similar::TextDiff;

use self::survivors::List;
use super::{Check, Report, Scope};
use crate::system::cargo;
use crate::system::files::{self, Files};
use crate::system::run::run;
use crate::term::progress::Spinner;
use crate::{CliError, Outcome, Side, Step};

/// How many mutants one call of cargo-mutants tries. An interruption loses the results of one call.
const SHARD: usize = 10;

/// How long all tests of a step may take with a mutant, in seconds. Without a mutant they take
/// about ten. A mutant that waits in vain is ended by the deadlines of the tests.
const TEST_TIMEOUT_SECONDS: &str = "90";

/// In practice no deadline.
const ONE_DAY: Duration = Duration::from_secs(86_400);

/// Adds a row for each step.
///
/// # Errors
///
/// If cargo-mutants is not installed.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), CliError> {
    let mut version = cargo::command(scope.repo.root());
    if !run(version.args(["mutants", "--version"]), ONE_DAY)?.ok() {
        return Err("cargo-mutants is not installed. \
             Install it with `cargo install --locked cargo-mutants`, which takes some minutes."
            .into());
    }
    for step in &scope.steps {
        report.row(Check::Mutants, &step.name, |spinner| {
            let copy = Copy::prepare(scope)?;
            let outcomes = copy.outcomes(step, spinner)?;
            let list = scope.repo.root().join("trials/mutants").join(&step.name);
            let list = list.with_extension("toml");
            Ok(survivors::evaluate(&outcomes, &List::read(&list)?))
        });
    }
    Ok(())
}

/// The throw-away copy.
struct Copy<'a> {
    scope: &'a Scope,
    root: PathBuf,
    /// A hash of the files that it was made from.
    hash: u64,
}

impl<'a> Copy<'a> {
    fn prepare(scope: &'a Scope) -> Result<Copy<'a>, CliError> {
        let (from, root) = (scope.repo.root(), scope.repo.cache().join("mutants/tree"));
        let mut all = Files::new();
        let mut folders = vec!["crates".to_owned(), "solutions".to_owned()];
        let steps = scope.repo.steps(Side::Starter)?;
        folders.extend(steps.iter().map(|step| format!("{}/tests", step.name)));
        for folder in &folders {
            let files = files::read(from, folder)?;
            files::write(&root, folder, &files)?;
            all.extend(files);
        }
        // This file sets the number of tests that run in parallel. It is in a folder that is not
        // copied with the others.
        let config = ".cargo/config.toml";
        files::write_one(&root.join(config), &files::text(&from.join(config))?)?;
        // The tools do not belong to a step, so a change in them does not change the result of a
        // mutant.
        all.retain(|path, _| !path.starts_with("crates/kata/"));
        Ok(Copy {
            scope,
            root,
            hash: FixedState::default().hash_one(all),
        })
    }

    /// Returns the outcome of each mutant of the step.
    fn outcomes(&self, step: &Step, spinner: &Spinner) -> Result<Vec<(String, survivors::MutantOutcome)>, CliError> {
        let folder = self.scope.repo.cache().join("mutants").join(&step.name);
        let diff = folder.join("changes.diff");
        files::write_one(&diff, &self.changes(step)?)?;
        let listed = self.mutants(step, &diff, &["--list"])?;
        let shards = listed.lines().count().div_ceil(SHARD);
        let mut outcomes = Vec::new();
        for shard in 0..shards {
            let (done, all) = (shard * SHARD, shards * SHARD);
            spinner.say(&format!("mutants of {}: {done} of {all}", step.name));
            let cached = folder.join(format!("{:016x}-{shard}-of-{shards}.json", self.hash));
            if !cached.exists() {
                let out = folder.join("out");
                let (out_text, shard) = (out.display().to_string(), format!("{shard}/{shards}"));
                self.mutants(step, &diff, &["--output", &out_text, "--shard", &shard])?;
                let outcomes = out.join("mutants.out/outcomes.json");
                files::write_one(&cached, &files::text(&outcomes)?)?;
            }
            let text = files::text(&cached)?;
            outcomes.extend(survivors::outcomes(&text).map_err(|error| CliError::path("understand", &cached, &error))?);
        }
        Ok(outcomes)
    }

    /// Runs cargo-mutants and returns its output.
    fn mutants(&self, step: &Step, diff: &Path, more: &[&str]) -> Result<String, CliError> {
        let mut mutants = cargo::command(&self.root.join("solutions"));
        let diff = diff.display().to_string();
        mutants.args(["mutants", "--in-place", "--package", &step.name, "--in-diff", &diff]);
        // Another check runs the tests of the solution without a mutant.
        mutants.args(["--baseline", "skip", "--timeout", TEST_TIMEOUT_SECONDS, "--no-shuffle"]);
        mutants.args(more).args(["--", "--test", cargo::TESTS]);
        mutants.env("CARGO_TARGET_DIR", self.scope.repo.cache().join("mutants/target"));
        // Backtraces are not used here, and without debug information linking is quicker.
        mutants.env("CARGO_PROFILE_DEV_DEBUG", "false");
        // A mutant that waits should be caught soon, even if the machine is busy.
        mutants.env("KATA_STRICT_WAITS", "1");
        let ran = run(&mut mutants, ONE_DAY)?;
        // 2: some survived; 3: some timed out.
        match ran.outcome {
            Outcome::Exited(0 | 2 | 3) => Ok(ran.out),
            _ => Err(format!("cargo mutants failed for {}:\n{}", step.name, ran.summary()).into()),
        }
    }

    /// Returns the changes of the step against the one before it, as a diff. For the first step,
    /// all of its code is new.
    fn changes(&self, step: &Step) -> Result<String, CliError> {
        let sources = |step: &Step| self.scope.repo.sources(step, Side::Solution);
        let steps = self.scope.repo.steps(Side::Solution)?;
        let before = steps.iter().rfind(|other| other.number < step.number);
        let before = before.map(sources).transpose()?.unwrap_or_default();
        let mut changes = String::new();
        for (path, new) in sources(step)? {
            let old = before.get(&path).map_or("", String::as_str);
            let diff = TextDiff::from_lines(old, &new);
            let names = ["a", "b"].map(|side| format!("{side}/{}/{path}", step.name));
            changes.push_str(&diff.unified_diff().header(&names[0], &names[1]).to_string());
        }
        Ok(changes)
    }
}
