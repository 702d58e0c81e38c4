//! The number of performed jobs, and their rate.

use lookout::{Snapshot, thousands};
use maud::{Markup, html};

use crate::web::view::setting::Setting;

/// The plot's size in its own units; a second has the width 1.
const WIDTH: usize = 180;
const HEIGHT: f64 = 32.0;

/// The first step that counts jobs.
const COUNTING_STEP: u8 = 5;

/// Draws the counters, and the last minutes as a plot.
pub fn draw(snapshot: &Snapshot, setting: Setting) -> Markup {
    html! {
        @if let Some(processed) = snapshot.processed {
            dl {
                div data-sink="" { dt { "Performed" } dd { (thousands(processed)) } }
                div { dt { "of these failed" } dd { (thousands(snapshot.failed.unwrap_or(0))) } }
                div { dt { "Jobs per second" } dd { (thousands(snapshot.per_second.unwrap_or(0.0).round() as u64)) } }
            }
            (plot(&snapshot.history))
        } @else {
            (setting.empty(COUNTING_STEP, "the count of performed jobs", "No job has been performed yet."))
        }
    }
}

fn plot(history: &[f64]) -> Markup {
    let most = history.iter().copied().fold(0.0, f64::max);
    let points: Vec<String> = history
        .iter()
        .enumerate()
        .map(|(second, jobs)| format!("{second},{:.1}", HEIGHT - jobs / most.max(1.0) * (HEIGHT - 2.0)))
        .collect();
    let label = format!("Jobs per second over three minutes; at most {}", thousands(most as u64));
    html! {
        svg .plot viewBox={ "0 0 " (WIDTH - 1) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label=(label) {
            title { (label) }
            polygon points={ "0," (HEIGHT) " " (points.join(" ")) " " (WIDTH - 1) "," (HEIGHT) } {}
            polyline points=(points.join(" ")) {}
        }
    }
}
