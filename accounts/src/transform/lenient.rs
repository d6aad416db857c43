//! The transform of subject mappings.

use std::io::Write as _;

use super::token::{self, Cut, Function, Token};
use super::{PARTS_MAX, RESULT_BYTES_MAX, TransformError, cut, lossy, positions, separate};
use crate::subject;

/// A compiled destination: it may leave wildcards of its source out, and use functions.
///
/// ```
/// use accounts::LenientTransform;
/// let transform = LenientTransform::new(b"orders.*.*", b"orders.{{partition(3,1)}}.$2").unwrap();
/// let mut out = Vec::new();
/// assert!(transform.apply(b"orders.eu.new", || 0, &mut out));
/// assert_eq!(out, b"orders.2.new");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LenientTransform {
    parts: Vec<Part>,
}

/// One token of the destination; places are those of the source's tokens, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(Box<[u8]>),
    /// All tokens from this place on.
    Tail(usize),
    Function(Function),
}

impl LenientTransform {
    /// Compiles a transform from `source` to `destination`.
    pub fn new(source: &[u8], destination: &[u8]) -> Result<Self, TransformError> {
        if !subject::is_valid(source) {
            return Err(TransformError::InvalidSubject(lossy(source)));
        }
        let places = Places::of(source)?;
        let count = subject::tokens(destination).count();
        let mut parts = Vec::new();
        for (at, token) in subject::tokens(destination).enumerate() {
            parts.push(match token::read(token)? {
                Token::Star => return Err(TransformError::Star),
                Token::Tail if at + 1 == count => {
                    Part::Tail(places.tail.ok_or(TransformError::Tail)?)
                }
                Token::Tail => return Err(TransformError::InvalidSubject(lossy(destination))),
                Token::Literal => Part::Literal(token.into()),
                Token::Function(function) => Part::Function(places.bind(function)?),
            });
        }
        if places.tail.is_some() != matches!(parts.last(), Some(Part::Tail(_))) {
            return Err(TransformError::Tail);
        }
        if parts.iter().map(Part::len).sum::<usize>() > PARTS_MAX {
            return Err(TransformError::TooManyParts);
        }
        Ok(Self { parts })
    }

    /// A transform that changes nothing within `pattern`.
    pub fn identity(pattern: &[u8]) -> Result<Self, TransformError> {
        let mut destination = Vec::with_capacity(pattern.len() * 2);
        let mut wildcards = 0;
        for token in subject::tokens(pattern) {
            separate(&mut destination, 0);
            if token == b"*" {
                wildcards += 1;
                let _ = write!(destination, "${wildcards}");
            } else {
                destination.extend_from_slice(token);
            }
        }
        Self::new(pattern, &destination)
    }

    /// Whether a subject always becomes the same one.
    pub fn is_fixed(&self) -> bool {
        !self
            .parts
            .iter()
            .any(|part| matches!(part, Part::Function(Function::Random(_))))
    }

    /// Appends what `subject`, which lies within the source, becomes to `out`. False, and nothing
    /// is appended, when that is longer than [`RESULT_BYTES_MAX`]. `random` gives even numbers of
    /// 32 bits.
    pub fn apply(
        &self,
        subject: &[u8],
        mut random: impl FnMut() -> u32,
        out: &mut Vec<u8>,
    ) -> bool {
        let tokens = first_tokens(subject);
        let start = out.len();
        for part in &self.parts {
            separate(out, start);
            match part {
                Part::Literal(text) => out.extend_from_slice(text),
                Part::Tail(at) => out.extend_from_slice(rest(subject, &tokens[..*at])),
                Part::Function(function) => call(function, subject, &tokens, &mut random, out),
            }
            if out.len() - start > RESULT_BYTES_MAX {
                out.truncate(start);
                return false;
            }
        }
        true
    }

    /// A pattern that covers all that subjects within `pattern`, which lies within the source,
    /// become; wider than they need where a function meets a wildcard. `None` when they all get
    /// too long.
    pub fn cover(&self, pattern: &[u8]) -> Option<Vec<u8>> {
        let tokens = first_tokens(pattern);
        let mut out = Vec::with_capacity(pattern.len());
        for part in &self.parts {
            separate(&mut out, 0);
            match part {
                Part::Literal(text) => out.extend_from_slice(text),
                Part::Tail(at) => out.extend_from_slice(rest(pattern, &tokens[..*at])),
                Part::Function(function) => match function.shape(&tokens) {
                    Shape::Same => call(function, pattern, &tokens, &mut || 0, &mut out),
                    Shape::Token => out.push(b'*'),
                    Shape::Tokens => {
                        out.push(b'>');
                        break;
                    }
                },
            }
        }
        (out.len() <= RESULT_BYTES_MAX).then_some(out)
    }
}

