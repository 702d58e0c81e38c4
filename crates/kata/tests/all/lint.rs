//! Reading the output of clippy and rustdoc, and the program that runs them.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use kata::Repo;
use kata::verify::Scope;
use kata::verify::lint::diagnostics;

use crate::Folder;

fn message(level: &str, spans: &str, rendered: &str) -> String {
    format!(
        r#"{{"reason":"compiler-message","message":{{"level":"{level}","spans":[{spans}],"rendered":"{rendered}"}}}}"#
    )
}

#[test]
fn returns_each_warning_and_error_once() {
    let artifact = r#"{"reason":"compiler-artifact","fresh":true}"#;
    let warning = message("warning", "{}", "warning: unused variable");
    let count = message("warning", "", "warning: 1 warning emitted");
    let error = message("error", "{}", "error: mismatched types");
    let note = message("note", "{}", "note: for your information");
    let messages = [artifact, &warning, &warning, &count, &error, &note, "not JSON"].join("\n");
    assert_eq!(
        diagnostics(&messages),
        ["warning: unused variable", "error: mismatched types"]
    );
}

#[test]
fn shows_ten_and_the_number_of_the_others() {
    let messages: Vec<_> = (0..12)
        .map(|number| message("warning", "{}", &number.to_string()))
        .collect();
    let found = diagnostics(&messages.join("\n"));
    assert_eq!((found.len(), found[10].as_str()), (11, "… and 2 more"));
}

/// Catches: a copy that is compared with the whole program for each command.
#[test]
fn copies_the_linter_once_a_run() {
    let folder = Folder::repository("linter");
    let repo = Repo::around(&folder.0).unwrap();
    let scope = || Scope::new(&repo, None, false).unwrap();
    let copy = |scope: &Scope| {
        let cargo = scope.with_lints(Command::new("cargo")).unwrap();
        let mut variables = cargo.get_envs();
        let linter = variables.find(|(name, _)| *name == OsStr::new("RUSTC_WORKSPACE_WRAPPER"));
        PathBuf::from(linter.unwrap().1.unwrap())
    };
    let program = fs::read(std::env::current_exe().unwrap()).unwrap();
    let first = scope();
    let path = copy(&first);
    assert!(fs::read(&path).unwrap() == program, "it is this program");
    fs::write(&path, "outdated").unwrap();
    assert_eq!(copy(&first), path);
    assert_eq!(fs::read_to_string(&path).unwrap(), "outdated", "compared a second time");
    copy(&scope());
    assert!(fs::read(&path).unwrap() == program, "the next run compares again");
}
