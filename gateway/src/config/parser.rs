//! The grammar: statements, blocks and lists.
//!
//! One `Parser` reads one source; an included file and the text of an environment variable get
//! one of their own, with empty scopes. All draw on the bounds of one `Session`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cursor::Cursor;
use super::error::{ConfigError, Problem};
use super::scalar;
use super::session::{Environment, NODE_COST_BYTES, Session, check_depth, decode, read_bounded};
use super::value::{Entry, Map, Node, Position, Value};

/// Reads `path` and everything that it includes.
pub(crate) fn load(path: &Path, environment: Environment<'_>) -> Result<Map, ConfigError> {
    let mut session = Session::new(environment);
    let bytes = read_bounded(path).map_err(|source| ConfigError::Read {
        file: path.to_owned(),
        source,
    })?;
    let name: Arc<str> = path.display().to_string().into();
    let text = decode(&name, bytes).map_err(ConfigError::Syntax)?;
    session
        .files
        .push(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()));
    parse(&mut session, name, &text, path.parent()).map_err(ConfigError::Syntax)
}

/// Reads a text that did not come from a file; an `include` in it is relative to `folder`.
#[cfg(test)]
pub(crate) fn parse_text(
    name: &str,
    text: &str,
    folder: Option<&Path>,
    environment: Environment<'_>,
) -> Result<Map, Problem> {
    parse(&mut Session::new(environment), name.into(), text, folder)
}

pub(super) fn parse(
    session: &mut Session<'_>,
    name: Arc<str>,
    text: &str,
    folder: Option<&Path>,
) -> Result<Map, Problem> {
    let cursor = Cursor::new(name, text);
    session.charge(text.len(), &cursor.position())?;
    let folder = folder.map(Path::to_owned).unwrap_or_default();
    Parser {
        cursor,
        session,
        folder,
        scopes: vec![Map::default()],
        depth: 0,
    }
    .document()
}

pub(super) struct Parser<'a, 'e> {
    pub(super) cursor: Cursor<'a>,
    pub(super) session: &'a mut Session<'e>,
    pub(super) folder: PathBuf,
    /// The blocks that are open, the innermost last: where a variable is looked up.
    pub(super) scopes: Vec<Map>,
    pub(super) depth: usize,
}

impl Parser<'_, '_> {
    fn document(mut self) -> Result<Map, Problem> {
        self.cursor.skip_to_content();
        let start = self.cursor.position();
        let braced = self.cursor.eat('{');
        self.statements(braced.then_some('}'), &start)?;
        if braced {
            self.cursor.skip_to_content();
            if self.cursor.peek().is_some() {
                let message = "nothing may follow the } that closes the whole file";
                return Err(self.cursor.problem(message));
            }
        }
        Ok(self.scopes.pop().unwrap_or_default())
    }

    /// Statements into the innermost scope, up to and with `close` or to the end of the text.
    fn statements(&mut self, close: Option<char>, start: &Position) -> Result<(), Problem> {
        loop {
            self.cursor.skip_to_content();
            match self.cursor.peek() {
                None if close.is_none() => return Ok(()),
                None => {
                    let message = "this block has no end; close it with }";
                    return Err(Problem::new(start.clone(), message));
                }
                next if next == close => {
                    self.cursor.bump();
                    return Ok(());
                }
                Some(next @ ('}' | ']' | ')')) => {
                    return Err(self
                        .cursor
                        .problem(format!("{next} closes nothing; remove it")));
                }
                Some(next @ (',' | ';' | ':' | '=' | '{' | '[' | '(')) => {
                    let message = format!("expected a key before {next}");
                    return Err(self.cursor.problem(message));
                }
                Some(_) => self.statement(close)?,
            }
        }
    }

    fn statement(&mut self, close: Option<char>) -> Result<(), Problem> {
        let key_at = self.cursor.position();
        let is_quoted = matches!(self.cursor.peek(), Some('"' | '\''));
        let key = if is_quoted {
            scalar::quoted(&mut self.cursor)?
        } else {
            self.bare_key()
        };
        if !is_quoted && key.eq_ignore_ascii_case("include") {
            self.include(&key_at)?;
            return self.statement_end(close, "the included file");
        }
        self.skip_to_value(&key)?;
        let node = self.value(&format!("{key:?}"))?;
        self.statement_end(close, "the value")?;
        let entry = Entry {
            key,
            key_at,
            node,
            is_variable: false,
        };
        self.innermost().insert(entry);
        Ok(())
    }

    fn bare_key(&mut self) -> String {
        let mut key = String::new();
        while let Some(next) = self.cursor.peek() {
            if next.is_whitespace() || matches!(next, ':' | '=' | '{') {
                break;
            }
            key.push(next);
            self.cursor.bump();
        }
        key
    }