/// What a function makes of the tokens of a pattern.
enum Shape {
    /// The same for all subjects within the pattern, or the wildcard itself.
    Same,
    Token,
    /// One or more of them.
    Tokens,
}

impl Function {
    fn shape(&self, tokens: &[&[u8]; PARTS_MAX]) -> Shape {
        let wild = |at: &usize| tokens[*at] == b"*";
        match self {
            Self::Random(_) => Shape::Token,
            Self::Partition { tokens: key, .. } if key.iter().any(wild) => Shape::Token,
            Self::Cut { cut, token, .. } if wild(token) => match cut {
                Cut::Left | Cut::Right => Shape::Token,
                _ => Shape::Tokens,
            },
            Self::Split { token, .. } if wild(token) => Shape::Tokens,
            _ => Shape::Same,
        }
    }
}

/// The tokens that a part may ask for.
fn first_tokens(subject: &[u8]) -> [&[u8]; PARTS_MAX] {
    let mut tokens: [&[u8]; PARTS_MAX] = [b""; PARTS_MAX];
    for (place, token) in tokens.iter_mut().zip(subject::tokens(subject)) {
        *place = token;
    }
    tokens
}

/// What follows these first tokens of `subject`.
fn rest<'a>(subject: &'a [u8], tokens: &[&[u8]]) -> &'a [u8] {
    let skipped: usize = tokens.iter().map(|token| token.len() + 1).sum();
    subject.get(skipped..).unwrap_or_default()
}

fn call(
    function: &Function,
    subject: &[u8],
    tokens: &[&[u8]; PARTS_MAX],
    random: &mut impl FnMut() -> u32,
    out: &mut Vec<u8>,
) {
    let number = match function {
        Function::Wildcard(at) => return out.extend_from_slice(tokens[*at]),
        Function::Cut { cut, token, size } => {
            return cut::cut(*cut, tokens[*token], *size, out);
        }
        Function::Split { token, at } => return cut::split(tokens[*token], at, out),
        Function::Partition {
            buckets,
            tokens: key,
        } if key.is_empty() => cut::bucket([subject], *buckets),
        Function::Partition {
            buckets,
            tokens: key,
        } => cut::bucket(key.iter().map(|at| tokens[*at]), *buckets),
        Function::Random(count) => random().checked_rem(*count).unwrap_or(0),
    };
    // Writing into a vector cannot fail.
    let _ = write!(out, "{number}");
}

impl Part {
    /// Tokens and arguments.
    fn len(&self) -> usize {
        match self {
            Self::Function(Function::Partition { tokens, .. }) => 1 + tokens.len(),
            _ => 1,
        }
    }
}

/// Where the wildcards of a source are.
struct Places {
    wildcards: Vec<usize>,
    tail: Option<usize>,
}

impl Places {
    fn of(source: &[u8]) -> Result<Self, TransformError> {
        if subject::tokens(source).count() > PARTS_MAX {
            return Err(TransformError::TooManyParts);
        }
        let (wildcards, tail) = (
            positions(source, |token| token == b"*").collect(),
            positions(source, |token| token == b">").next(),
        );
        Ok(Self { wildcards, tail })
    }

    /// The function with places for its wildcard numbers.
    fn bind(&self, function: Function) -> Result<Function, TransformError> {
        Ok(match function {
            Function::Wildcard(n) => Function::Wildcard(self.place(n)?),
            // Without a wildcard the subject is always the same one, and so is its partition.
            Function::Partition { buckets, .. } if self.is_literal() => Function::Partition {
                buckets,
                tokens: Vec::new(),
            },
            Function::Partition { buckets, tokens } => {
                let tokens: Result<_, _> = tokens.into_iter().map(|n| self.place(n)).collect();
                let tokens = tokens?;
                Function::Partition { buckets, tokens }
            }
            Function::Random(count) => Function::Random(count),
            Function::Cut { cut, token, size } => {
                let token = self.place(token)?;
                Function::Cut { cut, token, size }
            }
            Function::Split { token, at } => {
                let token = self.place(token)?;
                Function::Split { token, at }
            }
        })
    }

    fn is_literal(&self) -> bool {
        self.wildcards.is_empty() && self.tail.is_none()
    }

    /// The place of wildcard `n`. As in nats-server, 0 stands for the first token of the subject.
    fn place(&self, n: usize) -> Result<usize, TransformError> {
        let place = match n.checked_sub(1) {
            None => (!self.is_literal()).then_some(0),
            Some(index) => self.wildcards.get(index).copied(),
        };
        place.ok_or(TransformError::IndexOutOfRange(n))
    }
}

#[cfg(test)]
mod tests;
