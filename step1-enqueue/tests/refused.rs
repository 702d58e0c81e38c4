//! A command line that the program rejects.

/// Runs the program, and checks that it rejects these arguments: the exit code is 2, the message
/// contains `named`, and nothing is written to Redis.
pub fn refused(args: &[&str], named: &str) {
    let kit = testkit::kit!();
    let output = kit.run(args);
    kit.assert_eq(
        &format!("{args:?} is rejected with exit code 2"),
        output.status.code(),
        Some(2),
    );
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    kit.assert(
        &format!("the message contains {named:?}: {stderr}"),
        stderr.contains(named),
    );
    kit.assert("nothing is printed to stdout", output.stdout.is_empty());
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
}
