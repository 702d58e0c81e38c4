//! Formats numbers for the page's sentences.

use std::time::Duration;

pub use lookout::thousands;

/// Formats a time in milliseconds, with a decimal below 10 ms.
pub fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 9.95 {
        format!("{ms:.1} ms")
    } else {
        format!("{ms:.0} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_decimal_for_short_times() {
        for (us, text) in [
            (0, "0.0 ms"),
            (1_234, "1.2 ms"),
            (9_940, "9.9 ms"),
            (9_960, "10 ms"),
            (402_000, "402 ms"),
        ] {
            assert_eq!(ms(Duration::from_micros(us)), text);
        }
    }
}
