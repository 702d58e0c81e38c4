//! Plain English, as far as it can be counted: four habits that make a sentence hard to understand
//! for a reader whose first language is another one.

use std::fmt;

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
        let words = words(&passage.text);
        counted.words += words.len();
        let places = in_words(&passage.text, &words);
        let clauses = what_clauses(passage).into_iter().map(|at| (Habit::WhatClause, at));
        counted
            .found
            .extend(places.into_iter().chain(clauses).map(|(habit, at)| Found {
                habit,
                line: passage.line(at),
                excerpt: excerpt(&passage.text, at),
            }));
    }
    counted
}

/// Reports the habits that are too frequent, in each large file and in all smaller ones together; a
/// text each, with the places.
pub fn problems(files: &[Counted]) -> Vec<String> {
    let (large, small): (Vec<&Counted>, Vec<&Counted>) = files.iter().partition(|file| file.words > ALONE);
    let mut problems: Vec<String> = large
        .iter()
        .flat_map(|file| too_frequent(&file.file, &[file]))
        .collect();
    problems.extend(too_frequent("The smaller files together", &small));
    problems
}

fn too_frequent(name: &str, files: &[&Counted]) -> Vec<String> {
    let words: usize = files.iter().map(|file| file.words).sum();
    let mut problems = Vec::new();
    for habit in Habit::ALL {
        let places: Vec<String> = files
            .iter()
            .flat_map(|file| file.found.iter().map(move |found| (file, found)))
            .filter(|(_, found)| found.habit == habit)
            .map(|(file, found)| format!("{}:{}: {}", file.file, found.line, found.excerpt))
            .collect();
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

/// Returns the words of a text, in lower case, each with its offset. Hyphens separate words.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut in_word = false;
    for (at, c) in text.char_indices() {
        let is_letter = c.is_alphanumeric() || c == '\'' && in_word;
        match words.last_mut().filter(|_| in_word && is_letter) {
            Some((_, word)) => word.extend(c.to_lowercase()),
            None if is_letter => words.push((at, c.to_lowercase().collect())),
            None => {}
        }
        in_word = is_letter;
    }
    words
}

/// Returns the habits that can be seen by the words alone, each with its offset.
fn in_words(text: &str, words: &[(usize, String)]) -> Vec<(Habit, usize)> {
    let word = |index: usize| words.get(index).map_or("", |(_, word)| word.as_str());
    // True if only spaces, or a quotation mark that opens, are between this word and the next one.
    let joined = |index: usize| match (words.get(index), words.get(index + 1)) {
        (Some((at, word)), Some((next, _))) => text
            .get(at + word.len()..*next)
            .is_some_and(|between| between.trim_end_matches(['"', '“', '‘', '(']).trim().is_empty()),
        _ => false,
    };
    let mut found = Vec::new();
    for (index, (at, one)) in words.iter().enumerate() {
        let two = if joined(index) { word(index + 1) } else { "" };
        let three = if joined(index) && joined(index + 1) {
            word(index + 2)
        } else {
            ""
        };
        let is_there = index > 0 && word(index - 1) == "there"
            || index > 1 && word(index - 2) == "there" && MODALS.contains(&word(index - 1));
        if BE.contains(&one.as_str()) && two == "no" && !three.is_empty() && three != "longer" && !is_there {
            found.push((Habit::IsNo, *at));
        }
        if NOBODY.contains(&one.as_str()) {
            found.push((Habit::Nobody, *at));
        }
        if ARCHAIC.contains(&one.as_str()) || ARCHAIC_PAIRS.contains(&(one, two)) {
            found.push((Habit::Archaic, *at));
        }
    }
    found
}

const BE: &[&str] = &["is", "are", "was", "were", "be", "been"];
const MODALS: &[&str] = &[
    "can", "could", "may", "might", "must", "shall", "should", "will", "would", "has", "have",
];
const NOBODY: &[&str] = &["whoever", "somebody", "nobody"];
const ARCHAIC: &[&str] = &["tells", "told", "telling", "anew", "thereby", "wherein"];
const ARCHAIC_PAIRS: &[(&str, &str)] = &[("for", "ever"), ("at", "hand"), ("must", "bear"), ("takes", "leave")];

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
