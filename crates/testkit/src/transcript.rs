//! The transcript of a failed test: the contents of Redis, the commands that it received, the
//! output of the programs, and the page to read.
//!
//! It is written while a panic unwinds, so nothing here may panic: if something cannot be read, the
//! transcript says so.

use std::fmt::Write;
use std::sync::Arc;

use redis::{Connection, FromRedisValue, RedisResult, cmd};

use crate::TestInfo;
use crate::failure::AbortReason;
use crate::hook::todo_message;
use crate::lock::LOCK;
use crate::mutex::lock;
use crate::output::Record;
use crate::test_database::TestDatabase;
use crate::watch::Watch;

/// How many entries of a key are shown.
const ENTRIES: isize = 5;
/// How many characters of an entry are shown.
const WIDTH: usize = 300;
/// How many keys are shown.
const KEYS: usize = 20;
/// How many of the last commands, and of a program's last lines, are shown.
const LAST_LINES: usize = 20;

/// Returns the transcript of a test that fails now. For a todo it has three lines, because the todo
/// explains the failure.
pub(crate) fn write(
    info: &TestInfo,
    watch: &Watch,
    records: &[Arc<Record>],
    database: Option<&TestDatabase>,
) -> String {
    if let Some(AbortReason::Todo(todo)) = watch.abort_reason() {
        return todo_message(&todo, info.read_todo(&todo));
    }
    let mut text = String::new();
    section(&mut text, "The code panicked", watch.notes());
    if let Some(database) = database {
        let held = contents(database).unwrap_or_else(|error| vec![format!("(Redis cannot be read: {error})")]);
        section(&mut text, "Redis holds", or_nothing(held));
        let unsure = database.sync().err().map(|reason| format!("({reason})"));
        let sent = last_lines(fold_repeats(&database.commands()))
            .into_iter()
            .chain(unsure)
            .collect();
        section(&mut text, "Redis received", or_nothing(sent));
    }
    for record in records {
        let end = lock(&record.end)
            .clone()
            .map_or(String::new(), |end| format!(" ({end})"));
        let printed = last_lines(record.stderr().lines().map(str::to_owned).collect());
        section(&mut text, &format!("{}{end} wrote", record.title), or_nothing(printed));
    }
    if let Some(read) = info.read() {
        let _ = writeln!(text, "{read}");
    }
    text.trim_end().to_owned()
}

/// Appends a heading with lines below it; nothing if there are no lines. Writing to a `String`
/// cannot fail.
fn section(text: &mut String, heading: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "{heading}:");
    for line in lines.iter().flat_map(|entry| entry.lines()) {
        text.push_str("  ");
        for letter in line.chars() {
            // It could move the cursor of a terminal, or clear the screen.
            if letter.is_control() {
                text.extend(letter.escape_default());
            } else {
                text.push(letter);
            }
        }
        text.push('\n');
    }
}

fn or_nothing(lines: Vec<String>) -> Vec<String> {
    if lines.is_empty() {
        vec!["(nothing)".to_owned()]
    } else {
        lines
    }
}

/// Replaces repeated lines by one with their number.
fn fold_repeats(lines: &[String]) -> Vec<String> {
    let runs = lines.chunk_by(|one, next| one == next);
    runs.map(|run| match run {
        [line] => line.clone(),
        run => format!("{}  ({} times)", run[0], run.len()),
    })
    .collect()
}

/// Returns the last lines, and how many precede them.
fn last_lines(mut lines: Vec<String>) -> Vec<String> {
    let before = lines.len().saturating_sub(LAST_LINES);
    lines.drain(..before);
    let first = (before > 0).then(|| format!("(… {before} before these)"));
    first.into_iter().chain(lines.iter().map(|line| cut(line))).collect()
}

/// Returns at most [`WIDTH`] characters of a text.
fn cut(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}

