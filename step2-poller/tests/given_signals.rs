//! Given: the help of the program about its signals and variables.

/// Catches: signals that can only be found in the source.
#[test]
fn help_lists_the_signals() {
    let kit = testkit::kit!();
    let output = kit.run(&["work", "--help"]);
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    for signal in ["TERM", "INT", "HUP", "TTIN", "TTOU", "USR1", "USR2"] {
        kit.assert(&format!("`work --help` names {signal}: {help}"), help.contains(signal));
    }
}

/// Catches: a variable that `work` does not read, or that can only be found in the source.
#[test]
fn help_names_the_variable_of_the_api() {
    let kit = testkit::kit!();
    let output = kit.run(&["work", "--help"]);
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    kit.assert(
        &format!("`work --help` names COUNTERS_API: {help}"),
        help.contains("[env: COUNTERS_API"),
    );
}
