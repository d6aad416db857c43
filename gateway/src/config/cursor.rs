//! A place in a text, and the steps that lexing takes from there.

use std::sync::Arc;

use super::error::Problem;
use super::value::Position;

/// Walks over one source text and knows line and column.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    file: Arc<str>,
    rest: &'a str,
    line: u32,
    column: u32,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(file: Arc<str>, text: &'a str) -> Self {
        Self {
            file,
            rest: text.trim_start_matches('\u{feff}'),
            line: 1,
            column: 1,
        }
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(crate) fn starts_with(&self, text: &str) -> bool {
        self.rest.starts_with(text)
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.rest = &self.rest[next.len_utf8()..];
        if next == '\n' {
            self.line = self.line.saturating_add(1);
            self.column = 1;
        } else {
            self.column = self.column.saturating_add(1);
        }
        Some(next)
    }

    /// Takes `expected` if it stands here.
    pub(crate) fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.bump();
        }
        found
    }

    pub(crate) fn position(&self) -> Position {
        Position {
            file: Arc::clone(&self.file),
            line: self.line,
            column: self.column,
        }
    }

    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(self.position(), message)
    }

    /// Whether a line ends here, in whichever way.
    pub(crate) fn at_line_end(&self) -> bool {
        self.peek().is_none_or(is_line_end)
    }

    /// Spaces, tabs and other blanks within the line.
    pub(crate) fn skip_blanks(&mut self) {
        while self
            .peek()
            .is_some_and(|next| next.is_whitespace() && !is_line_end(next))
        {
            self.bump();
        }
    }

    /// Blanks, line ends and comments.
    pub(crate) fn skip_to_content(&mut self) {
        loop {
            while self.peek().is_some_and(char::is_whitespace) {
                self.bump();
            }
            if !self.at_comment() {
                return;
            }
            self.skip_comment();
        }
    }

    pub(crate) fn at_comment(&self) -> bool {
        self.starts_with("#") || self.starts_with("//")
    }

    /// Up to the end of the line, which stays.
    pub(crate) fn skip_comment(&mut self) {
        while !self.at_line_end() {
            self.bump();
        }
    }

    /// For error texts: what stands here.
    pub(crate) fn describe(&self) -> String {
        match self.peek() {
            None => "the end of the file".to_owned(),
            Some(next) if is_line_end(next) => "the end of the line".to_owned(),
            Some(next) => format!("{next:?}"),
        }
    }
}

fn is_line_end(next: char) -> bool {
    matches!(next, '\n' | '\r')
}
