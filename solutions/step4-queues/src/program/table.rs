//! The table of the queues.

use std::time::{SystemTime, UNIX_EPOCH};

use sidepunch::{Client, Error};

/// Returns a table with a line for each queue: name, size, latency.
pub fn queues(client: &Client) -> Result<String, Error> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut rows = vec![["queue", "size", "latency"].map(str::to_owned)];
    for queue in client.queues()? {
        let latency = queue.latency(now.as_secs_f64())?;
        // Any client may have chosen the name, so characters that disturb a terminal are escaped.
        let name = queue.name().escape_debug().to_string();
        rows.push([name, queue.size()?.to_string(), format!("{latency:.1} s")]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (name, size, latency) = (width(0), width(1), width(2));
    let line = |row: &[String; 3]| format!("{:name$}  {:>size$}  {:>latency$}", row[0], row[1], row[2]);
    Ok(rows.iter().map(line).collect::<Vec<_>>().join("\n"))
}
