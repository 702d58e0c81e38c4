//! Plain English, as far as it can be counted: four habits that make a sentence hard to understand
//! for a reader whose first language is another one.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use super::prose::Passage;

/// How often a habit may occur in 1,000 words.
const PER_THOUSAND: f64 = 0.5;
/// A file of more words than this is counted alone, smaller ones together: one occurrence in a
/// short file says little.
const ALONE: usize = 500;
/// How many occurrences of one habit a problem shows.
const SHOWN: usize = 40;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Habit {
    /// "a jid that is no string", where "is not a string" is meant. "There is no …" does not count,
    /// and neither does "is no longer".
    IsNo,
    /// "whoever", "somebody", "nobody", instead of naming the actor.
    Nobody,
    /// A clause with *what* or *who* as the subject: "What is settled is forgotten."
    WhatClause,
    /// "tells" of a program, and archaic words.
    Archaic,
}

impl Habit {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Habit; 4] = [Habit::IsNo, Habit::Nobody, Habit::WhatClause, Habit::Archaic];
}

impl fmt::Display for Habit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Habit::IsNo => "\"is no X\" (write \"is not a X\")",
            Habit::Nobody => "whoever, somebody, nobody (name the actor)",
            Habit::WhatClause => "a statement that begins with What, Who or Whoever",
            Habit::Archaic => "tells, told, telling, and archaic words",
        })
    }
}

/// One occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What was found.
    pub habit: Habit,
    /// The line of the file.
    pub line: usize,
    /// The words, with some of those around them.
    pub excerpt: String,
}

/// The prose of a file, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// The file's path, from the root.
    pub file: String,
    /// The number of words.
    pub words: usize,
    /// The occurrences, in the order of the passages.
    pub found: Vec<Found>,
}

/// Counts the habits in the prose of a file.
pub fn count(file: &str, passages: &[Passage]) -> Counted {
    let mut counted = Counted {
        file: file.to_owned(),
        ..Counted::default()
    };
    for passage in passages {
        let text = &passage.text;
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
        counted.words += words.filter(|word| word.contains(char::is_alphanumeric)).count();
        let clauses = what_clauses(passage).into_iter().map(|at| (Habit::WhatClause, at));
        let found = in_words(text).into_iter().chain(clauses);
        counted.found.extend(found.map(|(habit, at)| Found {
            habit,
            line: passage.line(at),
            excerpt: excerpt(text, at),
        }));
    }
    counted
}

/// Reports the habits that are too frequent, in each large file and in all smaller ones together; a
/// text each, with the places.
pub fn problems(files: &[Counted]) -> Vec<String> {
    let (large, small): (Vec<&Counted>, Vec<&Counted>) = files.iter().partition(|file| file.words > ALONE);
    let mut problems: Vec<String> = Vec::new();
    for file in large {
        problems.extend(too_frequent(&file.file, &[file]));
    }
    problems.extend(too_frequent("The smaller files together", &small));
    problems
}

fn too_frequent(name: &str, files: &[&Counted]) -> Vec<String> {
    let words: usize = files.iter().map(|file| file.words).sum();
    let mut problems = Vec::new();
    for habit in Habit::ALL {
        let all = files
            .iter()
            .flat_map(|file| file.found.iter().map(move |found| (&file.file, found)));
        let places = all.filter(|(_, found)| found.habit == habit);
        let places = places.map(|(file, found)| format!("{file}:{}: {}", found.line, found.excerpt));
        let places: Vec<String> = places.collect();
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 words")]
        let is_frequent = places.len() as f64 * 1_000.0 > words as f64 * PER_THOUSAND;
        if is_frequent {
            let count = places.len();
            let shown = places[..count.min(SHOWN)].join("\n  ");
            problems.push(format!(
                "{name}: {count} times in {words} words, but only {PER_THOUSAND} in 1,000 are allowed: {habit}\n  {shown}"
            ));
        }
    }
    problems
}

/// The habits that can be seen by the words alone. Only spaces, or a quotation mark that opens, may
/// be between the words of *is no X*.
const PATTERNS: [(Habit, &str); 3] = [
    (
        Habit::IsNo,
        r#"(?i)(?<there>\bthere\s+(?:(?:can|could|may|might|must|shall|should|will|would|has|have)\s+)?)?\b(?<at>is|are|was|were|be|been)[\s"“‘(]+no[\s"“‘(]+(?<what>\w+)"#,
    ),
    (Habit::Nobody, r"(?i)\b(?<at>whoever|somebody|nobody)\b"),
    (
        Habit::Archaic,
        r"(?i)\b(?<at>tells|told|telling|anew|thereby|wherein|for\s+ever|at\s+hand|must\s+bear|takes\s+leave)\b",
    ),
];

/// Returns the habits that can be seen by the words alone, each with its offset.
fn in_words(text: &str) -> Vec<(Habit, usize)> {
    // The patterns are constants of ours, so they are correct.
    static READY: LazyLock<Vec<(Habit, Regex)>> = LazyLock::new(|| {
        PATTERNS
            .into_iter()
            .filter_map(|(habit, pattern)| Some((habit, Regex::new(pattern).ok()?)))
            .collect()
    });
    let mut found = Vec::new();
    for (habit, pattern) in READY.iter() {
        for words in pattern.captures_iter(text) {
            let is_natural =
                words.name("there").is_some() || words.name("what").is_some_and(|what| what.as_str() == "longer");
            if let Some(at) = words.name("at").filter(|_| !is_natural) {
                found.push((*habit, at.start()));
            }
        }
    }
    found.sort_by_key(|(_, at)| *at);
    found
}

/// Returns the offsets of the statements that begin with *What*, *Who* or *Whoever*. Titles, and
/// texts that do not end as a sentence does, are not statements.
fn what_clauses(passage: &Passage) -> Vec<usize> {
    if passage.is_title {
        return Vec::new();
    }
    let is_statement = |sentence: &str| {
        let first = sentence
            .split(|c: char| !c.is_alphanumeric())
            .find(|word| !word.is_empty());
        let end = sentence.trim_end_matches(|c: char| c.is_whitespace() || CLOSING.contains(c));
        matches!(first, Some("What" | "Who" | "Whoever")) && end.ends_with(['.', '!', ':', ';'])
    };
    let sentences = sentences(&passage.text);
    sentences
        .into_iter()
        .filter(|(_, sentence)| is_statement(sentence))
        .map(|(at, _)| at)
        .collect()
}

/// The characters that may be between the end of a sentence and the space after it.
const CLOSING: &str = ")]\"”’'*";

/// Splits a passage into its sentences, each with its offset.
fn sentences(text: &str) -> Vec<(usize, &str)> {
    let mut sentences = Vec::new();
    let mut begin = 0;
    let mut ended = false;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() && ended {
            sentences.push((begin, &text[begin..at]));
            begin = at + c.len_utf8();
        }
        ended = ['.', '!', '?'].contains(&c) || ended && CLOSING.contains(c);
    }
    sentences.push((begin, &text[begin..]));
    sentences
}

/// Returns some words from this offset on.
fn excerpt(text: &str, at: usize) -> String {
    let before: Vec<&str> = text[..at].split_whitespace().rev().take(3).collect();
    let after = text[at..].split_whitespace().take(7);
    before.into_iter().rev().chain(after).collect::<Vec<_>>().join(" ")
}
