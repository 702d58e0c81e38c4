//! Enqueues the jobs of a [`Button`].

use axum::extract::{Path, State};
use serde_json::{Value, json};

use crate::web::actions::app::App;
use crate::web::actions::command::Command;
use crate::web::actions::outcome::{Problem, Success};
use crate::web::buttons::{BUTTONS, Button};

/// The queue that every step's program fetches from.
const QUEUE: &str = "default";

/// Handles the buttons.
pub async fn push(State(app): State<App>, Path(word): Path<String>) -> Result<Success, Problem> {
    let button = BUTTONS.iter().find(|button| button.word == word);
    let button = button.ok_or_else(Problem::unknown_action)?;
    let payloads: Vec<String> = (0..button.count).map(|_| payload(button)).collect();
    let key = format!("queue:{QUEUE}");
    let words = [b"LPUSH", key.as_bytes()].into_iter();
    let commands = vec![
        Command::new([&b"SADD"[..], b"queues", QUEUE.as_bytes()]),
        Command::new(words.chain(payloads.iter().map(String::as_bytes))),
    ];
    let (_, success) = app.send(commands, button.sentence).await?;
    Ok(success)
}

fn payload(button: &Button) -> String {
    let now = lookout::now();
    let jid = format!("{:024x}", rand::random::<u128>() >> 32);
    let args: Value = serde_json::from_str(button.args).unwrap_or_default();
    let job = json!({
        "class": button.class, "args": args, "jid": jid, "queue": QUEUE, "retry": true, "created_at": now,
        "enqueued_at": now,
    });
    job.to_string()
}
