//! Task 4.1: reading what `-q` says. Nothing here needs Redis.

use sidepunch::{Error, Order};

/// Kills: the default queue beside those that are asked for, an order that is sorted, a name that is trimmed or encoded.
#[test]
fn keeps_names_as_they_are_given() {
    let kit = testkit::kit!();
    for names in [vec!["b", "a"], vec!["a.b", "with space", " é 日本", "q:x", "-1", "3"]] {
        match Order::parse(&names) {
            Ok(order) => kit.assert_eq("the names, in their order", order.names(), names),
            Err(error) => kit.fail(&format!("{names:?} are queues, and were refused: {error}")),
        }
    }
}

/// Kills: a weight that is part of the name, a mixture that is refused.
#[test]
fn reads_the_weight_after_the_last_comma() {
    let kit = testkit::kit!();
    for (specs, expected) in [
        (vec!["critical,3", "default"], vec!["critical", "default"]),
        (vec!["default", "critical,1000"], vec!["default", "critical"]),
        (vec!["a,1", "b,1"], vec!["a", "b"]),
        (vec!["1,1", " ,2"], vec!["1", " "]),
    ] {
        match Order::parse(&specs) {
            Ok(order) => kit.assert_eq(&format!("the names in {specs:?}"), order.names(), expected),
            Err(error) => kit.fail(&format!("{specs:?} are queues, and were refused: {error}")),
        }
    }
}

/// The draw finds each weight beside its name. Kills: a weight that is checked and then forgotten, a queue without one that
/// counts 0, one that is read as octal or refused, an order that is not weighted because only one queue has a weight, or because all weights are 1.
#[test]
fn keeps_each_weight_with_its_name() {
    let kit = testkit::kit!();
    for (specs, weights) in [
        (vec!["critical,3", "default"], vec![3, 1]),
        (vec!["default", "critical,1000"], vec![1, 1_000]),
        (vec!["bond,007", "b"], vec![7, 1]),
        (vec!["a,1", "b"], vec![1, 1]),
        (
            vec!["a", "A", "b", "c", "d", "e", "f", "g,300"],
            vec![1, 1, 1, 1, 1, 1, 1, 300],
        ),
        (vec!["a,1", "b,1"], vec![1, 1]),
    ] {
        match Order::parse(&specs) {
            Ok(order) => {
                let got: Vec<u32> = order.queues.iter().map(|(_, weight)| *weight).collect();
                kit.assert_eq(&format!("the weights in {specs:?}"), got, weights);
                kit.assert(&format!("{specs:?} is weighted"), order.weighted);
            }
            Err(error) => kit.fail(&format!("{specs:?} are queues, and were refused: {error}")),
        }
    }
    match Order::parse(&["a", "b"]) {
        Ok(order) => kit.assert("without a weight the order is strict", !order.weighted),
        Err(error) => kit.fail(&format!("a and b are queues, and were refused: {error}")),
    }
}

/// A typing error must not become a queue that nobody pushes to. Kills: a weight that is guessed, what stands behind a
/// second comma and is ignored, a name that comes twice and counts double, ASCII's control characters alone, a message that
/// does not name the culprit.
#[test]
fn rejects_invalid_queue_options() {
    let kit = testkit::kit!();
    for (specs, culprit) in [
        (vec![""], ""),
        (vec!["a", ""], ""),
        (vec![",3"], ",3"),
        (vec!["a,"], "a,"),
        (vec!["a,0"], "a,0"),
        (vec!["a,-1"], "a,-1"),
        (vec!["a,+1"], "a,+1"),
        (vec!["a, 1"], "a, 1"),
        (vec!["a,1.5"], "a,1.5"),
        (vec!["a,1001"], "a,1001"),
        (vec!["a,99999999999999999999"], "a,99999999999999999999"),
        (vec!["a,b"], "a,b"),
        (vec!["a,b,3"], "a,b,3"),
        (vec!["a,3,5"], "a,3,5"),
        (vec!["a\n"], "a\n"),
        (vec!["a\u{7f}b,2"], "a\u{7f}b,2"),
        (vec!["a\u{9b}2J"], "a\u{9b}2J"),
        (vec!["a", "b", "a"], "a"),
        (vec!["a", "a,3"], "a,3"),
    ] {
        match Order::parse(&specs) {
            Err(error @ Error::InvalidQueueSpec(..)) => kit.assert(
                &format!("the message names {culprit:?}: {error}"),
                error.to_string().contains(culprit),
            ),
            other => kit.fail(&format!("{specs:?} is Error::InvalidQueueSpec, got {other:?}")),
        }
    }
}

/// Kills: a worker that starts without one of its queues; an exit code that says "it did not work" for "you called me
/// wrongly".
#[test]
fn work_rejects_an_invalid_queue_option() {
    let kit = testkit::kit!();
    for specs in [
        vec!["-q", "critical,0"],
        vec!["-q", "critical,3", "-q", "critical"],
        vec!["-q", "low", "-q="],
    ] {
        let output = kit.run(&[vec!["work"], specs.clone()].concat());
        kit.assert_eq(
            &format!("work {specs:?} ends with exit code 2"),
            output.status.code(),
            Some(2),
        );
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        kit.assert(
            &format!("and with a sentence: {stderr}"),
            stderr.contains("NAME,WEIGHT"),
        );
    }
}
