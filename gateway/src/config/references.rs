//! What a text takes from elsewhere: `$variables`, the environment, and included files.

use std::fs;
use std::sync::Arc;

use super::cursor::Cursor;
use super::error::Problem;
use super::parser::{Parser, parse};
use super::scalar;
use super::session::{check_depth, decode, measure, read_bounded};
use super::value::{Map, Node, Position, Value};

/// Files including files.
const INCLUDE_DEPTH_MAX: usize = 10;
/// Environment variables referring to environment variables.
const ENVIRONMENT_DEPTH_MAX: usize = 10;

impl Parser<'_, '_> {
    /// What `$name` stands for: a statement above, here or in a surrounding block, or else the
    /// environment, whose text is read as a value.
    pub(super) fn variable(&mut self, name: &str, at: Position) -> Result<Node, Problem> {
        let found = self
            .scopes
            .iter_mut()
            .rev()
            .find_map(|scope| scope.variable(name));
        let value = if let Some(entry) = found {
            entry.is_variable = true;
            entry.node.value.clone()
        } else {
            self.environment(name, &at)?
        };
        let (bytes, depth) = measure(&value);
        self.session.charge(bytes, &at)?;
        check_depth(self.depth + depth, &at)?;
        Ok(Node { value, at })
    }

    fn environment(&mut self, name: &str, at: &Position) -> Result<Value, Problem> {
        let fail = |message: String| Err(Problem::new(at.clone(), message));
        if self.session.variables.iter().any(|open| open == name) {
            return fail(format!("the environment variable {name} refers to itself"));
        }
        if self.session.variables.len() >= ENVIRONMENT_DEPTH_MAX {
            return fail(format!(
                "environment variables refer to each other more than {ENVIRONMENT_DEPTH_MAX} deep"
            ));
        }
        let Some(text) = (self.session.environment)(name) else {
            return fail(format!(
                "${name} is neither a key above this line nor an environment variable; \
                 set it, or quote the text if it is meant literally"
            ));
        };
        let text = text.trim();
        if text.is_empty() {
            return Ok(Value::Text(String::new()));
        }
        self.session.charge(text.len(), at)?;
        self.session.variables.push(name.to_owned());
        let cursor = Cursor::new(format!("environment variable {name}").into(), text);
        let mut parser = Parser {
            cursor,
            session: &mut *self.session,
            folder: self.folder.clone(),
            scopes: vec![Map::default()],
            depth: self.depth,
        };
        let node = parser.value(&format!("the environment variable {name}"))?;
        parser.cursor.skip_to_content();
        if parser.cursor.peek().is_some() {
            let message = "one value is expected; quote a text that has blanks in it";
            return Err(parser.cursor.problem(message));
        }
        self.session.variables.pop();
        Ok(node.value)
    }

    pub(super) fn include(&mut self, at: &Position) -> Result<(), Problem> {
        self.cursor.skip_blanks();
        if matches!(self.cursor.peek(), Some(':' | '=')) {
            self.cursor.bump();
            self.cursor.skip_blanks();
        }
        let path = match self.cursor.peek() {
            Some('"' | '\'') => scalar::quoted(&mut self.cursor)?,
            _ => scalar::bare(&mut self.cursor)?,
        };
        if path.is_empty() {
            return Err(self
                .cursor
                .problem("expected the path of a file after include"));
        }
        let path = self.folder.join(path);
        let fail = |message: String| Problem::new(at.clone(), message);
        let shown = path.display();
        let unreadable =
            |error: std::io::Error| fail(format!("cannot read the included file {shown}: {error}"));
        let canonical = fs::canonicalize(&path).map_err(unreadable)?;
        if self.session.files.contains(&canonical) {
            return Err(fail(format!(
                "{shown} includes itself; remove one of the includes"
            )));
        }
        if self.session.files.len() > INCLUDE_DEPTH_MAX {
            return Err(fail(format!(
                "files include files more than {INCLUDE_DEPTH_MAX} deep"
            )));
        }
        let bytes = read_bounded(&path).map_err(unreadable)?;
        let name: Arc<str> = shown.to_string().into();
        let text = decode(&name, bytes)?;
        self.session.files.push(canonical);
        let map = parse(self.session, name, &text, path.parent())?;
        self.session.files.pop();
        for entry in map.entries() {
            let (_, depth) = measure(&entry.node.value);
            check_depth(self.depth + depth, at)?;
            self.innermost().insert(entry.clone());
        }
        Ok(())
    }
}
