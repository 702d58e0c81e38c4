//! A test of step 1 that the program of step 3 includes.

#[test]
#[ignore = "fails on purpose"]
fn fails() {
    let kit = testkit::Kit::new(testkit::About {
        package: "step3-retries",
        program: None,
        ..testkit::about!()
    });
    kit.fail("the queue is known");
}
