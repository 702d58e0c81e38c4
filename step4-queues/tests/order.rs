//! An order of queues, for tests of a server.

use sidepunch::Order;

/// Returns the order that `-q` would give. It does not call `Order::parse`, because that is another
/// task.
pub fn order(specs: &[&str]) -> Order {
    let queue = |spec: &&str| match spec.rsplit_once(',') {
        Some((name, weight)) => (name.to_owned(), weight.parse().expect("a weight")),
        None => ((*spec).to_owned(), 1),
    };
    Order {
        queues: specs.iter().map(queue).collect(),
        weighted: specs.iter().any(|spec| spec.contains(',')),
    }
}
