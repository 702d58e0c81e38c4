//! The outcomes of the mutants of a step, and the list of those that may survive:
//! `trials/mutants/stepN-NAME.toml` gives for each the reason why no test can catch it, or need
//! not.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::CliError;
use crate::system::files;
use crate::verify::Verdict;

/// The outcome of one mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutantOutcome {
    /// A test failed.
    Caught,
    /// The tests did not end in time. This counts as caught, because a hanging test is noticed,
    /// too.
    TimedOut,
    /// No test noticed.
    Survived,
    /// It does not compile, so it is not a possible mistake.
    Unviable,
}

/// The file that lists survivors.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The mutants of this step that may survive.
    #[serde(default)]
    pub survivor: Vec<Survivor>,
}

/// One mutant that may survive.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Survivor {
    /// Its name as [`outcomes`] returns it, such as `src/job.rs: delete ! in Job::parse`.
    pub mutant: String,
    /// The reason why no test catches it.
    pub why: String,
}

impl List {
    /// Reads the list of a step. If there is no file, the list is empty.
    ///
    /// # Errors
    ///
    /// If it cannot be read or understood.
    pub fn read(path: &Path) -> Result<List, CliError> {
        if !path.exists() {
            return Ok(List::default());
        }
        toml::from_str(&files::text(path)?).map_err(|error| CliError::path("understand", path, &error))
    }
}

/// Reads the mutants of an `outcomes.json`, and the outcome of each. The name of a mutant consists
/// of its file, from the step's folder on, and the change. It does not contain the line number,
/// which would change with every edit.
///
/// # Errors
///
/// If the format is not that of cargo-mutants.
pub fn outcomes(outcomes: &str) -> Result<Vec<(String, MutantOutcome)>, String> {
    let json: Value = serde_json::from_str(outcomes).map_err(|error| error.to_string())?;
    let outcomes = json["outcomes"].as_array().ok_or("it has no `outcomes`")?;
    let mutants = outcomes
        .iter()
        .filter_map(|outcome| Some((outcome["scenario"]["Mutant"]["name"].as_str()?, &outcome["summary"])));
    let read = |(name, summary): (&str, &Value)| {
        let outcome = match summary.as_str() {
            Some("CaughtMutant") => MutantOutcome::Caught,
            Some("Timeout") => MutantOutcome::TimedOut,
            Some("MissedMutant") => MutantOutcome::Survived,
            Some("Unviable") => MutantOutcome::Unviable,
            _ => return Err(format!("{name} ended as {summary}")),
        };
        let short = short(name).ok_or_else(|| format!("{name} is not the name of a mutant"))?;
        Ok((short, outcome))
    };
    mutants.map(read).collect()
}

/// Removes the step and the position from a name such as
/// `step1-enqueue/src/job.rs:59:12: delete ! in Job::parse`.
fn short(name: &str) -> Option<String> {
    let (_, name) = name.split_once('/')?;
    let (path, rest) = name.split_once(':')?;
    let (_, mutation) = rest.split_once(": ")?;
    Some(format!("{path}: {mutation}"))
}

/// Counts the caught mutants, and reports those that survived although they are not listed. An
/// entry of the list excuses one mutant of its name.
pub fn evaluate(outcomes: &[(String, MutantOutcome)], list: &List) -> Verdict {
    let count = |end: MutantOutcome| outcomes.iter().filter(|(_, other)| *other == end).count();
    let [caught, timed_out, survived, unviable] = [
        MutantOutcome::Caught,
        MutantOutcome::TimedOut,
        MutantOutcome::Survived,
        MutantOutcome::Unviable,
    ]
    .map(count);
    let viable = caught + timed_out + survived;
    let share = 100.0 * (caught + timed_out) as f64 / viable.max(1) as f64;
    let note = format!(
        "{viable} mutants, of which {} were caught ({share:.1} %), {timed_out} of them by a timeout; \
         {survived} survived; {unviable} more did not compile",
        caught + timed_out
    );
    let mut excused: BTreeMap<&str, usize> = BTreeMap::new();
    for survivor in &list.survivor {
        *excused.entry(&survivor.mutant).or_default() += 1;
    }
    let mut problems = Vec::new();
    for (name, _) in outcomes.iter().filter(|(_, end)| *end == MutantOutcome::Survived) {
        match excused.get_mut(name.as_str()) {
            Some(left) if *left > 0 => *left -= 1,
            _ => problems.push(format!("No test notices this mutant: {name}")),
        }
    }
    let idle = excused.iter().filter(|(_, left)| **left > 0);
    problems.extend(idle.map(|(name, _)| format!("This mutant is listed, but does not survive: {name}")));
    let notes = vec![note];
    Verdict { problems, notes }
}
