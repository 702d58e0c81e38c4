//! A job as a disc. It keeps its colour wherever it goes.

use lookout::Job;
use maud::{Markup, html};

/// The disc. A script finds it by its jid, to let it travel.
pub fn draw(job: &Job) -> Markup {
    html! {
        svg .job data-jid=(job.jid) viewBox="0 0 20 20" role="img" aria-label=(job) {
            title { (job) " · jid " (job.jid) }
            circle cx="10" cy="10" r="9.5" fill=(colour(&job.jid)) {}
            text x="10" y="14" { (sign(job)) }
        }
    }
}

/// Equally bright for every jid, so that the sign on it can be read.
fn colour(jid: &str) -> String {
    // FNV-1a: the jids of one second differ in few digits, by some clients.
    let hash = jid.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    format!("oklch(0.52 0.14 {})", (hash >> 8) % 360)
}

/// A hint at what it does.
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
