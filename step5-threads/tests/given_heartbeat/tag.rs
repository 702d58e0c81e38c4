//! The tag and the labels of a process, which Sidekiq's Web UI shows beside it.

use serde_json::{Value, json};
use sidepunch::Config;
use testkit::Kit;

use super::common::field;
use crate::server::{identity, quick, start};
use crate::support::work;

/// Returns the tag and the labels that the process reports.
fn reported(kit: &Kit) -> (Value, Value) {
    let info: Value = serde_json::from_str(&field(kit, &identity(kit), "info")).unwrap_or_default();
    (info["tag"].clone(), info["labels"].clone())
}

/// Catches: a setting that is not reported; labels that are one text, or in another order; a
/// `null`, on which Sidekiq's page would fail.
#[test]
fn reports_the_tag_and_the_labels() {
    let kit = testkit::kit!();
    let labels = ["b", "é \"a\""].map(str::to_owned).to_vec();
    let config = Config {
        tag: "my app".to_owned(),
        labels,
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    kit.assert_eq(
        "both are as they were set",
        reported(&kit),
        (json!("my app"), json!(["b", "é \"a\""])),
    );
    running.stop();
    let running = start(&kit, quick(kit.url()));
    kit.assert_eq("both are empty by default", reported(&kit), (json!(""), json!([])));
    running.stop();
}

/// Catches: an option that the program does not pass on, or that can be given only once.
#[test]
fn sets_the_tag_and_the_labels_by_options() {
    let kit = testkit::kit!();
    let program = work(&kit, &["--tag", "my app", "--label", "b", "--label", "a"]);
    kit.assert_eq(
        "both are reported",
        reported(&kit),
        (json!("my app"), json!(["b", "a"])),
    );
    program.terminate();
    program.wait("the program ends after TERM");
    kit.eventually("the process is gone", || {
        kit.query::<usize>(&["SCARD", "processes"]) == 0
    });
    let program = work(&kit, &[]);
    kit.assert_eq("both are empty by default", reported(&kit), (json!(""), json!([])));
    drop(program);
}
