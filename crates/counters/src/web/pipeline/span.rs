//! Times that pass. The page's script goes on counting; without it they stand still.

use lookout::format_duration;
use maud::{Markup, html};

/// How long ago `at` is, in seconds since 1970.
pub fn since(at: f64, now: Option<f64>) -> Markup {
    html! { time data-since=(at) { (now.map(|now| format_duration(now - at)).unwrap_or_default()) } }
}

/// How long it is until `at`.
pub fn until(at: f64, now: Option<f64>) -> Markup {
    html! { time data-until=(at) { (now.map(|now| format_duration(at - now)).unwrap_or_default()) } }
}
