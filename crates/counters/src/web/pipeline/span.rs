//! Times that pass. The page's script goes on counting; without it they stand still.

use maud::{Markup, html};

/// How long ago `at` is, in seconds since 1970.
pub fn since(at: f64, now: Option<f64>) -> Markup {
    html! { time data-since=(at) { (now.map(|now| text(now - at)).unwrap_or_default()) } }
}

/// How long it is until `at`.
pub fn until(at: f64, now: Option<f64>) -> Markup {
    html! { time data-until=(at) { (now.map(|now| text(at - now)).unwrap_or_default()) } }
}

/// A time in the unit that tells most; the page's script writes it in the same way.
fn text(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7_200.0 {
        format!("{:.0} min", seconds / 60.0)
    } else if seconds < 172_800.0 {
        format!("{:.0} h", seconds / 3_600.0)
    } else {
        format!("{:.0} days", seconds / 86_400.0)
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_time_is_told_in_the_unit_that_tells_most() {
        for (seconds, told) in [
            (-1.0, "0.0 s"),
            (3.25, "3.2 s"),
            (15.0, "15 s"),
            (600.0, "10 min"),
            (7.0 * 86_400.0, "7 days"),
        ] {
            assert_eq!(text(seconds), told);
        }
    }
}