/// Returns each key with its type, its size, and its first entries.
fn contents(database: &TestDatabase) -> RedisResult<Vec<String>> {
    let mut redis = database.connect()?;
    let mut keys: Vec<Vec<u8>> = cmd("KEYS").arg("*").query(&mut redis)?;
    keys.retain(|key| key != LOCK.as_bytes());
    keys.sort();
    let mut lines = Vec::new();
    for key in keys.iter().take(KEYS) {
        lines.extend(describe(&mut redis, key)?);
    }
    if keys.len() > KEYS {
        lines.push(format!("(… and {} more keys)", keys.len() - KEYS));
    }
    Ok(lines)
}

fn describe(redis: &mut Connection, key: &[u8]) -> RedisResult<Vec<String>> {
    let kind: String = cmd("TYPE").arg(key).query(redis)?;
    let name = String::from_utf8_lossy(key).into_owned();
    let mut reader = KeyReader { redis, key };
    let (size, entries) = match kind.as_str() {
        "list" => (reader.number("LLEN")?, reader.entries(cmd("LRANGE"), (0, ENTRIES - 1))?),
        "set" => (reader.number("SCARD")?, reader.scan("SSCAN")?),
        "zset" => (reader.number("ZCARD")?, pairs(&reader.scored()?, "  score ")),
        "hash" => (reader.number("HLEN")?, pairs(&reader.scan("HSCAN")?, " = ")),
        "string" => {
            let value = reader.entries_of::<Vec<u8>>(cmd("GETRANGE"), (0, 4 * WIDTH as isize))?;
            return Ok(vec![format!(
                "{name}  (string): {}",
                cut(&String::from_utf8_lossy(&value))
            )]);
        }
        "none" => return Ok(vec![format!("{name}  (gone meanwhile)")]),
        other => return Ok(vec![format!("{name}  ({other})")]),
    };
    let shown = usize::try_from(ENTRIES).unwrap_or(0);
    let mut lines = vec![format!("{name}  ({kind} of {size})")];
    lines.extend(entries.iter().take(shown).map(|entry| format!("  {}", cut(entry))));
    if size > shown {
        lines.push(format!("  (… and {} more)", size - shown));
    }
    Ok(lines)
}

/// Reads one key.
struct KeyReader<'a> {
    redis: &'a mut Connection,
    key: &'a [u8],
}

impl KeyReader<'_> {
    fn number(&mut self, name: &str) -> RedisResult<usize> {
        cmd(name).arg(self.key).query(self.redis)
    }

    fn entries_of<T: FromRedisValue>(&mut self, mut command: redis::Cmd, range: (isize, isize)) -> RedisResult<T> {
        command.arg(self.key).arg(range.0).arg(range.1).query(self.redis)
    }

    fn entries(&mut self, command: redis::Cmd, range: (isize, isize)) -> RedisResult<Vec<String>> {
        self.entries_of::<Vec<Vec<u8>>>(command, range).map(texts)
    }

    fn scored(&mut self) -> RedisResult<Vec<String>> {
        let mut command = cmd("ZRANGE");
        command.arg(self.key).arg(0).arg(ENTRIES - 1).arg("WITHSCORES");
        command.query::<Vec<Vec<u8>>>(self.redis).map(texts)
    }

    /// Returns some entries of a set or hash; a large one is not read whole.
    fn scan(&mut self, name: &str) -> RedisResult<Vec<String>> {
        let mut command = cmd(name);
        command.arg(self.key).arg(0).arg("COUNT").arg(ENTRIES);
        let (_, entries): (Vec<u8>, Vec<Vec<u8>>) = command.query(self.redis)?;
        Ok(texts(entries))
    }
}

fn texts(entries: Vec<Vec<u8>>) -> Vec<String> {
    entries
        .iter()
        .map(|entry| String::from_utf8_lossy(entry).into_owned())
        .collect()
}

/// Joins names and values, or members and scores, two to a line.
fn pairs(entries: &[String], between: &str) -> Vec<String> {
    entries
        .chunks_exact(2)
        .map(|pair| format!("{}{between}{}", pair[0], pair[1]))
        .collect()
}
