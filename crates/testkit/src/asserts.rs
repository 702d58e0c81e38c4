//! Assertions. Each has a sentence that says what should be true.

use std::fmt::Debug;

use crate::Kit;
use crate::shown::compared;

impl Kit {
    /// Fails the test unless both values are equal. `sentence` says what should be true. The
    /// failure shows bytes as text (`b"job"`), and of long values the part where they begin to
    /// differ.
    ///
    /// # Panics
    ///
    /// If they differ. If the code reached a todo meanwhile, the message is that of the todo.
    #[track_caller]
    pub fn assert_eq<G: PartialEq<E> + Debug, E: Debug>(&self, sentence: &str, got: G, expected: E) {
        if got != expected {
            self.watch.fail(format!("{sentence}{}", compared(&expected, &got)));
        }
    }

    /// Fails the test unless the condition holds. `sentence` says what should be true.
    ///
    /// # Panics
    ///
    /// If the condition does not hold.
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
