//! Assertions: each says, in one sentence, what should be true.

use std::fmt::Debug;

use crate::Kit;
use crate::shown::compared;

impl Kit {
    /// Both must be equal. `sentence` says what should be true. A failure shows bytes as text (`b"job"`), and of long
    /// values the part where they begin to differ.
    ///
    /// # Panics
    ///
    /// If they differ: the panic that fails the test. If a todo was reached meanwhile, that is what it says.
    #[track_caller]
    pub fn assert_eq<G: PartialEq<E> + Debug, E: Debug>(&self, sentence: &str, got: G, expected: E) {
        if got != expected {
            self.watch.fail(format!("{sentence}{}", compared(&expected, &got)));
        }
    }

    /// The condition must hold. `sentence` says what should be true.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[track_caller]
    pub fn assert(&self, sentence: &str, holds: bool) {
        if !holds {
            self.watch.fail(sentence.to_owned());
        }
    }

    /// Fails the test with this sentence.
    ///
    /// # Panics
    ///
    /// Always.
    #[track_caller]
    pub fn fail(&self, sentence: &str) -> ! {
        self.watch.fail(sentence.to_owned())
    }
}
