//! Calls that fail on purpose, as on a network: before or after the change is stored.

use std::sync::{Mutex, PoisonError};

use super::error::Error;

/// Returns a random number from 0 to below 1, which decides whether a call fails.
pub type Dice = Box<dyn FnMut() -> f64 + Send>;

/// The moment at which a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was stored.
    Before,
    /// The change was stored, but the response is lost. A client that calls again without a key
    /// counts twice.
    After,
}

/// Decides which calls fail.
pub struct Faults {
    rate: f64,
    dice: Mutex<Dice>,
}

impl Faults {
    /// Makes the share `rate` of the calls fail.
    ///
    /// # Errors
    /// [`Error::BadRate`] if that is not between 0 and 1.
    pub fn new(rate: f64, dice: Dice) -> Result<Faults, Error> {
        if (0.0..=1.0).contains(&rate) {
            Ok(Faults {
                rate,
                dice: Mutex::new(dice),
            })
        } else {
            Err(Error::BadRate(rate))
        }
    }

    /// Decides whether and when the next call fails.
    pub fn next(&self) -> Option<Fault> {
        let drawn = (self.dice.lock().unwrap_or_else(PoisonError::into_inner))();
        if drawn < self.rate / 2.0 {
            Some(Fault::Before)
        } else if drawn < self.rate {
            Some(Fault::After)
        } else {
            None
        }
    }

    /// Returns the share of calls that fail.
    pub fn rate(&self) -> f64 {
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(rate: f64, drawn: f64) -> Option<Fault> {
        Faults::new(rate, Box::new(move || drawn)).unwrap().next()
    }

    #[test]
    fn fails_half_before_and_half_after_storing() {
        assert_eq!(fault(0.5, 0.0), Some(Fault::Before));
        assert_eq!(fault(0.5, 0.249), Some(Fault::Before));
        assert_eq!(fault(0.5, 0.25), Some(Fault::After));
        assert_eq!(fault(0.5, 0.499), Some(Fault::After));
        assert_eq!(fault(0.5, 0.5), None);
    }

    #[test]
    fn accepts_never_and_always() {
        assert_eq!(fault(0.0, 0.0), None);
        assert_eq!(fault(1.0, 0.999_999), Some(Fault::After));
    }

    #[test]
    fn rejects_numbers_outside_of_0_to_1() {
        for rate in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(Faults::new(rate, Box::new(|| 0.0)).is_err(), "{rate}");
        }
    }
}
