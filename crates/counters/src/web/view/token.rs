//! A job as a disc, which keeps its colour wherever the job is.

use lookout::Job;
use maud::{Markup, html};

/// Draws the disc. The script finds it by its jid and animates its moves.
pub fn draw(job: &Job) -> Markup {
    html! {
        svg .job data-jid=(job.jid) viewBox="0 0 20 20" role="img" aria-label=(job) {
            title { (job) " · jid " (job.jid) }
            circle cx="10" cy="10" r="9.5" fill=(colour(&job.jid)) {}
            text x="10" y="14" { (sign(job)) }
        }
    }
}

/// Returns a colour of equal brightness for every jid, so that the sign on it is readable.
fn colour(jid: &str) -> String {
    // FNV-1a, because some clients' jids of the same second differ in few digits.
    let hash = jid.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    format!("oklch(0.52 0.14 {})", (hash >> 8) % 360)
}

/// Returns a sign for the job's kind.
fn sign(job: &Job) -> String {
    match &*job.class {
        "UpdateCounterWorker" if job.args.contains("\"decr\"") => "−".to_owned(),
        "UpdateCounterWorker" => "+".to_owned(),
        "FailWorker" => "!".to_owned(),
        "PanicWorker" => "‼".to_owned(),
        "SlowWorker" => "z".to_owned(),
        "" => "?".to_owned(),
        class => class.chars().take(1).collect(),
    }
}
