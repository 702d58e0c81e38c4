//! Mutants: cargo-mutants breaks a solution, one small thing at a time, and the step's tests must
//! notice.
//!
//! Only what a step adds or changes is broken: the rest was broken in the step that wrote it, and
//! the tests that noticed are part of later steps' test programs, as the groups `step1`, `step2` ….
//! It is done in place, in a throw-away copy of the repository: the copies that cargo-mutants makes
//! would not reach `../crates`. What was tried is kept, a few mutants at a time, until something
//! changes.

use std::hash::BuildHasher;
use std::path::{Path, PathBuf};
use std::time::Duration;

use foldhash::fast::FixedState;
use similar::TextDiff;

use super::files::{self, Files};
use super::run::run;
use super::survivors::{self, List};
use super::{Check, Report, Scope};
use crate::progress::Spinner;
use crate::{CliError, Side, Step, cargo};

/// How many mutants are tried by one call of cargo-mutants: what an interruption costs.
const SHARD: usize = 10;

/// How long all tests of a step may take with a mutant in it, in seconds. Without one they take ten or so; a mutant that waits
/// for something that does not come ends at the tests' own deadlines.
const TEST_TIMEOUT_SECONDS: &str = "90";

/// Who may take as long as it takes.
const ONE_DAY: Duration = Duration::from_secs(86_400);

/// A row for each step.
///
/// # Errors
///
/// If cargo-mutants is not installed.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), CliError> {
    let mut version = cargo::command(scope.repo.root());
    if !run(version.args(["mutants", "--version"]), ONE_DAY)?.ok {
        return Err(
            "cargo-mutants is not installed. It takes some minutes: `cargo install --locked cargo-mutants`.".into(),
        );
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
    /// What it was made of, in short.
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
        // It says how many tests run at once. It is in a folder that is not read with the others.
        let config = from.join(".cargo/config.toml");
        let text = std::fs::read_to_string(&config).map_err(|error| CliError::path("read", &config, &error))?;
        files::write_one(&root.join(".cargo/config.toml"), &text)?;
        // The tools, which are no part of a step, may change without changing what a mutant does.
        all.retain(|path, _| !path.starts_with("crates/kata/"));
        Ok(Copy {
            scope,
            root,
            hash: FixedState::default().hash_one(all),
        })
    }

    /// What came of each mutant of the step.
    fn outcomes(&self, step: &Step, spinner: &Spinner) -> Result<Vec<(String, survivors::MutantOutcome)>, CliError> {
        let folder = self.scope.repo.cache().join("mutants").join(&step.name);
        let diff = folder.join("changes.diff");
        files::write_one(&diff, &self.changes(step)?)?;
        let listed = self.mutants(step, &diff, &["--list"])?;
        let shards = listed.lines().count().div_ceil(SHARD);
        let mut outcomes = Vec::new();
        for shard in 0..shards {
            spinner.say(&format!(
                "mutants of {}: {} of {}",
                step.name,
                shard * SHARD,
                shards * SHARD
            ));
            let cached = folder.join(format!("{:016x}-{shard}-of-{shards}.json", self.hash));
            if !cached.exists() {
                let out = folder.join("out");
                let (out_text, shard) = (out.display().to_string(), format!("{shard}/{shards}"));
                self.mutants(step, &diff, &["--output", &out_text, "--shard", &shard])?;
                let outcomes = out.join("mutants.out/outcomes.json");
                let text =
                    std::fs::read_to_string(&outcomes).map_err(|error| CliError::path("read", &outcomes, &error))?;
                files::write_one(&cached, &text)?;
            }
            let text = std::fs::read_to_string(&cached).map_err(|error| CliError::path("read", &cached, &error))?;
            outcomes.extend(survivors::outcomes(&text).map_err(|error| CliError::path("understand", &cached, &error))?);
        }
        Ok(outcomes)
    }

    /// Runs cargo-mutants; what it said.
    fn mutants(&self, step: &Step, diff: &Path, more: &[&str]) -> Result<String, CliError> {
        let mut mutants = cargo::command(&self.root.join("solutions"));
        let diff = diff.display().to_string();
        mutants.args(["mutants", "--in-place", "--package", &step.name, "--in-diff", &diff]);
        // That the solution's tests pass without a mutant is another check.
        mutants.args(["--baseline", "skip", "--timeout", TEST_TIMEOUT_SECONDS, "--no-shuffle"]);
        mutants.args(more).args(["--", "--test", cargo::TESTS]);
        mutants.env("CARGO_TARGET_DIR", self.scope.repo.cache().join("mutants/target"));
        // Nobody looks at a backtrace, and without what it needs a link is quicker.
        mutants.env("CARGO_PROFILE_DEV_DEBUG", "false");
        // A mutant that waits for something is to be caught soon, also beside another program.
        mutants.env("KATA_STRICT_WAITS", "1");
        let ran = run(&mut mutants, ONE_DAY)?;
        // 2: some survived; 3: some were late.
        match ran.code {
            Some(0 | 2 | 3) => Ok(ran.out),
            _ => Err(format!("cargo mutants failed for {}:\n{}", step.name, ran.summary()).into()),
        }
    }

    /// What the step changes of the one before it, as a diff; of the first, everything.
    fn changes(&self, step: &Step) -> Result<String, CliError> {
        let sources = |step: &Step| files::read(&self.scope.repo.crate_of(step, Side::Solution), "src");
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
