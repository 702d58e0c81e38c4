//! Building the tests of steps, in one call of cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use crate::run::{Attendant, attended};
use crate::suite::Suite;
use crate::{Repo, Stop, cargo};

use super::waiting::status;

/// Building has no deadline of its own: how long it takes is the machine's affair.
const DEADLINE: Duration = Duration::from_secs(3600);

/// What cargo has built.
#[derive(Clone, Debug, Default)]
pub struct Built {
    tests: BTreeMap<(String, String), PathBuf>,
    programs: BTreeMap<String, PathBuf>,
    /// What the compiler says, untouched, if not everything could be built.
    pub errors: Option<String>,
}

/// A test file's executable, and the program that it may start.
#[derive(Clone, Copy, Debug)]
pub struct Executables<'a> {
    /// The test.
    pub test: &'a PathBuf,
    /// The step's program.
    pub program: &'a PathBuf,
}

impl Built {
    /// The executables of a step's test file, if they could be built.
    pub fn of(&self, suite: &Suite, file: &str) -> Option<Executables<'_>> {
        let name = &suite.step.name;
        Some(Executables {
            test: self.tests.get(&(name.clone(), file.to_owned()))?,
            program: self.programs.get(name)?,
        })
    }

    /// This, and what was built afterwards.
    pub fn and(mut self, later: Built) -> Built {
        self.tests.extend(later.tests);
        self.programs.extend(later.programs);
        self.errors = later.errors.or(self.errors);
        self
    }
}

/// Builds test files, each with its step's program; also the others if one does not compile. `None` if the attendant has had
/// enough before it was done.
///
/// # Errors
///
/// If cargo cannot be started.
pub fn build(repo: &Repo, wanted: &[(&Suite, Vec<String>)], attendant: &dyn Attendant) -> Result<Option<Built>, Stop> {
    let mut command = cargo::command(repo.root());
    command.args([
        "test",
        "--no-run",
        "--no-fail-fast",
        "--message-format=json-render-diagnostics",
    ]);
    command.args(["--color", colour()]);
    for (suite, _) in wanted {
        command.args(["--package", &suite.step.name]);
    }
    let files: BTreeSet<&String> = wanted.iter().flat_map(|(_, files)| files).collect();
    for file in files {
        command.args(["--test", file]);
    }
    let Some(ran) = attended(&mut command, DEADLINE, attendant)? else {
        return Ok(None);
    };
    let mut built = Built::default();
    for executable in cargo::executables(ran.out.as_bytes()) {
        let package = executable.manifest.parent().and_then(|folder| folder.file_name());
        let package = package.unwrap_or_default().to_string_lossy().into_owned();
        match executable.kind.as_str() {
            "test" => drop(built.tests.insert((package, executable.target), executable.path)),
            "bin" if !executable.is_test => drop(built.programs.insert(package, executable.path)),
            _ => {}
        }
    }
    if !ran.ok {
        let said = ran.text.lines().filter(|line| !line.starts_with("{\""));
        let said: Vec<_> = said.filter(|line| status(line).is_none()).collect();
        built.errors = Some(said.join("\n").trim_matches('\n').to_owned());
    }
    Ok(Some(built))
}

/// Whether the compiler shall use colours: as we do on the standard error, where its words will go.
fn colour() -> &'static str {
    match anstream::AutoStream::choice(&std::io::stderr()) {
        anstream::ColorChoice::Never => "never",
        _ => "always",
    }
}
