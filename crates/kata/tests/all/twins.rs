use kata::system::files::Files;
use kata::verify::{stubs, twins};
use toml::Table;

use crate::has;

fn table(text: &str) -> Table {
    text.parse().unwrap()
}

/// The manifest of the solution leads to the tests of the starter. Any other difference is a
/// problem.
#[test]
fn accepts_manifests_that_differ_only_in_test_paths() {
    let yours = "[[test]]\nname = \"all\"\npath = \"tests/main.rs\"\n";
    let ours = yours.replace("tests/main.rs", "../../step1-enqueue/tests/main.rs");
    assert_eq!(twins::manifests(yours, &ours, "step1-enqueue"), Vec::<String>::new());
    let other = ours.replace("name = \"all\"", "name = \"some\"");
    assert_eq!(
        twins::manifests(yours, &other, "step1-enqueue"),
        [r#"Cargo.toml, line 2: step1-enqueue has "name = \"all\"", its solution has "name = \"some\"""#]
    );
}

const ROOT: &str = "[workspace.package]\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace.lints.rust]\nunsafe_code = \"forbid\"\n\
                    [workspace.dependencies]\nrand = \"0.10\"\nsnapbox = \"1.2\"\ntestkit = { path = \"crates/testkit\" }\n";

fn solutions() -> String {
    ROOT.replace("0.1.0", "0.1.0-solution")
        .replace("crates/", "../crates/")
        .replace("snapbox = \"1.2\"\n", "")
}

/// The root may have more dependencies, for its tests. The versions differ, and the paths lead to
/// the same crates.
#[test]
fn accepts_workspaces_that_agree() {
    assert_eq!(twins::roots(&table(ROOT), &table(&solutions())), Vec::<String>::new());
}

/// Each possible difference between the workspaces.
#[test]
fn reports_workspaces_that_disagree() {
    let reports = |ours: &str, expected: &str| {
        has(&twins::roots(&table(ROOT), &table(ours)).join("\n"), &[expected]);
    };
    let same = "cargo mistakes the builds of one for those of the other";
    reports(&ROOT.replace("crates/", "../crates/"), same);
    reports(&solutions().replace("2024", "2021"), "in more than the version");
    reports(&solutions().replace("forbid", "warn"), "[workspace.lints] differs");
    reports(&solutions().replace("0.10\"\n", "0.9\"\n"), "dependency rand");
    reports(&(solutions() + "\n[profile.dev]\ndebug = false\n"), "[profile] differs");
}

/// A package that both workspaces use must have the same version, so that they are built from the
/// same sources. Our own packages do not have a source.
#[test]
fn compares_locked_versions() {
    let lock = |rand: &str, own: &str| {
        let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
        table(&format!(
            "[[package]]\nname = \"rand\"\nversion = \"{rand}\"\n{registry}\n[[package]]\nname = \"kata\"\nversion = \"{own}\"\n"
        ))
    };
    assert_eq!(
        twins::locks(&lock("0.10.1", "0.1.0"), &lock("0.10.1", "0.1.0-solution")),
        Vec::<String>::new()
    );
    let problems = twins::locks(&lock("0.10.1", "0.1.0"), &lock("0.10.2", "0.1.0"));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("rand is locked at"), "{problems:?}");
}

/// A starter may silence a warning only if the solution does the same.
#[test]
fn finds_silenced_warnings() {
    let file = |text: &str| Files::from([("src/lib.rs".to_owned(), text.to_owned())]);
    let solution = file("#[allow(clippy::new_ret_no_self)]\nfn push(job: Job) { let _guard: Guard = x::_y(); }\n");
    assert_eq!(stubs::hidden(&solution, &solution), Vec::<String>::new());
    assert_eq!(
        stubs::hidden(
            &file("// #[allow(dead_code)] and _name: are a comment's\nfn push(job: Job) {}\n"),
            &solution
        ),
        Vec::<String>::new()
    );
    let problems = stubs::hidden(&file("#[allow(dead_code)]\nfn push(_job: Job) {}\n"), &solution);
    assert_eq!(problems.len(), 2, "{problems:?}");
}
