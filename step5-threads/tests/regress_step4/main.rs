//! What step 4 taught still holds: its tests, but for those of `Fetch`, whose place the claims have taken.

mod draw;
mod look;
mod parse;
mod program;
mod server;

use step5_threads::Order;

/// The queues that `-q` would name so, without asking `Order::parse`: that is another task.
fn order(specs: &[&str]) -> Order {
    let queue = |spec: &&str| match spec.rsplit_once(',') {
        Some((name, weight)) => (name.to_owned(), weight.parse().expect("a weight")),
        None => ((*spec).to_owned(), 1),
    };
    Order {
        queues: specs.iter().map(queue).collect(),
        weighted: specs.iter().any(|spec| spec.contains(',')),
    }
}
