//! Task 4.1: reading the option `-q`. No test here needs Redis.

use std::collections::HashSet;

use sidepunch::{Error, Order};

/// Catches: the queue `default` in addition to the given ones; an order that is sorted; a name that
/// is trimmed, encoded or written in lower case; a character that is rejected because it is
/// invisible; a panic if no queue is given.
#[test]
fn keeps_names_as_they_are_given() {
    let kit = testkit::kit!();
    for names in [
        vec!["b", "a"],
        vec!["a.b", "Mailers", "with space", " é 日本", "q:x", "-1", "3", "queue:x"],
        vec!["a\u{a0}b", "\u{200b}", "\u{202e}c"],
    ] {
        match Order::parse(&names) {
            Ok(order) => kit.assert_eq("the names, in their order", order.names(), names),
            Err(error) => kit.fail(&format!("{names:?} are valid queues, but were rejected: {error}")),
        }
    }
    let none = Order::parse(&[""; 0]);
    kit.assert_eq("without names, the default order", none.ok(), Some(Order::default()));
}

/// Catches: a weight that becomes part of the name; a mixture of queues with and without weights
/// that is rejected.
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
            Err(error) => kit.fail(&format!("{specs:?} are valid queues, but were rejected: {error}")),
        }
    }
}

/// The shuffle finds each weight with its name. Catches: a weight that is checked and then dropped;
/// a queue without a weight that counts 0; a weight that is read as octal or rejected; an order
/// that is not weighted, because only one queue has a weight, or because all weights are 1.
#[test]
fn keeps_each_weight_with_its_name() {
    let kit = testkit::kit!();
    for (specs, weights) in [
        (vec!["critical,3", "default"], vec![3, 1]),
        (vec!["default", "critical,1000"], vec![1, 1_000]),
        (vec!["bond,007", "b"], vec![7, 1]),
        (vec!["a,0000000003", "b"], vec![3, 1]),
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
            Err(error) => kit.fail(&format!("{specs:?} are valid queues, but were rejected: {error}")),
        }
    }
    match Order::parse(&["a", "b"]) {
        Ok(order) => kit.assert("without a weight the order is strict", !order.weighted),
        Err(error) => kit.fail(&format!("a and b are valid queues, but were rejected: {error}")),
    }
}

/// A typing error must not become a queue to which no client pushes. Catches: a weight that is
/// guessed; text after a second comma that is ignored; a name that is given twice and counts
/// double; a check of ASCII's control characters alone; an error that does not hold the rejected
/// option, or also others.
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
            Err(Error::InvalidQueueSpec(spec, _)) => {
                kit.assert_eq(
                    &format!("the error of {specs:?} holds the option"),
                    spec.as_str(),
                    culprit,
                );
            }
            other => kit.fail(&format!("{specs:?} leads to Error::InvalidQueueSpec, got {other:?}")),
        }
    }
}

/// The form that is shown to the reader does not say which part of it is wrong. Catches: the same
/// reason for each mistake.
#[test]
fn gives_a_reason_for_each_kind_of_mistake() {
    let kit = testkit::kit!();
    let reason = |specs: &[&str]| match Order::parse(specs) {
        Err(Error::InvalidQueueSpec(_, reason)) => reason,
        other => kit.fail(&format!("{specs:?} leads to Error::InvalidQueueSpec, got {other:?}")),
    };
    let reasons = [reason(&["a,0"]), reason(&[""]), reason(&["a", "a"])];
    kit.assert(
        &format!("a wrong weight, a wrong name and a second mention have different reasons: {reasons:?}"),
        HashSet::from(reasons).len() == 3,
    );
}

/// Catches: an error that is ignored; another exit code; a message that does not show the correct
/// form.
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
            &format!("the message shows the correct form: {stderr}"),
            stderr.contains("NAME,WEIGHT"),
        );
    }
}
