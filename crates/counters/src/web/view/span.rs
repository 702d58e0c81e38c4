//! Durations up to or since a time. The page's script keeps them running; without it they do not
//! change.

use lookout::format_duration;
use maud::{Markup, html};

/// Draws how long ago `at` is, in seconds since 1970.
pub fn since(at: f64, now: Option<f64>) -> Markup {
    html! { time data-since=(at) { (now.map(|now| format_duration(now - at)).unwrap_or_default()) } }
}

/// Draws how long it is until `at`.
pub fn until(at: f64, now: Option<f64>) -> Markup {
    html! { time data-until=(at) { (now.map(|now| format_duration(at - now)).unwrap_or_default()) } }
}
