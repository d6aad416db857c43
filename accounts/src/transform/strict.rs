//! The transform of imports.
//!
//! A destination may place wildcards (by order as `*`, by number as `$1` or `{{wildcard(1)}}`),
//! must use every one of them, and has a trailing `>` if and only if the source has one.

use super::token::{self, Function, Token};
use super::{TransformError, lossy, positions, separate};
use crate::subject;

/// A compiled transform that can be undone.
///
/// ```
/// use accounts::Transform;
/// let transform = Transform::new(b"a.*.b.*", b"x.$2.$1").unwrap();
/// let mut out = Vec::new();
/// assert!(transform.apply(b"a.1.b.2", &mut out));
/// assert_eq!(out, b"x.2.1");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transform {
    source: Box<[u8]>,
    parts: Vec<Part>,
    identity: bool,
}

/// One token of the destination.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(Box<[u8]>),
    /// The token at this place (from 0) of the subject.
    Token(usize),
    /// All tokens from this place on.
    Tail(usize),
}

impl Transform {
    /// Compiles a transform from `source` to `destination`.
    pub fn new(source: &[u8], destination: &[u8]) -> Result<Self, TransformError> {
        if !subject::is_valid(source) {
            return Err(TransformError::InvalidSubject(lossy(source)));
        }
        let wildcards: Vec<usize> = positions(source, |token| token == b"*").collect();
        let tail = positions(source, |token| token == b">").next();
        let mut parts = Vec::new();
        let mut by_order = 0;
        let mut by_number = false;
        let count = subject::tokens(destination).count();
        for (at, token) in subject::tokens(destination).enumerate() {
            parts.push(match token::read(token)? {
                Token::Star => {
                    by_order += 1;
                    Part::Token(wildcard(&wildcards, by_order)?)
                }
                Token::Function(Function::Wildcard(n)) => {
                    by_number = true;
                    Part::Token(wildcard(&wildcards, n)?)
                }
                Token::Function(_) => {
                    return Err(TransformError::FunctionInImport(lossy(token)));
                }
                Token::Tail if at + 1 == count => Part::Tail(tail.ok_or(TransformError::Tail)?),
                Token::Tail => return Err(TransformError::InvalidSubject(lossy(destination))),
                Token::Literal => Part::Literal(token.into()),
            });
        }
        if by_order > 0 && by_number {
            return Err(TransformError::MixedWildcards);
        }
        if tail.is_some() != matches!(parts.last(), Some(Part::Tail(_))) {
            return Err(TransformError::Tail);
        }
        if !wildcards.iter().all(|at| parts.contains(&Part::Token(*at))) {
            return Err(TransformError::UnusedWildcard);
        }
        Ok(Self::from_parts(source.into(), parts))
    }

    /// A transform that changes nothing within `pattern`.
    pub fn identity(pattern: &[u8]) -> Result<Self, TransformError> {
        Self::new(pattern, pattern)
    }

    /// Whether every subject stays as it is.
    pub fn is_identity(&self) -> bool {
        self.identity
    }

    /// The pattern that subjects must be within.
    pub fn source(&self) -> &[u8] {
        &self.source
    }

    /// The pattern that results are within: `*` where a wildcard of the source goes.
    pub fn destination(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.source.len());
        for part in &self.parts {
            separate(&mut out, 0);
            match part {
                Part::Literal(text) => out.extend_from_slice(text),
                Part::Token(_) => out.push(b'*'),
                Part::Tail(_) => out.push(b'>'),
            }
        }
        out
    }

    /// Appends the transformed `subject` to `out`. False, and nothing is appended, when `subject`
    /// is not within the source. A pattern within the source is mapped as well: its wildcards
    /// are carried over.
    pub fn apply(&self, subject: &[u8], out: &mut Vec<u8>) -> bool {
        if !subject::is_subset(subject, &self.source) {
            return false;
        }
        if self.identity {
            out.extend_from_slice(subject);
            return true;
        }
        let start = out.len();
        for part in &self.parts {
            separate(out, start);
            match part {
                Part::Literal(text) => out.extend_from_slice(text),
                Part::Token(at) => {
                    out.extend_from_slice(subject::tokens(subject).nth(*at).unwrap_or_default());
                }
                Part::Tail(at) => out.extend_from_slice(from_token(subject, *at)),
            }
        }
        true
    }

    /// The transform that undoes this one.
    pub fn inverse(&self) -> Result<Self, TransformError> {
        let place_of = |at: usize| {
            let mut places = (0..self.parts.len())
                .filter(|place| matches!(self.parts[*place], Part::Token(t) if t == at));
            match (places.next(), places.next()) {
                (Some(place), None) => Ok(place),
                _ => Err(TransformError::NotInvertible),
            }
        };
        let mut parts = Vec::new();
        for (at, token) in subject::tokens(&self.source).enumerate() {
            parts.push(match token {
                b"*" => Part::Token(place_of(at)?),
                b">" => Part::Tail(self.parts.len() - 1),
                literal => Part::Literal(literal.into()),
            });
        }
        Ok(Self::from_parts(self.destination().into(), parts))
    }

    fn from_parts(source: Box<[u8]>, parts: Vec<Part>) -> Self {
        let unchanged = |(at, (part, token)): (usize, (&Part, &[u8]))| match part {
            Part::Literal(text) => **text == *token,
            Part::Token(from) | Part::Tail(from) => *from == at,
        };
        let identity = subject::tokens(&source).count() == parts.len()
            && parts
                .iter()
                .zip(subject::tokens(&source))
                .enumerate()
                .all(unchanged);
        Self {
            source,
            parts,
            identity,
        }
    }
}

fn wildcard(wildcards: &[usize], n: usize) -> Result<usize, TransformError> {
    let index = n.checked_sub(1).and_then(|index| wildcards.get(index));
    index.copied().ok_or(TransformError::IndexOutOfRange(n))
}

/// The part of `subject` that starts with its token `at`.
fn from_token(subject: &[u8], at: usize) -> &[u8] {
    let skipped: usize = subject::tokens(subject)
        .take(at)
        .map(|token| token.len() + 1)
        .sum();
    subject.get(skipped..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