    /// From the end of a key to the start of its value. Without a separator the value may stand on
    /// the next line; after one it may within a block, and elsewhere only a block or a list may.
    fn skip_to_value(&mut self, key: &str) -> Result<(), Problem> {
        let missing = |cursor: &Cursor<'_>| {
            let found = cursor.describe();
            cursor.problem(format!("expected a value for {key:?}, found {found}"))
        };
        while self.cursor.peek().is_some_and(char::is_whitespace) {
            self.cursor.bump();
        }
        if matches!(self.cursor.peek(), Some(':' | '=')) {
            self.cursor.bump();
            self.cursor.skip_blanks();
            if self.cursor.at_line_end() {
                let error = missing(&self.cursor);
                self.cursor.skip_to_content();
                if self.depth == 0 && !matches!(self.cursor.peek(), Some('{' | '[')) {
                    return Err(error);
                }
            }
        }
        if self.at_spaced_comment()
            || matches!(self.cursor.peek(), None | Some('}' | ']' | ',' | ';'))
        {
            return Err(missing(&self.cursor));
        }
        Ok(())
    }

    /// `password: #secret` is a value, as it always was; `password: # secret` is none.
    fn at_spaced_comment(&self) -> bool {
        let rest = self.cursor.rest();
        let after = rest.strip_prefix('#').or_else(|| rest.strip_prefix("//"));
        after.is_some_and(|after| after.chars().next().is_none_or(char::is_whitespace))
    }

    /// After a value: the end of the line, one separator, a comment, or the end of the block.
    fn statement_end(&mut self, close: Option<char>, what: &str) -> Result<(), Problem> {
        self.cursor.skip_blanks();
        match self.cursor.peek() {
            _ if self.cursor.at_line_end() => Ok(()),
            Some(',' | ';') => {
                self.cursor.bump();
                Ok(())
            }
            next if next == close || self.cursor.at_comment() => Ok(()),
            _ => {
                let found = self.cursor.describe();
                let message = format!(
                    "expected a new line, a comma or a semicolon after {what}, found {found}; \
                     quote a text that has blanks or any of , ; ] }} in it"
                );
                Err(self.cursor.problem(message))
            }
        }
    }

    pub(super) fn value(&mut self, owner: &str) -> Result<Node, Problem> {
        let at = self.cursor.position();
        self.session.charge(NODE_COST_BYTES, &at)?;
        let value = match self.cursor.peek() {
            Some('{') => Value::Map(self.map(&at)?),
            Some('[') => Value::Array(self.array(&at)?),
            Some('(') => Value::Text(scalar::block(&mut self.cursor)?),
            Some('"' | '\'') => Value::Text(scalar::quoted(&mut self.cursor)?),
            _ => {
                let word = scalar::bare(&mut self.cursor)?;
                return self.word(word, at, owner);
            }
        };
        Ok(Node { value, at })
    }

    fn word(&mut self, word: String, at: Position, owner: &str) -> Result<Node, Problem> {
        if word.is_empty() {
            let found = self.cursor.describe();
            return Err(Problem::new(
                at,
                format!("expected a value for {owner}, found {found}"),
            ));
        }
        if let Some(name) = word.strip_prefix('$')
            && !is_bcrypt(name)
        {
            return self.variable(name, at);
        }
        let value = scalar::classify(word).map_err(|why| Problem::new(at.clone(), why))?;
        Ok(Node { value, at })
    }

    fn map(&mut self, at: &Position) -> Result<Map, Problem> {
        self.enter(at)?;
        self.cursor.bump();
        self.scopes.push(Map::default());
        self.statements(Some('}'), at)?;
        self.depth -= 1;
        Ok(self.scopes.pop().unwrap_or_default())
    }

    fn array(&mut self, at: &Position) -> Result<Vec<Node>, Problem> {
        self.enter(at)?;
        self.cursor.bump();
        let mut items = Vec::new();
        loop {
            self.cursor.skip_to_content();
            match self.cursor.peek() {
                None => {
                    return Err(Problem::new(
                        at.clone(),
                        "this list has no end; close it with ]",
                    ));
                }
                Some(']') => {
                    self.cursor.bump();
                    self.depth -= 1;
                    return Ok(items);
                }
                Some(_) => {
                    items.push(self.value("this place of the list")?);
                    self.array_item_end()?;
                }
            }
        }
    }

    fn array_item_end(&mut self) -> Result<(), Problem> {
        self.cursor.skip_blanks();
        match self.cursor.peek() {
            Some(']') => Ok(()),
            _ if self.cursor.at_line_end() => Ok(()),
            Some(',') => {
                self.cursor.bump();
                Ok(())
            }
            _ if self.cursor.at_comment() => Ok(()),
            _ => {
                let found = self.cursor.describe();
                let message =
                    format!("expected a comma, a new line or ] after this item, found {found}");
                Err(self.cursor.problem(message))
            }
        }
    }

    fn enter(&mut self, at: &Position) -> Result<(), Problem> {
        self.depth += 1;
        check_depth(self.depth, at)
    }

    pub(super) fn innermost(&mut self) -> &mut Map {
        self.scopes
            .last_mut()
            .expect("a parser starts with one scope and pops only what it pushed")
    }
}

/// Password hashes start like variables.
fn is_bcrypt(name: &str) -> bool {
    ["2a$", "2b$", "2x$", "2y$"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}
