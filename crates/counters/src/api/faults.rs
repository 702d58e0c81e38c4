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
