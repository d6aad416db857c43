//! What all parsers of one load share, and the bounds that hold them: depth and total size.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cursor::Cursor;
use super::error::Problem;
use super::value::{Position, Value};

/// Blocks and lists inside each other, what variables stand for included.
const DEPTH_MAX: usize = 64;
/// Bytes of all sources and of everything that variables expanded to.
const BUDGET_BYTES: usize = 64 << 20;
/// What a value costs beside its text.
pub(super) const NODE_COST_BYTES: usize = 64;

/// Looks up an environment variable.
pub(crate) type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// What all parsers of one load share.
pub(super) struct Session<'e> {
    pub(super) environment: Environment<'e>,
    budget: usize,
    /// The files that are being read, the innermost last.
    pub(super) files: Vec<PathBuf>,
    /// The environment variables that are being resolved.
    pub(super) variables: Vec<String>,
}

impl<'e> Session<'e> {
    pub(super) fn new(environment: Environment<'e>) -> Self {
        Self {
            environment,
            budget: BUDGET_BYTES,
            files: Vec::new(),
            variables: Vec::new(),
        }
    }

    pub(super) fn charge(&mut self, bytes: usize, at: &Position) -> Result<(), Problem> {
        self.budget = self.budget.checked_sub(bytes).ok_or_else(|| {
            let megabytes = BUDGET_BYTES >> 20;
            let message = format!(
                "the configuration is larger than {megabytes} MB \
                 with all its includes and variables"
            );
            Problem::new(at.clone(), message)
        })?;
        Ok(())
    }
}

/// The bytes of a file, or an error when it is larger than a configuration can be.
pub(super) fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let bound = BUDGET_BYTES as u64 + 1;
    File::open(path)?.take(bound).read_to_end(&mut bytes)?;
    if bytes.len() > BUDGET_BYTES {
        return Err(io::Error::other(
            "the file is too large for a configuration",
        ));
    }
    Ok(bytes)
}

pub(super) fn decode(name: &Arc<str>, bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let mut cursor = Cursor::new(Arc::clone(name), str::from_utf8(valid).unwrap_or_default());
        while cursor.bump().is_some() {}
        cursor.problem("this is not UTF-8 text; save the file as UTF-8")
    })
}

pub(super) fn check_depth(depth: usize, at: &Position) -> Result<(), Problem> {
    if depth > DEPTH_MAX {
        let message = format!("blocks and lists are nested more than {DEPTH_MAX} deep");
        return Err(Problem::new(at.clone(), message));
    }
    Ok(())
}

/// Bytes and depth of a value. Its depth was checked when it was read, so this recursion ends.
pub(super) fn measure(value: &Value) -> (usize, usize) {
    let children: Vec<(usize, usize)> = match value {
        Value::Text(text)
        | Value::Integer { text, .. }
        | Value::Float { text, .. }
        | Value::Bool { text, .. } => return (NODE_COST_BYTES + text.len(), 0),
        Value::Array(items) => items.iter().map(|item| measure(&item.value)).collect(),
        Value::Map(map) => map
            .entries()
            .map(|entry| {
                let (bytes, depth) = measure(&entry.node.value);
                (bytes + NODE_COST_BYTES + entry.key.len(), depth)
            })
            .collect(),
    };
    let bytes = children.iter().map(|(bytes, _)| bytes).sum::<usize>() + NODE_COST_BYTES;
    (
        bytes,
        1 + children.iter().map(|(_, depth)| *depth).max().unwrap_or(0),
    )
}
