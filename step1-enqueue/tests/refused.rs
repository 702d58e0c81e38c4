//! A command line that the program refuses.

/// Runs the program, and checks that it refuses these arguments: a message that names one, exit code 2, nothing written.
pub fn refused(args: &[&str], named: &str) {
    let kit = testkit::kit!();
    let output = kit.run(args);
    kit.assert_eq(
        &format!("{args:?} is refused with exit code 2"),
        output.status.code(),
        Some(2),
    );
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    kit.assert(
        &format!("the message names {named:?}: {stderr}"),
        stderr.contains(named),
    );
    kit.assert("nothing is printed to stdout", output.stdout.is_empty());
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
}
