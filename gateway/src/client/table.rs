//! Tables: a row per thing of a list, a line per field of a single thing.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// Columns of a list, in this order, where its rows have them.
const COLUMNS: [&str; 22] = [
    "name",
    "slug",
    "id",
    "subject",
    "kind",
    "role",
    "account",
    "exporter",
    "local_subject",
    "visibility",
    "state",
    "status",
    "action",
    "actor",
    "target",
    "public_key",
    "url",
    "in_use",
    "live",
    "expires_at",
    "created_at",
    "at",
];
/// A list has this many columns at most: a terminal is not wider.
const COLUMNS_MAX: usize = 7;
const GAP: &str = "  ";

/// An answer as people read it. Secrets come last, as they are.
pub(super) fn text(answer: &Value, secrets: &[&str]) -> String {
    match answer {
        Value::Null => String::new(),
        Value::String(text) => text.trim_end().to_owned(),
        Value::Array(rows) => list(rows),
        Value::Object(fields) => match fields.get("data").and_then(Value::as_array) {
            Some(rows) => list(rows),
            None => single(fields, secrets),
        },
        other => other.to_string(),
    }
}

fn list(rows: &[Value]) -> String {
    let columns = columns(rows);
    let head = columns.iter().map(|it| it.to_uppercase().replace('_', " "));
    let mut lines: Vec<Vec<String>> = vec![head.collect()];
    for row in rows {
        let cells = columns.iter().map(|name| cell(&row[*name]).into_owned());
        lines.push(cells.collect());
    }
    if rows.is_empty() {
        return "(none)".to_owned();
    }
    aligned(&lines)
}

/// The usual columns that some row has; of rows that have none, their plain fields.
fn columns(rows: &[Value]) -> Vec<&str> {
    let has = |name: &&str| rows.iter().any(|row| !row[*name].is_null());
    let usual: Vec<&str> = COLUMNS.into_iter().filter(has).take(COLUMNS_MAX).collect();
    if !usual.is_empty() {
        return usual;
    }
    let first = rows
        .first()
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let plain = first.filter(|(_, value)| !value.is_object() && !value.is_array());
    plain
        .map(|(name, _)| name.as_str())
        .take(COLUMNS_MAX)
        .collect()
}

fn single(fields: &Map<String, Value>, secrets: &[&str]) -> String {
    let mut lines = Vec::new();
    let plain = fields
        .iter()
        .filter(|(name, _)| !secrets.contains(&name.as_str()));
    for (name, value) in plain {
        flatten(name, value, &mut lines);
    }
    let mut text = aligned(&lines);
    for name in secrets {
        if let Some(Value::String(secret)) = fields.get(*name) {
            text.push_str(&format!("\n\n{}", secret.trim_end()));
        }
    }
    text
}

fn flatten(name: &str, value: &Value, lines: &mut Vec<Vec<String>>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (inner, value) in fields {
                flatten(&format!("{name}.{inner}"), value, lines);
            }
        }
        Value::Array(rows) if rows.iter().any(Value::is_object) => {
            for (at, value) in rows.iter().enumerate() {
                flatten(&format!("{name}.{at}"), value, lines);
            }
        }
        value => lines.push(vec![name.to_owned(), cell(value).into_owned()]),
    }
}

fn cell(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => "-".into(),
        // A line break or an escape sequence of somebody else's must not reach the terminal.
        Value::String(text) if text.contains(char::is_control) => {
            text.escape_debug().to_string().into()
        }
        Value::String(text) => text.into(),
        Value::Array(items) if items.iter().all(|it| !it.is_object()) => {
            let items: Vec<Cow<'_, str>> = items.iter().map(cell).collect();
            items.join(", ").into()
        }
        other => other.to_string().into(),
    }
}

/// Columns as wide as what is in them; the last one is as wide as it is.
fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |cells: &Vec<String>| {
        let padded = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_columns_and_things_are_lines() {
        let rows = json!([
            { "id": "acct_1", "slug": "acme", "live": true, "limits": {} },
            { "id": "acct_2", "slug": "x", "live": false, "limits": {} },
        ]);
        assert_eq!(
            text(&rows, &[]),
            "SLUG  ID      LIVE\nacme  acct_1  true\nx     acct_2  false"
        );
        assert_eq!(text(&json!([]), &[]), "(none)");
        let user = json!({ "id": "u", "rights": { "allow": ["a", "b"] }, "creds": "S\nT\n" });
        assert_eq!(
            text(&user, &["creds"]),
            "id            u\nrights.allow  a, b\n\nS\nT"
        );
    }

    #[test]
    fn a_name_cannot_play_with_the_terminal() {
        let row = json!([{ "name": "a\u{1b}[2Jb\nc" }]);
        assert_eq!(text(&row, &[]), "NAME\na\\u{1b}[2Jb\\nc");
    }
}
