//! Task 4.2: the order in which the queues are asked, each time. Nothing here needs Redis.

use std::collections::HashMap;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use sidepunch::Order;
use testkit::Kit;

use crate::support::order;

const DRAWS: u32 = 20_000;
/// How far from its probability a share may be. Of 20,000 draws the standard deviation of a share is at most 0.0036, so this
/// is more than five of them: with right code, one seed in a million would fail, and the seed is fixed.
const TOLERANCE: f64 = 0.02;

/// How often each order is drawn, as a share of all draws.
fn shares(order: &Order, seed: u64) -> HashMap<Vec<&str>, f64> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut shares = HashMap::new();
    for _ in 0..DRAWS {
        *shares.entry(order.shuffled(|| random.random())).or_default() += 1.0 / f64::from(DRAWS);
    }
    shares
}

fn first(shares: &HashMap<Vec<&str>, f64>, name: &str) -> f64 {
    let those = shares.iter().filter(|(drawn, _)| drawn.first() == Some(&name));
    those.map(|(_, share)| share).sum()
}

fn near(kit: &Kit, sentence: &str, got: f64, expected: f64) {
    kit.assert(
        &format!("{sentence}: {expected:.3}, give or take {TOLERANCE}; got {got:.3}"),
        (got - expected).abs() <= TOLERANCE,
    );
}

/// Invariant 1. Kills: a shuffle where no weight was given.
#[test]
fn keeps_the_strict_order_without_weights() {
    let kit = testkit::kit!();
    let order = order(&["c", "a", "b"]);
    for seed in 0..100 {
        let mut random = SmallRng::seed_from_u64(seed);
        kit.assert_eq(
            "the order is as given",
            order.shuffled(|| random.random()),
            vec!["c", "a", "b"],
        );
    }
}

/// Invariant 2. Kills: one queue instead of all, a queue as often as its weight.
#[test]
fn returns_every_queue_once() {
    let kit = testkit::kit!();
    let order = order(&["a,1000", "b,2", "c"]);
    for drawn in shares(&order, 7).into_keys() {
        let mut sorted = drawn.clone();
        sorted.sort_unstable();
        kit.assert_eq(&format!("{drawn:?} has each queue once"), sorted, vec!["a", "b", "c"]);
    }
}

/// Kills: equal chances, weights that sort instead of draw, the inverse weight, a queue without a weight that never comes.
#[test]
fn puts_queues_first_in_proportion_to_their_weights() {
    let kit = testkit::kit!();
    for (specs, expected) in [
        (vec!["a,3", "b,1"], vec![("a", 0.75), ("b", 0.25)]),
        (vec!["b", "a,3"], vec![("a", 0.75), ("b", 0.25)]),
        (vec!["a,6", "b,3", "c,1"], vec![("a", 0.6), ("b", 0.3), ("c", 0.1)]),
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
                &format!("the share in which {name} comes first of {specs:?}"),
                first(&shares, name),
                share,
            );
        }
    }
}

/// A queue that did not come first is next by its weight among the rest. Kills: the others in the order given, or sorted.
#[test]
fn orders_the_other_queues_by_weight_too() {
    let kit = testkit::kit!();
    let order = order(&["a,6", "b,3", "c,1"]);
    let shares = shares(&order, 11);
    for (drawn, share) in [
        (["a", "b", "c"], 0.6 * 3.0 / 4.0),
        (["a", "c", "b"], 0.6 * 1.0 / 4.0),
        (["b", "a", "c"], 0.3 * 6.0 / 7.0),
        (["b", "c", "a"], 0.3 * 1.0 / 7.0),
        (["c", "a", "b"], 0.1 * 6.0 / 9.0),
        (["c", "b", "a"], 0.1 * 3.0 / 9.0),
    ] {
        let got = shares.get(drawn.as_slice()).copied().unwrap_or_default();
        near(&kit, &format!("the share of {drawn:?}"), got, share);
    }
}

/// All written as 1: nobody is preferred. Kills: a weight of 1 that is taken for none.
#[test]
fn shuffles_equal_weights_fairly() {
    let kit = testkit::kit!();
    let order = order(&["a,1", "b,1", "c,1"]);
    let shares = shares(&order, 3);
    kit.assert_eq("all six orders are drawn", shares.len(), 6);
    for (drawn, share) in shares {
        near(&kit, &format!("the share of {drawn:?}"), share, 1.0 / 6.0);
    }
}

/// Else no test could choose the seed. Kills: dice of its own, a `HashMap` whose order is another one each time.
#[test]
fn returns_the_same_order_for_the_same_random_numbers() {
    let kit = testkit::kit!();
    let order = order(&["a,1", "b,1", "c,1"]);
    for seed in 0..100 {
        let drawn = [seed, seed].map(|seed| {
            let mut random = SmallRng::seed_from_u64(seed);
            order.shuffled(|| random.random())
        });
        kit.assert_eq(&format!("the two draws by seed {seed}"), &drawn[0], &drawn[1]);
    }
}

/// Whatever the numbers are, even the least one. Kills: a logarithm of 0 that makes a queue vanish, a panic in a sort.
#[test]
fn accepts_any_random_number() {
    let kit = testkit::kit!();
    let order = order(&["a,2", "b,1", "c,1"]);
    for number in [0.0, 0.5, 1.0 - f64::EPSILON] {
        let mut drawn = order.shuffled(|| number);
        drawn.sort_unstable();
        kit.assert_eq(
            &format!("all queues, if all numbers are {number}"),
            drawn,
            vec!["a", "b", "c"],
        );
    }
}
