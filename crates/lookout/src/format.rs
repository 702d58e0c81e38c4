//! Formats numbers and times for the web page and the terminal.

use std::fmt::Display;

/// Formats a whole number with a comma before every third digit from its end.
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

/// Formats a duration in seconds, in a unit that fits its length; a negative one counts as 0.
pub fn format_duration(seconds: f64) -> String {
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

/// Formats a number of occurrences: `once`, `twice`, `3 times`.
pub fn format_times(count: i64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_the_digits_of_large_numbers() {
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
    fn formats_a_duration_in_a_unit_that_fits() {
        for (seconds, text) in [
            (-1.0, "0.0 s"),
            (3.25, "3.2 s"),
            (15.0, "15 s"),
            (600.0, "10 min"),
            (7.0 * 86_400.0, "7 days"),
        ] {
            assert_eq!(format_duration(seconds), text);
        }
    }
}
