//! Deciding about a job in the retry set, the schedule or the dead set, as Sidekiq's pages do.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use lookout::Job;

use super::{Command, again, gone, send, unknown};
use crate::web::announce::Done;
use crate::web::app::App;
use crate::web::reply::{self, Problem};
use crate::web::wire::Sight;

/// Answers the buttons.
pub async fn job(
    State(app): State<App>,
    Path((set, id, deed)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let outcome = act(&app, &set, &id, &deed).await;
    reply::to_post(outcome, &headers, &app).await
}

async fn act(app: &App, set: &str, id: &str, deed: &str) -> Result<Done, Problem> {
    let sight = app.live.fresh().await.wire.value.unwrap_or_default();
    let job = find(&sight, set, id)?.ok_or_else(|| gone("This job"))?;
    let payload: Arc<[u8]> = job.payload.clone();
    // By its exact bytes; and only who takes it out may put it elsewhere: it may have become due at this moment.
    let remove = Command::new([&b"ZREM"[..], set.as_bytes(), &payload]);
    let (queue, now) = (job.queue.as_deref().unwrap_or("default"), lookout::now());
    let (put, sentence) = match deed {
        "now" => {
            let (key, job) = (format!("queue:{queue}"), again::enqueued(&payload, now));
            let push = Command::new([&b"LPUSH"[..], key.as_bytes(), &job]).if_so();
            let name = Command::new([&b"SADD"[..], b"queues", queue.as_bytes()]).if_so();
            (vec![push, name], format!("The job was moved to the queue “{queue}”."))
        }
        "kill" => {
            let bury = Command::new([&b"ZADD"[..], b"dead", now.to_string().as_bytes(), &payload]).if_so();
            let sentence = "The job is dead: nothing happens to it unless you revive it.";
            (vec![bury], sentence.to_owned())
        }
        "delete" => (Vec::new(), "The job is gone for good.".to_owned()),
        _ => return Err(unknown()),
    };
    let commands = [vec![remove], put].concat();
    let shown = commands.iter().map(Command::shown).collect();
    let changed = send(app, commands).await?;
    if changed.first() == Some(&0) {
        return Err(gone("This job"));
    }
    Ok(Done::Acted {
        sentence,
        commands: shown,
    })
}

fn find<'a>(sight: &'a Sight, set: &str, id: &str) -> Result<Option<&'a Job>, Problem> {
    let seen = &sight.snapshot;
    let set = match set {
        "retry" => &seen.retry,
        "schedule" => &seen.schedule,
        "dead" => &seen.dead,
        _ => return Err(unknown()),
    };
    Ok(set.members.iter().map(|member| &member.job).find(|job| job.id() == id))
}
