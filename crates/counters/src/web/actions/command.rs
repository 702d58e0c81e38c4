//! A Redis command that is sent and also shown to the user.

use std::fmt::Write;
use std::time::Duration;

use redis::{Client, RedisResult};

/// How long to wait for Redis to accept a connection, and then for each reply.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The most characters of a word that are shown, and the most words.
const MAX_CHARS: usize = 150;
const MAX_WORDS: usize = 4;

/// The words of a command.
#[derive(Clone, Debug)]
pub struct Command {
    words: Vec<Vec<u8>>,
    /// Sent only if the command before it has changed something.
    depends: bool,
}

impl Command {
    /// Creates a command of these words.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a [u8]>) -> Command {
        Command {
            words: words.into_iter().map(<[u8]>::to_vec).collect(),
            depends: false,
        }
    }

    /// Makes the command depend on the one before it: it is sent only if that has changed
    /// something. Redis executes both atomically.
    pub fn if_changed(self) -> Command {
        Command { depends: true, ..self }
    }

    /// Returns the command as a user would type it into `redis-cli`, shortened.
    pub fn displayed(&self) -> String {
        let mut text = String::new();
        for word in self.words.iter().take(MAX_WORDS) {
            let word = String::from_utf8_lossy(word);
            let plain = !word.is_empty()
                && word
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || "_:.-".contains(letter));
            let end = word.char_indices().nth(MAX_CHARS).map(|(end, _)| end);
            let short = end.map_or(word.clone().into_owned(), |end| format!("{}…", &word[..end]));
            let space = if text.is_empty() { "" } else { " " };
            // Writing to a string cannot fail.
            let _ = if plain {
                write!(text, "{space}{short}")
            } else {
                write!(text, "{space}'{}'", short.replace('\'', r"\'"))
            };
        }
        if self.words.len() > MAX_WORDS {
            let _ = write!(text, " … and {} more", self.words.len() - MAX_WORDS);
        }
        text
    }
}

/// Executes all commands atomically. A script, because a later command may depend on the reply to
/// an earlier one.
const SCRIPT: &str = r"
local answers, at = {}, 1
while at <= #ARGV do
  local count, depends, words = tonumber(ARGV[at]), ARGV[at + 1] == '1', {}
  for i = 1, count do words[i] = ARGV[at + 1 + i] end
  at = at + 2 + count
  if depends and answers[#answers] == 0 then answers[#answers + 1] = 0
  else answers[#answers + 1] = redis.call(unpack(words)) end
end
return answers";

/// Sends commands whose replies are numbers. If none of them depends on another, they are sent one
/// by one, as they are shown.
///
/// # Errors
/// If Redis cannot be reached or rejects a command.
pub fn send(client: &Client, commands: &[Command]) -> RedisResult<Vec<i64>> {
    let mut connection = client.get_connection_with_timeout(TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    if commands.iter().any(|command| command.depends) {
        let mut script = redis::cmd("EVAL");
        script.arg(SCRIPT).arg(0);
        for Command { words, depends } in commands {
            script.arg(words.len()).arg(i32::from(*depends)).arg(words);
        }
        return script.query(&mut connection);
    }
    let mut pipe = redis::pipe();
    for Command { words, .. } in commands {
        let mut words = words.iter();
        // A command always has a first word.
        pipe.cmd(&String::from_utf8_lossy(words.next().map_or(b"PING", Vec::as_slice)));
        for word in words {
            pipe.arg(word);
        }
    }
    pipe.query(&mut connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_command_as_it_would_be_typed() {
        let command = Command::new([&b"LPUSH"[..], b"queue:a b", br#"{"class":"A"}"#]);
        assert_eq!(command.displayed(), r#"LPUSH 'queue:a b' '{"class":"A"}'"#);
    }

    #[test]
    fn shortens_a_long_command() {
        let long = "é".repeat(500);
        let command = Command::new([b"LPUSH", long.as_bytes()].into_iter().chain([&b"x"[..]; 1_000]));
        let displayed = command.displayed();
        assert!(
            displayed.ends_with("x x … and 998 more") && displayed.chars().count() < 200,
            "{displayed}"
        );
    }
}
