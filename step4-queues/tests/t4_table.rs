//! Task 4.4: the list of all queues, and the table that the program prints.

use testkit::Kit;

/// Adds a job to a queue. The name may be any bytes.
fn push(kit: &Kit, name: &[u8]) {
    kit.command(&[b"SADD", b"queues".as_slice(), name]);
    let key = [b"queue:", name].concat();
    kit.command(&[b"LPUSH", key.as_slice(), b"{}"]);
}

/// Catches: a width in bytes, which moves the columns of a row with other letters than those of
/// ASCII; an empty queue without a latency.
#[test]
fn aligns_the_columns_of_the_table() {
    let kit = testkit::kit!();
    push(&kit, "ééééé".as_bytes());
    push(&kit, b"low");
    kit.command(&["SADD", "queues", "empty"]);
    let output = kit.run(&["queues"]);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let table = "\
queue  size  latency
empty     0    0.0 s
low       1    0.0 s
ééééé     1    0.0 s
";
    kit.assert_eq("the table", stdout, table);
}
