//! Numbers as the page's sentences write them.

use std::fmt::Display;
use std::time::Duration;

/// A number with a comma before every third digit from its end.
pub fn thousands(number: impl Display) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Milliseconds, with a decimal where it tells something.
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
    fn large_numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (100_000, "100,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn short_times_have_a_decimal() {
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
