//! A test of step 1 that the program of step 3 includes.

#[test]
#[ignore = "fails on purpose"]
fn fails() {
    let kit = testkit::Kit::new(testkit::TestInfo {
        package: "step3-retries",
        program: None,
        ..testkit::test_info!()
    });
    kit.fail("the queue is known");
}
