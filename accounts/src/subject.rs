//! Subjects: validity and the algebra of patterns. Subjects on the wire are bytes.
//!
//! Tokens are separated by `.`; `*` stands for one token and a last `>` for one or more, both
//! only as whole tokens. A *literal* is compared as text: its `*` matches nothing but a
//! wildcard. A pattern or literal with an empty token matches nothing.

const STAR: &[u8] = b"*";
const TAIL: &[u8] = b">";
/// Tokens of a subscription: as many as fit the default control line. The table of a broker is as
/// deep as its subjects are long, and is walked by recursion.
const SUBSCRIPTION_TOKENS_MAX: usize = 2048;

/// The tokens of a subject, also the empty ones.
pub(crate) fn tokens(subject: &[u8]) -> impl Iterator<Item = &[u8]> {
    subject.split(|&byte| byte == b'.')
}

/// Valid in claims and configuration: [`is_valid_subscription`], and no space, tab, CR, LF, FF.
///
/// ```
/// use accounts::subject::is_valid;
/// assert!(is_valid(b"orders.*.new") && is_valid(b">"));
/// assert!(!is_valid(b"orders..new") && !is_valid(b">.a") && !is_valid(b"a b"));
/// ```
pub fn is_valid(subject: &[u8]) -> bool {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0C);
    is_valid_subscription(subject) && !subject.iter().any(blank)
}

/// Valid in a `SUB`: no empty token, and `>` only in last place.
pub fn is_valid_subscription(subject: &[u8]) -> bool {
    let mut after_tail = false;
    for token in tokens(subject) {
        if token.is_empty() || after_tail {
            return false;
        }
        after_tail = token == TAIL;
    }
    true
}

/// More tokens than a subscription may have.
pub fn has_too_many_tokens(subject: &[u8]) -> bool {
    tokens(subject).count() > SUBSCRIPTION_TOKENS_MAX
}

/// No token is a wildcard. Says nothing about empty tokens.
pub fn is_literal(subject: &[u8]) -> bool {
    !tokens(subject).any(|token| token == STAR || token == TAIL)
}

/// Whether `pattern` covers the literal `literal`.
///
/// ```
/// use accounts::subject::matches;
/// assert!(matches(b"a.*.>", b"a.b.c.d"));
/// assert!(!matches(b"a.b", b"a.*")); // a literal's `*` is text
/// ```
pub fn matches(pattern: &[u8], literal: &[u8]) -> bool {
    let mut literal = Tokens::new(literal);
    let mut pattern = Tokens::new(pattern);
    loop {
        match (pattern.next(), literal.next()) {
            (None, None) => return true,
            (Some(b""), _) | (_, Some(b"")) => return false,
            (Some(TAIL), Some(_)) if pattern.is_done() => return literal.all_filled(),
            (Some(expected), Some(token)) if expected == STAR || expected == token => {}
            _ => return false,
        }
    }
}

/// Whether `of` covers every literal that `sub` covers. False when either has an empty token.
pub fn is_subset(sub: &[u8], of: &[u8]) -> bool {
    let mut sub = Tokens::new(sub);
    let mut of = Tokens::new(of);
    loop {
        match (sub.next(), of.next()) {
            (None, None) => return true,
            (Some(b""), _) | (_, Some(b"")) => return false,
            (Some(_), Some(TAIL)) if of.is_done() => return sub.all_filled(),
            (Some(TAIL), Some(_)) if sub.is_done() => return false,
            (Some(_), Some(STAR)) => {}
            (Some(token), Some(expected)) if token == expected => {}
            _ => return false,
        }
    }
}

/// Whether some literal is covered by both patterns.
pub fn overlaps(a: &[u8], b: &[u8]) -> bool {
    let mut a = Tokens::new(a);
    let mut b = Tokens::new(b);
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(b""), _) | (_, Some(b"")) => return false,
            (Some(TAIL), Some(_)) if a.is_done() => return b.all_filled(),
            (Some(_), Some(TAIL)) if b.is_done() => return a.all_filled(),
            (Some(x), Some(y)) if x == y || x == STAR || y == STAR => {}
            _ => return false,
        }
    }
}

/// The pattern that covers exactly what both cover, or `None` when nothing is.
///
/// ```
/// use accounts::subject::intersection;
/// assert_eq!(intersection(b"a.*.>", b"*.b.c"), Some(b"a.b.c".to_vec()));
/// assert_eq!(intersection(b"a.*", b"b.>"), None);
/// ```
pub fn intersection(a: &[u8], b: &[u8]) -> Option<Vec<u8>> {
    if !overlaps(a, b) {
        return None;
    }
    let mut both = Vec::with_capacity(a.len().max(b.len()));
    let (mut a, mut b) = (Tokens::new(a), Tokens::new(b));
    while let (Some(x), Some(y)) = (a.next(), b.next()) {
        if !both.is_empty() {
            both.push(b'.');
        }
        if x == TAIL && a.is_done() {
            append_rest(&mut both, y, b.rest);
            break;
        }
        if y == TAIL && b.is_done() {
            append_rest(&mut both, x, a.rest);
            break;
        }
        both.extend_from_slice(if x == STAR { y } else { x });
    }
    Some(both)
}

/// Whether servers use it among themselves, so that no client may publish it
/// (`server/client.go` refuses the same).
pub fn is_reserved(subject: &[u8]) -> bool {
    const PREFIXES: [&[u8]; 3] = [b"_GR_.", b"$GR.", b"$NRG."];
    PREFIXES.iter().any(|prefix| subject.starts_with(prefix))
}

/// Whether it is a reply subject of the kind that only servers make (`server/client.go` refuses
/// the same).
pub fn is_reserved_reply(reply: &[u8]) -> bool {
    const PREFIXES: [&[u8]; 4] = [b"_R_.", b"$JS.ACK.", b"_GR_.", b"$GR."];
    PREFIXES.iter().any(|prefix| reply.starts_with(prefix))
}

/// Whether it is a queue group that only servers join.
pub fn is_reserved_queue(queue: &[u8]) -> bool {
    queue == b"_sys_"
}

/// One token with no wildcard character, dot, whitespace or control character: what a name or a
/// tag must be before it may enter a permission template.
pub fn is_literal_token(text: &str) -> bool {
    let allowed = |c: char| !matches!(c, '*' | '>' | '.') && !c.is_whitespace() && !c.is_control();
    !text.is_empty() && text.chars().all(allowed)
}

fn append_rest(out: &mut Vec<u8>, token: &[u8], rest: Option<&[u8]>) {
    out.extend_from_slice(token);
    if let Some(rest) = rest {
        out.push(b'.');
        out.extend_from_slice(rest);
    }
}

/// A token walk that can say whether it is at the end.
struct Tokens<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Tokens<'a> {
    const fn new(subject: &'a [u8]) -> Self {
        Self {
            rest: Some(subject),
        }
    }

    const fn is_done(&self) -> bool {
        self.rest.is_none()
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        match rest.iter().position(|&byte| byte == b'.') {
            Some(dot) => {
                self.rest = Some(&rest[dot + 1..]);
                Some(&rest[..dot])
            }
            None => {
                self.rest = None;
                Some(rest)
            }
        }
    }

    /// No empty token among those left.
    fn all_filled(&self) -> bool {
        self.rest
            .is_none_or(|rest| tokens(rest).all(|token| !token.is_empty()))
    }
}

#[cfg(test)]
pub(crate) mod tests;
