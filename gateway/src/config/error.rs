//! What is wrong with a configuration, and where.

use std::fmt;
use std::path::{Path, PathBuf};

use super::value::Position;

/// One finding: where it is, what is wrong there, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) at: Position,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(at: Position, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }

    /// About a file as a whole.
    pub(crate) fn of_file(path: &Path, message: &str) -> Self {
        let at = Position {
            file: path.display().to_string().into(),
            line: 0,
            column: 0,
        };
        Self::new(at, message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { file, line, column } = &self.at;
        match line {
            0 => write!(f, "{file}: {}", self.message),
            _ => write!(f, "{file}:{line}:{column}: {}", self.message),
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error(
        "cannot read the configuration file {}: {source}; check the path given with -c",
        file.display()
    )]
    Read {
        file: PathBuf,
        source: std::io::Error,
    },
    /// The text does not follow the grammar. The words "Parse error" are what scripts look for.
    #[error("Parse error: {0}")]
    Syntax(Problem),
    /// The text is well formed, but these statements cannot be served.
    #[error("{}", lines(.0))]
    Meaning(Vec<Problem>),
}

fn lines(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}
