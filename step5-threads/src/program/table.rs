//! Tables for the terminal.

use std::time::{SystemTime, UNIX_EPOCH};

use sidepunch::{Client, Error};

/// Returns a table with a line for each queue: name, size, latency.
pub fn queues(client: &Client) -> Result<String, Error> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut rows = vec![["queue", "size", "latency"].map(str::to_owned)];
    for name in client.queue_names()? {
        rows.push(row(client, &name, now.as_secs_f64())?);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (name, size, latency) = (width(0), width(1), width(2));
    let line = |row: &[String; 3]| format!("{:name$}  {:>size$}  {:>latency$}", row[0], row[1], row[2]);
    Ok(rows.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// Returns the line of a queue. Any program can write to Redis, so the queue's key may have another
/// type. Then the line shows the code of Redis's error, and the other queues are still shown.
fn row(client: &Client, name: &[u8], now: f64) -> Result<[String; 3], Error> {
    let unreadable = |name: String, why: &str| Ok([name, "?".to_owned(), why.to_owned()]);
    let Ok(text) = str::from_utf8(name) else {
        return unreadable(name.escape_ascii().to_string(), "not UTF-8");
    };
    let queue = client.queue(text);
    // Any client may have chosen the name, so characters that disturb a terminal are escaped.
    let name = text.escape_debug().to_string();
    match queue.size().and_then(|size| Ok((size, queue.latency(now)?))) {
        Ok((size, latency)) => Ok([name, size.to_string(), format!("{latency:.1} s")]),
        Err(Error::Refused { reason, .. }) => unreadable(name, reason.code().unwrap_or("refused")),
        Err(error) => Err(error),
    }
}

/// Returns a table with a line for each number, and a line for the keys that cannot be read.
pub fn stats(client: &Client) -> Result<String, Error> {
    let stats = client.stats()?;
    let rows = [
        ("processed", stats.processed),
        ("failed", stats.failed),
        ("busy", stats.busy),
        ("enqueued", stats.enqueued),
        ("retries", stats.retries),
        ("scheduled", stats.scheduled),
        ("dead", stats.dead),
        ("processes", stats.processes),
    ];
    let mut lines = rows.map(|(name, count)| format!("{name:9}  {count:>9}")).to_vec();
    if !stats.unreadable.is_empty() {
        lines.push(format!("cannot be read: {}", stats.unreadable.join(", ")));
    }
    Ok(lines.join("\n"))
}
