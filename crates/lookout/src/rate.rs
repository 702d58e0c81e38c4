//! How fast jobs are performed, from what a counter said before.

use std::collections::VecDeque;

/// How many seconds are remembered: three minutes.
const SECONDS: usize = 180;

/// Over how many seconds the present rate is taken.
const PRESENT: f64 = 2.0;

/// The last minutes of a counter that only grows.
#[derive(Clone, Debug, Default)]
pub struct Rate {
    /// Times in seconds and values, the oldest first, at least a fifth of a second apart.
    seen: VecDeque<(f64, u64)>,
}

impl Rate {
    /// Takes note of the counter's value `now`, in seconds of any clock. One that is lower than before has begun anew.
    pub fn note(&mut self, now: f64, value: u64) {
        if self
            .seen
            .back()
            .is_some_and(|(last, before)| value < *before || now < *last)
        {
            self.seen.clear();
        }
        if self.seen.back().is_none_or(|(last, _)| now - last > 0.15) {
            self.seen.push_back((now, value));
        }
        while self
            .seen
            .front()
            .is_some_and(|(first, _)| now - first > SECONDS as f64 + 1.0)
        {
            self.seen.pop_front();
        }
    }

    /// How much it grew in a second, on average over the last two; none before there are two to compare.
    pub fn per_second(&self) -> Option<f64> {
        let (now, value) = self.seen.back()?;
        let (then, before) = self
            .seen
            .iter()
            .rev()
            .find(|(then, _)| now - then >= PRESENT * 0.9)
            .or(self.seen.front())?;
        (now > then).then(|| (value - before) as f64 / (now - then))
    }

    /// How much it grew in each of the last 180 seconds, the oldest first; seconds that nobody looked at count 0.
    pub fn history(&self) -> Vec<f64> {
        let mut history = vec![0.0; SECONDS];
        let Some((now, _)) = self.seen.back() else {
            return history;
        };
        for ((then, before), (when, value)) in self.seen.iter().zip(self.seen.iter().skip(1)) {
            // A gap longer than a second: nobody looked, and when it grew is not known.
            let age = now.floor() - when.floor();
            if when - then < 1.5 && age < SECONDS as f64 {
                history[SECONDS - 1 - age as usize] += (value - before) as f64;
            }
        }
        history
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_of_the_last_two_seconds() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(), None);
        for fifth in 0..=50_u32 {
            rate.note(f64::from(fifth) * 0.2, 20 * u64::from(fifth));
        }
        assert!(
            (rate.per_second().unwrap() - 100.0).abs() < 1e-6,
            "{:?}",
            rate.per_second()
        );
        let history = rate.history();
        assert_eq!((history.len(), history[SECONDS - 2]), (SECONDS, 100.0));
        assert_eq!(history[0], 0.0);
    }

    #[test]
    fn a_counter_that_begins_anew_is_no_negative_rate() {
        let mut rate = Rate::default();
        rate.note(1.0, 500);
        rate.note(2.0, 3);
        rate.note(3.0, 5);
        assert_eq!(rate.per_second(), Some(2.0));
    }

    #[test]
    fn what_nobody_saw_is_not_drawn() {
        let mut rate = Rate::default();
        rate.note(0.0, 0);
        rate.note(100.0, 1_000_000);
        assert!(rate.history().iter().all(|jobs| *jobs == 0.0));
    }
}
