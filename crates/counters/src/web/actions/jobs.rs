//! Moves or deletes a job of the retry set, the schedule or the dead set, as Sidekiq's Web UI does.

use axum::extract::{Path, State};

use crate::web::actions::app::App;
use crate::web::actions::command::Command;
use crate::web::actions::outcome::{Problem, Success};
use crate::web::actions::requeue::requeued;

/// Handles the buttons.
pub async fn job(
    State(app): State<App>,
    Path((set, id, action)): Path<(String, String, String)>,
) -> Result<Success, Problem> {
    let snapshot = app.live.snapshot().await;
    let members = match &*set {
        "retry" => &snapshot.retry.members,
        "schedule" => &snapshot.schedule.members,
        "dead" => &snapshot.dead.members,
        _ => return Err(Problem::unknown_action()),
    };
    let job = members.iter().map(|member| &member.job).find(|job| job.id() == id);
    let job = job.ok_or_else(|| Problem::not_there("This job"))?;
    // The job is removed by its exact bytes. It is added elsewhere only if it was removed, because
    // it may have become due at this moment.
    let mut commands = vec![Command::new([&b"ZREM"[..], set.as_bytes(), &job.payload])];
    let (queue, now) = (job.queue.as_deref().unwrap_or("default"), lookout::now());
    let sentence = match &*action {
        "now" => {
            let (key, job) = (format!("queue:{queue}"), requeued(&job.payload, now));
            commands.push(Command::new([&b"LPUSH"[..], key.as_bytes(), &job]).if_changed());
            commands.push(Command::new([&b"SADD"[..], b"queues", queue.as_bytes()]).if_changed());
            format!("The job was moved to the queue “{queue}”.")
        }
        "kill" => {
            let now = now.to_string();
            commands.push(Command::new([&b"ZADD"[..], b"dead", now.as_bytes(), &job.payload]).if_changed());
            "The job is dead: nothing happens to it unless you revive it.".to_owned()
        }
        "delete" => "The job is gone for good.".to_owned(),
        _ => return Err(Problem::unknown_action()),
    };
    let (changed, success) = app.send(commands, sentence).await?;
    match changed.first() {
        Some(0) => Err(Problem::not_there("This job")),
        _ => Ok(success),
    }
}
