//! Errors that say why no Redis is available, and what to do.

use super::version::Version;

/// Why [`launch`](super::launch) found no Redis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRedis {
    /// `KATA_REDIS_URL` is set, and that Redis cannot be used.
    #[error(
        "{GIVEN}{url}, cannot be used: {reason}.\n\
         Start it or correct the address, or unset KATA_REDIS_URL to start a Redis automatically."
    )]
    Given {
        /// The value of `KATA_REDIS_URL`, without the parts that may contain a password.
        url: String,
        /// The reason.
        reason: String,
    },
    /// The server is too old.
    #[error(
        "{place} is {product}, and these tests need Redis {min_version} or newer.\n\
         Update it, or set KATA_REDIS_URL to the address of a newer one, such as redis://127.0.0.1:6379."
    )]
    TooOld {
        /// Where it comes from.
        place: String,
        /// Its own name and version.
        product: String,
        /// The oldest version that is accepted.
        min_version: Version,
    },
    /// No source has a Redis.
    #[error(
        "{NOWHERE} Do one of these three:\n\
         1. {}; a container is then started and removed automatically.\n   Docker {}.\n\
         2. Install redis-server or valkey-server (apt, dnf or pacman install it; brew install redis).\n   \
            A server of this machine {}.\n\
         3. Set KATA_REDIS_URL to a running Redis, such as redis://127.0.0.1:6379; only empty databases are used.",
        if .docker == DENIED { "Get the permission to use Docker" } else { "Start Docker" },
        one_line(.docker),
        one_line(.private)
    )]
    Nowhere {
        /// Why Docker could not be used.
        docker: String,
        /// Why no server of this machine could be used.
        private: String,
    },
}

/// The beginnings of the texts of [`NoRedis`].
const GIVEN: &str = "The Redis that KATA_REDIS_URL names, ";
const NOWHERE: &str = "There is no Redis to run with.";

/// The end of the sentence about a Docker that runs, but that this user may not use.
pub(super) const DENIED: &str =
    "runs, but this user may not connect to it. Run `sudo usermod -aG docker $USER`, then log in again";

impl NoRedis {
    /// Returns true if a text, for example the output of a test, contains one of these errors.
    /// [`TooOld`](NoRedis::TooOld) is not detected, because its text begins with a variable name.
    pub fn is_quoted_in(text: &str) -> bool {
        text.contains(GIVEN) || text.contains(NOWHERE)
    }
}

/// The reason why a source cannot provide a Redis. Its text ends a sentence about the source.
#[derive(Clone)]
pub(super) enum Failure {
    /// Docker is not running, or the server program is not installed.
    Absent(String),
    /// Docker runs, or there is a program, but it failed.
    Failed(String),
    /// The server runs, but it is not suitable.
    Unsuitable(NoRedis),
}

/// Returns the text as one line, without the full stop at its end.
fn one_line(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cargo kata` recommends its doctor if no Redis is available. Catches: a text that was
    /// reworded in one place only.
    #[test]
    fn recognizes_its_own_text() {
        let given = NoRedis::Given {
            url: "redis://127.0.0.1:1".to_owned(),
            reason: "connection refused".to_owned(),
        };
        let nowhere = NoRedis::Nowhere {
            docker: String::new(),
            private: String::new(),
        };
        for error in [given, nowhere] {
            assert!(
                NoRedis::is_quoted_in(&format!("---- t stdout ----\n{error}\n")),
                "{error}"
            );
        }
        assert!(!NoRedis::is_quoted_in("the set `queues` names every queue pushed to"));
    }

    /// Six lines, whatever Docker's own error looks like: otherwise a reader would not find the
    /// three options.
    #[test]
    fn limits_the_message_to_six_lines() {
        let nowhere = NoRedis::Nowhere {
            docker: "says\n\tno\n".to_owned(),
            private: "is not in PATH.".to_owned(),
        };
        let text = nowhere.to_string();
        assert_eq!(text.lines().count(), 6, "{text}");
        for way in ["Docker says no.", "redis-server", "KATA_REDIS_URL", "is not in PATH."] {
            assert!(text.contains(way), "{way} is missing in:\n{text}");
        }
    }
}
