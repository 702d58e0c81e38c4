//! Why there is no Redis, and the ways out.

use std::fmt;

use super::Version;

/// Why [`launch`](super::launch) found no Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoRedis {
    /// `KATA_REDIS_URL` is set, and that Redis cannot be used.
    Given {
        /// What `KATA_REDIS_URL` says, its password masked.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// There is one, and it is too old.
    TooOld {
        /// Which one.
        place: String,
        /// What it calls itself.
        product: String,
        /// The oldest that will do.
        min_version: Version,
    },
    /// No way led to one.
    Nowhere {
        /// Why not Docker.
        docker: String,
        /// Why not a server of this machine.
        private: String,
    },
}

/// How the texts of [`NoRedis`] begin.
const GIVEN: &str = "The Redis that KATA_REDIS_URL names, ";
const NOWHERE: &str = "There is no Redis to run with.";

impl NoRedis {
    /// Whether one of these errors is told in a text, such as what a test has printed. One that is too old is not looked
    /// for: its text begins with its name.
    pub fn is_quoted_in(text: &str) -> bool {
        text.contains(GIVEN) || text.contains(NOWHERE)
    }
}

/// What the ways that failed left behind.
pub(super) struct Failures {
    pub docker: String,
    pub private: String,
    pub remark: Option<String>,
}

impl Default for Failures {
    fn default() -> Self {
        Failures {
            docker: "was not asked".to_owned(),
            private: "was not asked for".to_owned(),
            remark: None,
        }
    }
}

impl fmt::Display for NoRedis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoRedis::Given { url, reason } => write!(
                f,
                "{GIVEN}{url}, cannot be used: {reason}.\n\
                 Start it or correct the address, or unset KATA_REDIS_URL to let a Redis be started for you."
            ),
            NoRedis::TooOld {
                place,
                product,
                min_version,
            } => write!(
                f,
                "{place} is {product}, and these tests need Redis {min_version} or newer.\n\
                 Update it, or set KATA_REDIS_URL to the address of a newer one, such as redis://127.0.0.1:6379."
            ),
            NoRedis::Nowhere { docker, private } => write!(
                f,
                "{NOWHERE} Any one of these three will do:\n\
                 1. Start Docker; a container is then started and removed for you.\n   Docker {}.\n\
                 2. Install redis-server or valkey-server (apt, dnf or pacman install it; brew install redis).\n   A server of this machine {}.\n\
                 3. Set KATA_REDIS_URL to a Redis that runs, such as redis://127.0.0.1:6379; only empty databases are used.",
                one_line(docker),
                one_line(private)
            ),
        }
    }
}

impl std::error::Error for NoRedis {}

/// The text as one line, without the full stop at its end.
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

    /// `cargo kata` sends to the doctor whoever has no Redis. Kills: a text that was reworded in one place only.
    #[test]
    fn a_text_that_tells_it_is_known() {
        let given = NoRedis::Given {
            url: "redis://127.0.0.1:1".to_owned(),
            reason: "nobody answers".to_owned(),
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

    /// Six lines, whatever Docker's own error looks like: the three ways out must not drown in it.
    #[test]
    fn the_message_is_six_lines() {
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
