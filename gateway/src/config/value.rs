//! The tree that a configuration text becomes: values, and where each of them was written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::error::Problem;

/// Where something was written. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) file: Arc<str>,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A value and its place. What a variable stood for carries the place where it was used.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) at: Position,
}

/// What a value is by its form alone. A consumer that wants text takes `Text`, and the original
/// text of a bare number or word too, so that `server_name: 2026` is a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Quoted, a block, or a bare word. Timestamps are bare words too.
    Text(String),
    /// A bare whole number. `text` is what was written, size suffix included.
    Integer {
        value: i64,
        text: String,
    },
    /// A bare number with a fraction.
    Float {
        value: f64,
        text: String,
    },
    /// A bare `true`, `false`, `yes`, `no`, `on` or `off`.
    Bool {
        value: bool,
        text: String,
    },
    Array(Vec<Node>),
    Map(Map),
}

/// The statements of one block in the order of the text; of two with the same key the last counts.
/// Account names are keys and respect case, so keys that differ in case only are both here, and a
/// reader of directives compares `Entry::name` and lets the later one win.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Map {
    /// A replaced statement leaves its place empty.
    entries: Vec<Option<Entry>>,
    places: HashMap<String, usize>,
}

/// One `key: value`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// As written; `name()` is what to compare.
    pub(crate) key: String,
    pub(crate) key_at: Position,
    pub(crate) node: Node,
    /// A later `$key` referred to this statement, so that its name need not be a known one.
    pub(crate) is_variable: bool,
}

impl Node {
    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(self.at.clone(), message)
    }

    fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Text(text) => text.as_str().into(),
            Value::Integer { value, .. } => (*value).into(),
            // Go writes whole ones without a point.
            Value::Float { value, text } => match text.trim_end_matches('0').strip_suffix('.') {
                Some(whole) => whole.parse::<i64>().map_or((*value).into(), Into::into),
                None => (*value).into(),
            },
            Value::Bool { value, .. } => (*value).into(),
            Value::Array(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(map) => map.to_json(),
        }
    }

    /// For error texts: what kind of value stands here.
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::Text(text) => format!("the text {:?}", shorten(text)),
            Value::Integer { text, .. } | Value::Float { text, .. } => format!("the number {text}"),
            Value::Bool { text, .. } => format!("the switch {text}"),
            Value::Array(_) => "a list".to_owned(),
            Value::Map(_) => "a block".to_owned(),
        }
    }
}

impl Map {
    /// The text whose hash nats-server shows for a configuration: JSON as Go writes it, with sorted
    /// keys, so that the same meaning gives the same text.
    pub(crate) fn canonical(&self) -> String {
        let mut text = String::new();
        for next in self.to_json().to_string().chars() {
            match next {
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    text += &format!("\\u{:04x}", u32::from(next));
                }
                next => text.push(next),
            }
        }
        text + "\n"
    }

    fn to_json(&self) -> serde_json::Value {
        let sorted: BTreeMap<_, _> = self
            .entries()
            .map(|entry| (&entry.key, entry.node.to_json()))
            .collect();
        sorted
            .into_iter()
            .map(|(key, value)| (key.clone(), value))
            .collect()
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().flatten()
    }

    /// Adds a statement; it takes the place of an earlier one that has this very key.
    pub(crate) fn insert(&mut self, entry: Entry) {
        let place = self.entries.len();
        if let Some(earlier) = self.places.insert(entry.key.clone(), place) {
            self.entries[earlier] = None;
        }
        self.entries.push(Some(entry));
    }

    /// The statement that `$key` means.
    pub(crate) fn variable(&mut self, key: &str) -> Option<&mut Entry> {
        let place = *self.places.get(key)?;
        self.entries.get_mut(place)?.as_mut()
    }
}

impl Entry {
    /// The key in lower case.
    pub(crate) fn name(&self) -> String {
        self.key.to_ascii_lowercase()
    }
}

/// A long text (a JWT) has no place in an error message.
pub(crate) fn shorten(text: &str) -> String {
    const SHOWN_MAX: usize = 40;
    if text.chars().count() <= SHOWN_MAX {
        return text.to_owned();
    }
    text.chars().take(SHOWN_MAX).chain("...".chars()).collect()
}
