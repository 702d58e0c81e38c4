//! The baseline: threads that pop jobs and discard them.

use std::thread;
use std::time::Duration;

use crate::load::{BY_URGENCY, Load, THREADS};
use crate::tally::Tally;

/// The arguments of a job whose latency or duration counts. Other payloads are not parsed.
#[derive(serde::Deserialize)]
struct Args {
    args: (u64,),
}

/// The end of the key of the urgent queue.
const URGENT: &[u8] = BY_URGENCY[0].as_bytes();

/// Pops jobs until the process ends.
pub fn run(url: &str, queues: &[&str], tally: &Tally, load: Load) -> Result<(), String> {
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| pop(url, queues, tally, load).unwrap_or_else(|error| eprintln!("error: {error}")));
        }
    });
    Err("all threads have ended".to_owned())
}

fn pop(url: &str, queues: &[&str], tally: &Tally, load: Load) -> redis::RedisResult<()> {
    let mut connection = redis::Client::open(url)?.get_connection()?;
    let mut pop = redis::cmd("BRPOP");
    for queue in queues {
        pop.arg(format!("queue:{queue}"));
    }
    pop.arg(0.5);
    loop {
        let popped: Option<(Vec<u8>, Vec<u8>)> = pop.query(&mut connection)?;
        let Some((queue, payload)) = popped else { continue };
        if load == Load::Noop || load == Load::Urgent && !queue.ends_with(URGENT) {
            tally.noop_done();
            continue;
        }
        let Ok(Args { args: (number,) }) = serde_json::from_slice(&payload) else {
            continue;
        };
        match load {
            Load::Sleep => {
                thread::sleep(Duration::from_millis(number));
                tally.done();
            }
            _ => tally.done_since(number),
        }
    }
}
