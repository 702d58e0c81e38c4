//! Enqueues jobs that do not change a counter: quick, slow and failing ones. The steps' programs
//! have their workers.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::{Command, send, unknown_action};
use crate::web::actions::app::App;
use crate::web::actions::success::Success;
use crate::web::number::thousands;
use crate::web::reply::{self, Problem};

/// How many jobs the large button enqueues.
pub const MANY: usize = 1_000;

/// A button that enqueues jobs.
pub struct Button {
    /// Its name in the address.
    pub word: &'static str,
    /// Its label.
    pub label: &'static str,
    /// The first step whose worker survives it.
    pub step: u8,
}

impl Button {
    /// All buttons, in the order of the page.
    pub const ALL: [Button; 5] = [
        Button::new("one", "1 job", 1),
        Button::new("many", "1,000 jobs", 1),
        Button::new("slow", "a slow one", 1),
        Button::new("failing", "a failing one", 1),
        // In step 2 a panic ends the worker process.
        Button::new("panicking", "a panicking one", 3),
    ];

    const fn new(word: &'static str, label: &'static str, step: u8) -> Button {
        Button { word, label, step }
    }
}

/// The queue that every step's worker fetches from.
const QUEUE: &str = "default";

struct JobSpec {
    class: &'static str,
    args: Value,
    count: usize,
    sentence: String,
}

impl JobSpec {
    fn of(word: &str) -> Option<JobSpec> {
        let sleeping = |count, ms: u64, sentence| JobSpec {
            class: "SlowWorker",
            args: json!([ms]),
            count,
            sentence,
        };
        match word {
            "one" => Some(sleeping(1, 500, "1 job enqueued: it takes half a second.".to_owned())),
            "many" => Some(sleeping(
                MANY,
                20,
                format!("{} jobs enqueued, of 20 ms each.", thousands(MANY)),
            )),
            "slow" => Some(sleeping(
                1,
                15_000,
                "A slow job enqueued: it takes 15 seconds.".to_owned(),
            )),
            "failing" => Some(JobSpec {
                class: "FailWorker",
                args: json!(["on purpose"]),
                count: 1,
                sentence: "A job enqueued that always fails.".to_owned(),
            }),
            "panicking" => Some(JobSpec {
                class: "PanicWorker",
                args: json!(["a bug"]),
                count: 1,
                sentence: "A job enqueued that panics; the worker must survive it.".to_owned(),
            }),
            _ => None,
        }
    }

    fn payload(&self) -> String {
        let now = lookout::now();
        let jid = format!("{:024x}", rand::random::<u128>() >> 32);
        let job = json!({
            "class": self.class, "args": self.args, "jid": jid, "queue": QUEUE, "retry": true, "created_at": now,
            "enqueued_at": now,
        });
        job.to_string()
    }
}

/// Handles the buttons.
pub async fn push(State(app): State<App>, Path(word): Path<String>, headers: HeaderMap) -> Response {
    let outcome = enqueue(&app, &word).await;
    reply::respond(outcome, &headers, &app).await
}

async fn enqueue(app: &App, word: &str) -> Result<Success, Problem> {
    let spec = JobSpec::of(word).ok_or_else(unknown_action)?;
    let payloads: Vec<String> = (0..spec.count).map(|_| spec.payload()).collect();
    let key = format!("queue:{QUEUE}");
    let words = [b"LPUSH", key.as_bytes()].into_iter();
    let commands = vec![
        Command::new([&b"SADD"[..], b"queues", QUEUE.as_bytes()]),
        Command::new(words.chain(payloads.iter().map(String::as_bytes))),
    ];
    let displayed = commands.iter().map(Command::displayed).collect();
    send(app, commands).await?;
    Ok(Success::Acted {
        sentence: spec.sentence,
        commands: displayed,
    })
}
