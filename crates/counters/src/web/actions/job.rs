//! Moves or deletes a job of the retry set, the schedule or the dead set, as Sidekiq's Web UI does.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use lookout::Job;

use super::{Command, not_there, requeue, send, unknown_action};
use crate::web::actions::app::App;
use crate::web::actions::success::Success;
use crate::web::live::sampler::Sample;
use crate::web::reply::{self, Problem};

/// Handles the buttons.
pub async fn job(
    State(app): State<App>,
    Path((set, id, action)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let outcome = run(&app, &set, &id, &action).await;
    reply::respond(outcome, &headers, &app).await
}

async fn run(app: &App, set: &str, id: &str, action: &str) -> Result<Success, Problem> {
    let sample = app.live.fresh().await.redis_state.value.unwrap_or_default();
    let job = find(&sample, set, id)?.ok_or_else(|| not_there("This job"))?;
    let payload: Arc<[u8]> = job.payload.clone();
    // The job is removed by its exact bytes. It is added elsewhere only if it was removed, because
    // it may have become due at this moment.
    let remove = Command::new([&b"ZREM"[..], set.as_bytes(), &payload]);
    let (queue, now) = (job.queue.as_deref().unwrap_or("default"), lookout::now());
    let (put, sentence) = match action {
        "now" => {
            let (key, job) = (format!("queue:{queue}"), requeue::requeued(&payload, now));
            let push = Command::new([&b"LPUSH"[..], key.as_bytes(), &job]).if_changed();
            let name = Command::new([&b"SADD"[..], b"queues", queue.as_bytes()]).if_changed();
            (vec![push, name], format!("The job was moved to the queue “{queue}”."))
        }
        "kill" => {
            let move_to_dead = Command::new([&b"ZADD"[..], b"dead", now.to_string().as_bytes(), &payload]).if_changed();
            let sentence = "The job is dead: nothing happens to it unless you revive it.";
            (vec![move_to_dead], sentence.to_owned())
        }
        "delete" => (Vec::new(), "The job is gone for good.".to_owned()),
        _ => return Err(unknown_action()),
    };
    let commands = [vec![remove], put].concat();
    let displayed = commands.iter().map(Command::displayed).collect();
    let changed = send(app, commands).await?;
    if changed.first() == Some(&0) {
        return Err(not_there("This job"));
    }
    Ok(Success::Acted {
        sentence,
        commands: displayed,
    })
}

fn find<'a>(sample: &'a Sample, set: &str, id: &str) -> Result<Option<&'a Job>, Problem> {
    let seen = &sample.snapshot;
    let set = match set {
        "retry" => &seen.retry,
        "schedule" => &seen.schedule,
        "dead" => &seen.dead,
        _ => return Err(unknown_action()),
    };
    Ok(set.members.iter().map(|member| &member.job).find(|job| job.id() == id))
}
