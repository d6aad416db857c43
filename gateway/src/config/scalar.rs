//! Scalars: bare words and what they are by their form, quoted text, escapes, blocks.

use super::cursor::Cursor;
use super::error::Problem;
use super::value::Value;

/// A bare word as written, escapes resolved.
pub(crate) fn bare(cursor: &mut Cursor<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(next) = cursor.peek() {
        match next {
            ',' | ';' | ']' | '}' => break,
            '\\' => escape(cursor, &mut bytes)?,
            blank if blank.is_whitespace() => break,
            _ => push(cursor, &mut bytes),
        }
    }
    into_text(cursor, bytes)
}

/// `'raw'` or `"escaped"`; the cursor stands on the opening quote. May span lines.
pub(crate) fn quoted(cursor: &mut Cursor<'_>) -> Result<String, Problem> {
    let opening = cursor.position();
    let quote = cursor.bump();
    let mut bytes = Vec::new();
    loop {
        match cursor.peek() {
            None => {
                let message = match quote {
                    Some('\'') => "this text has no end; close it with '",
                    _ => "this text has no end; close it with \"",
                };
                return Err(Problem::new(opening, message));
            }
            next if next == quote => {
                cursor.bump();
                return into_text(cursor, bytes);
            }
            Some('\\') if quote == Some('"') => escape(cursor, &mut bytes)?,
            Some(_) => push(cursor, &mut bytes),
        }
    }
}

/// `( text )` where the closing parenthesis is a line of its own; the cursor stands on the
/// opening one. Everything between is kept, line ends included.
pub(crate) fn block(cursor: &mut Cursor<'_>) -> Result<String, Problem> {
    let opening = cursor.position();
    cursor.bump();
    let mut text = String::new();
    loop {
        if text.ends_with('\n') && closes_block(cursor.rest()) {
            cursor.bump();
            return Ok(text);
        }
        match cursor.bump() {
            Some(next) => text.push(next),
            None => {
                let message = "this block has no end; close it with a line that is only )";
                return Err(Problem::new(opening, message));
            }
        }
    }
}

fn closes_block(rest: &str) -> bool {
    rest.strip_prefix(')').is_some_and(|after| {
        after
            .lines()
            .next()
            .is_none_or(|line| line.trim().is_empty())
    })
}

/// What a bare word is: a switch, a number (with a size suffix perhaps), or just text.
pub(crate) fn classify(text: String) -> Result<Value, String> {
    if let Some(value) = switch(&text) {
        return Ok(Value::Bool { value, text });
    }
    if let Some(parsed) = integer(&text) {
        let Some(value) = parsed else {
            return Err("this number is too large; quote it if it is meant as text".to_owned());
        };
        return Ok(Value::Integer { value, text });
    }
    if let Some(value) = float(&text) {
        return Ok(Value::Float { value, text });
    }
    Ok(Value::Text(text))
}

fn switch(text: &str) -> Option<bool> {
    let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match text {
        _ if is(["true", "yes", "on"]) => Some(true),
        _ if is(["false", "no", "off"]) => Some(false),
        _ => None,
    }
}

/// `None`: not a whole number. `Some(None)`: one that does not fit.
fn integer(text: &str) -> Option<Option<i64>> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let digits = unsigned.len()
        - unsigned
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .len();
    let (number, suffix) = unsigned.split_at(digits);
    if number.is_empty() {
        return None;
    }
    let factor = size_factor(suffix)?;
    let sign = if unsigned.len() < text.len() { -1 } else { 1 };
    let value = number.parse::<i64>().ok();
    Some(
        value
            .and_then(|value| value.checked_mul(factor))
            .map(|value| value * sign),
    )
}

/// `k` counts thousands; `kb`, `ki` and `kib` count 1024; likewise m, g, t, p and e.
fn size_factor(suffix: &str) -> Option<i64> {
    let suffix = suffix.to_ascii_lowercase();
    let Some(letter) = suffix.chars().next() else {
        return Some(1);
    };
    let power = u32::try_from("kmgtpe".find(letter)?).ok()? + 1;
    match &suffix[1..] {
        "" => 1000_i64.checked_pow(power),
        "b" | "i" | "ib" => 1024_i64.checked_pow(power),
        _ => None,
    }
}

fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (digits(whole) && digits(fraction))
        .then(|| text.parse().ok())
        .flatten()
}

fn escape(cursor: &mut Cursor<'_>, bytes: &mut Vec<u8>) -> Result<(), Problem> {
    let at = cursor.position();
    cursor.bump();
    let byte = match cursor.bump() {
        Some('t') => b'\t',
        Some('n') => b'\n',
        Some('r') => b'\r',
        Some('"') => b'"',
        Some('\\') => b'\\',
        Some('x') => {
            let (high, low) = (hex(cursor), hex(cursor));
            let Some(byte) = high.zip(low).map(|(high, low)| high << 4 | low) else {
                return Err(Problem::new(
                    at,
                    "write \\x with two hexadecimal digits, as in \\x41",
                ));
            };
            byte
        }
        _ => {
            let message = "unknown escape; known are \\xHH \\t \\n \\r \\\" and \\\\ \
                           (text in 'single quotes' has no escapes)";
            return Err(Problem::new(at, message));
        }
    };
    bytes.push(byte);
    Ok(())
}

fn hex(cursor: &mut Cursor<'_>) -> Option<u8> {
    let digit = cursor.peek()?.to_digit(16)?;
    cursor.bump();
    u8::try_from(digit).ok()
}

fn push(cursor: &mut Cursor<'_>, bytes: &mut Vec<u8>) {
    if let Some(next) = cursor.bump() {
        bytes.extend_from_slice(next.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

fn into_text(cursor: &Cursor<'_>, bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes)
        .map_err(|_| cursor.problem("the \\x escapes of this text do not form UTF-8"))
}
