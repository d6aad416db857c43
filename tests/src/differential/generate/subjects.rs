//! Subjects of so small an alphabet that they overlap all the time.

use accounts::subject;

use crate::differential::random::Random;

const TOKENS: [&str; 3] = ["a", "b", "c"];
/// What stands for a wildcard now and then: something to split and slice.
const LONG_TOKENS: [&str; 3] = ["abc", "a-b", "b-c-a"];

/// A subject without wildcards.
pub(super) fn literal(random: &mut Random) -> String {
    let depth = 1 + random.weighted(&[30, 45, 20, 5]);
    let tokens: Vec<&str> = (0..depth).map(|_| *random.pick(&TOKENS)).collect();
    tokens.join(".")
}

/// A subject that may have wildcards.
pub(super) fn pattern(random: &mut Random) -> String {
    let depth = 1 + random.weighted(&[25, 45, 25, 5]);
    let mut tokens: Vec<&str> = Vec::new();
    for at in 0..depth {
        let last = at + 1 == depth;
        tokens.push(match random.below(100) {
            0..20 => "*",
            20..40 if last => ">",
            _ => *random.pick(&TOKENS),
        });
    }
    tokens.join(".")
}

/// A literal that `pattern` covers.
pub(super) fn instance(random: &mut Random, pattern: &str) -> String {
    let mut tokens: Vec<&str> = Vec::new();
    for token in pattern.split('.') {
        match token {
            "*" if random.chance(15) => tokens.push(*random.pick(&LONG_TOKENS)),
            "*" => tokens.push(*random.pick(&TOKENS)),
            ">" => {
                for _ in 0..=random.below(2) {
                    tokens.push(*random.pick(&TOKENS));
                }
            }
            token => tokens.push(token),
        }
    }
    tokens.join(".")
}

/// A pattern that `pattern` covers: some wildcards get values.
pub(super) fn narrower(random: &mut Random, pattern: &str) -> String {
    let mut tokens: Vec<&str> = Vec::new();
    for token in pattern.split('.') {
        match token {
            "*" if random.chance(50) => tokens.push(*random.pick(&TOKENS)),
            ">" => match random.below(4) {
                0 => tokens.extend([*random.pick(&TOKENS), ">"]),
                1 => tokens.push("*"),
                2 => tokens.push(*random.pick(&TOKENS)),
                _ => tokens.push(">"),
            },
            token => tokens.push(token),
        }
    }
    tokens.join(".")
}

/// A pattern that covers at least some of `pattern`, and more.
pub(super) fn broader(random: &mut Random, pattern: &str) -> String {
    let mut tokens: Vec<&str> = pattern.split('.').collect();
    let at = random.below(tokens.len());
    if random.chance(40) {
        tokens.truncate(at);
        tokens.push(">");
    } else if tokens[at] != ">" {
        tokens[at] = "*";
    }
    tokens.join(".")
}

/// How often each wildcard stands in `pattern`: `*`s, and whether it ends in `>`.
pub(super) fn wildcards(pattern: &str) -> (usize, bool) {
    let stars = pattern.split('.').filter(|token| *token == "*").count();
    (stars, pattern.ends_with('>'))
}

/// Whether some literal is covered by both.
pub(super) fn overlap(a: &str, b: &str) -> bool {
    subject::overlaps(a.as_bytes(), b.as_bytes())
}
