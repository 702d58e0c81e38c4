//! Task 4.2: the order in which the queues are checked, for each fetch. No test here needs Redis.

use std::collections::HashMap;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use sidepunch::Order;
use testkit::Kit;

use crate::support::order;

const SHUFFLES: u32 = 20_000;
/// How far a share may be from its probability. With 20,000 shuffles the standard deviation of a
/// share is at most 0.0036, so this is more than five of them: with correct code, one seed in a
/// million would fail, and the seed is fixed.
const TOLERANCE: f64 = 0.02;

/// Returns how often each order occurs, as a share of all shuffles.
fn shares(order: &Order, seed: u64) -> HashMap<Vec<&str>, f64> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut shares = HashMap::new();
    for _ in 0..SHUFFLES {
        *shares.entry(order.shuffled(|| random.random())).or_default() += 1.0 / f64::from(SHUFFLES);
    }
    shares
}

fn first(shares: &HashMap<Vec<&str>, f64>, name: &str) -> f64 {
    let matching = shares.iter().filter(|(names, _)| names.first() == Some(&name));
    matching.map(|(_, share)| share).sum()
}

fn near(kit: &Kit, sentence: &str, got: f64, expected: f64) {
    kit.assert(
        &format!("{sentence}: {expected:.3} ± {TOLERANCE}; got {got:.3}"),
        (got - expected).abs() <= TOLERANCE,
    );
}

/// Invariant 1. Catches: a shuffle although no weight was given.
#[test]
fn keeps_the_strict_order_without_weights() {
    let kit = testkit::kit!();
    let order = order(&["c", "a", "b"]);
    for seed in 0..100 {
        let mut random = SmallRng::seed_from_u64(seed);
        kit.assert_eq(
            "the order is the given one",
            order.shuffled(|| random.random()),
            vec!["c", "a", "b"],
        );
    }
}

/// Invariant 2. Catches: one queue instead of all; a queue as often as its weight.
#[test]
fn returns_every_queue_once() {
    let kit = testkit::kit!();
    let order = order(&["a,1000", "b,2", "c"]);
    for names in shares(&order, 7).into_keys() {
        let mut sorted = names.clone();
        sorted.sort_unstable();
        kit.assert_eq(
            &format!("{names:?} contains each queue once"),
            sorted,
            vec!["a", "b", "c"],
        );
    }
}

/// Catches: equal chances; queues that are sorted by weight instead of shuffled; the inverse
/// weight; a queue without a weight, or with a small one, that is never first; random numbers that
/// are rounded, so that large weights make them equal.
#[test]
fn puts_queues_first_in_proportion_to_their_weights() {
    let kit = testkit::kit!();
    for (specs, expected) in [
        (vec!["a,3", "b,1"], vec![("a", 0.75), ("b", 0.25)]),
        (vec!["b", "a,3"], vec![("a", 0.75), ("b", 0.25)]),
        (vec!["a,6", "b,3", "c,1"], vec![("a", 0.6), ("b", 0.3), ("c", 0.1)]),
        (vec!["b,250", "a,750"], vec![("a", 0.75), ("b", 0.25)]),
        (
            vec!["a,1000", "b"],
            vec![("a", 1_000.0 / 1_001.0), ("b", 1.0 / 1_001.0)],
        ),
    ] {
        let order = order(&specs);
        let shares = shares(&order, 42);
        for (name, share) in expected {
            near(
                &kit,
                &format!("the share of shuffles in which {name} comes first of {specs:?}"),
                first(&shares, name),
                share,
            );
            kit.assert(
                &format!("{name} of {specs:?} is first sometimes"),
                first(&shares, name) > 0.0,
            );
        }
    }
}

/// A queue that is not first is second by its weight among the rest. Catches: the others in the
/// order given, or sorted.
#[test]
fn orders_the_other_queues_by_weight_too() {
    let kit = testkit::kit!();
    let order = order(&["a,6", "b,3", "c,1"]);
    let shares = shares(&order, 11);
    for (names, share) in [
        (["a", "b", "c"], 0.6 * 3.0 / 4.0),
        (["a", "c", "b"], 0.6 * 1.0 / 4.0),
        (["b", "a", "c"], 0.3 * 6.0 / 7.0),
        (["b", "c", "a"], 0.3 * 1.0 / 7.0),
        (["c", "a", "b"], 0.1 * 6.0 / 9.0),
        (["c", "b", "a"], 0.1 * 3.0 / 9.0),
    ] {
        let got = shares.get(names.as_slice()).copied().unwrap_or_default();
        near(&kit, &format!("the share of {names:?}"), got, share);
    }
}

/// If all weights are 1, no queue is preferred. Catches: a weight of 1 that is taken for none.
#[test]
fn shuffles_equal_weights_fairly() {
    let kit = testkit::kit!();
    let order = order(&["a,1", "b,1", "c,1"]);
    let shares = shares(&order, 3);
    kit.assert_eq("all six orders occur", shares.len(), 6);
    for (names, share) in shares {
        near(&kit, &format!("the share of {names:?}"), share, 1.0 / 6.0);
    }
}

/// Otherwise a test could not choose the seed. Catches: another source of random numbers; a
/// `HashMap`, whose order differs each time.
#[test]
fn returns_the_same_order_for_the_same_random_numbers() {
    let kit = testkit::kit!();
    let order = order(&["a,1", "b,1", "c,1"]);
    for seed in 0..100 {
        let orders = [seed, seed].map(|seed| {
            let mut random = SmallRng::seed_from_u64(seed);
            order.shuffled(|| random.random())
        });
        kit.assert_eq(&format!("the two orders with the seed {seed}"), &orders[0], &orders[1]);
    }
}

/// Also the smallest and the greatest one. Catches: a logarithm of 0, or shares whose sum is rounded,
/// that lose a queue; a panic in a sort.
#[test]
fn accepts_any_random_number() {
    let kit = testkit::kit!();
    for order in [order(&["a,2", "b,1", "c,1"]), order(&["a,6", "b,3", "c,1"])] {
        for number in [0.0, 0.5, 1.0 - f64::EPSILON, 1.0 - f64::EPSILON / 2.0] {
            let mut names = order.shuffled(|| number);
            names.sort_unstable();
            kit.assert_eq(
                &format!("all queues are there if all random numbers are {number}"),
                names,
                vec!["a", "b", "c"],
            );
        }
    }
}
