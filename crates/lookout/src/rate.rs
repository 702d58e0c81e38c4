//! The rate of a counter, computed from its earlier values.

use std::collections::VecDeque;

/// How many seconds are kept: three minutes.
const SECONDS: usize = 180;

/// Over how many seconds the current rate is averaged.
const WINDOW: f64 = 2.0;

/// The last minutes of a counter that only grows.
#[derive(Clone, Debug, Default)]
pub struct Rate {
    /// Times in seconds and values, the oldest first, at least a fifth of a second apart.
    samples: VecDeque<(f64, u64)>,
}

impl Rate {
    /// Records the counter's value at the time `now`, in seconds of any clock. A value below the
    /// last one means that the counter was reset.
    pub fn record(&mut self, now: f64, value: u64) {
        if self
            .samples
            .back()
            .is_some_and(|(last, before)| value < *before || now < *last)
        {
            self.samples.clear();
        }
        if self.samples.back().is_none_or(|(last, _)| now - last > 0.15) {
            self.samples.push_back((now, value));
        }
        while self
            .samples
            .front()
            .is_some_and(|(first, _)| now - first > SECONDS as f64 + 1.0)
        {
            self.samples.pop_front();
        }
    }

    /// Returns the growth in a second, averaged over the last two; none before there are two
    /// samples.
    pub fn per_second(&self) -> Option<f64> {
        let (now, value) = self.samples.back()?;
        let (then, before) = self
            .samples
            .iter()
            .rev()
            .find(|(then, _)| now - then >= WINDOW * 0.9)
            .or(self.samples.front())?;
        (now > then).then(|| (value - before) as f64 / (now - then))
    }

    /// Returns the growth in each of the last 180 seconds, the oldest first; 0 for seconds without
    /// samples.
    pub fn history(&self) -> Vec<f64> {
        let mut history = vec![0.0; SECONDS];
        let Some((now, _)) = self.samples.back() else {
            return history;
        };
        for ((then, before), (when, value)) in self.samples.iter().zip(self.samples.iter().skip(1)) {
            // After a gap longer than a second, the time of the growth is unknown.
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
    fn averages_over_the_last_two_seconds() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(), None);
        for fifth in 0..=50_u32 {
            rate.record(f64::from(fifth) * 0.2, 20 * u64::from(fifth));
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
    fn starts_again_when_the_counter_is_reset() {
        let mut rate = Rate::default();
        rate.record(1.0, 500);
        rate.record(2.0, 3);
        rate.record(3.0, 5);
        assert_eq!(rate.per_second(), Some(2.0));
    }

    #[test]
    fn ignores_growth_between_distant_samples() {
        let mut rate = Rate::default();
        rate.record(0.0, 0);
        rate.record(100.0, 1_000_000);
        assert!(rate.history().iter().all(|jobs| *jobs == 0.0));
    }
}
