//! Answers in the form of other tools: the graph of sharing for Mermaid and Graphviz, claims as the
//! JWT that they are.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::Value;

/// The answer in this form, if it is one of these.
pub(super) fn text(form: &str, answer: &Value) -> anyhow::Result<Option<String>> {
    Ok(Some(match form {
        "mermaid" => mermaid(answer),
        "dot" => dot(answer),
        "jwt" => {
            let jwt = answer["jwt"].as_str();
            let hidden = "it holds activation tokens: only keys that may change accounts see it";
            jwt.context(hidden)?.to_owned()
        }
        _ => return Ok(None),
    }))
}

/// An import, as an arrow in the direction of its messages: a service is asked by its importer.
struct Arrow<'a> {
    from: &'a str,
    to: &'a str,
    label: String,
    is_active: bool,
}

fn arrows(graph: &Value) -> impl Iterator<Item = Arrow<'_>> {
    let imports = graph["imports"].as_array().into_iter().flatten();
    imports.map(|import| {
        let text = |name: &str| import[name].as_str().unwrap_or_default();
        let (exporter, importer) = (text("exporter"), text("importer"));
        let (from, to) = match text("kind") {
            "service" => (importer, exporter),
            _ => (exporter, importer),
        };
        let (kind, subject) = (text("kind"), text("subject"));
        let label = match text("local_subject") {
            local if local.is_empty() || local == subject => format!("{kind}: {subject}"),
            local => format!("{kind}: {subject} as {local}"),
        };
        Arrow {
            from,
            to,
            label,
            is_active: import["active"] == true,
        }
    })
}

fn accounts(graph: &Value) -> impl Iterator<Item = &str> {
    let accounts = graph["accounts"].as_array().into_iter().flatten();
    accounts.filter_map(Value::as_str)
}

fn mermaid(graph: &Value) -> String {
    let escaped = |text: &str| {
        let text = text.replace('#', "#35;").replace('"', "#quot;");
        text.replace('<', "#lt;").replace('>', "#gt;")
    };
    let mut lines = vec!["flowchart LR".to_owned()];
    let mut places = BTreeMap::new();
    for (at, account) in accounts(graph).enumerate() {
        places.insert(account, at);
        lines.push(format!("  a{at}[\"{}\"]", escaped(account)));
    }
    for arrow in arrows(graph) {
        let (Some(from), Some(to)) = (places.get(arrow.from), places.get(arrow.to)) else {
            continue;
        };
        let label = escaped(&arrow.label);
        // What does not work is a broken line.
        lines.push(match arrow.is_active {
            true => format!("  a{from} -->|\"{label}\"| a{to}"),
            false => format!("  a{from} -.->|\"{label}\"| a{to}"),
        });
    }
    lines.join("\n")
}

fn dot(graph: &Value) -> String {
    let quoted = |text: &str| {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{text}\"")
    };
    let mut lines = vec!["digraph sharing {".to_owned(), "  rankdir=LR;".to_owned()];
    lines.extend(accounts(graph).map(|account| format!("  {};", quoted(account))));
    for arrow in arrows(graph) {
        let style = if arrow.is_active {
            ""
        } else {
            ", style=dashed"
        };
        let (from, to) = (quoted(arrow.from), quoted(arrow.to));
        let label = quoted(&arrow.label);
        lines.push(format!("  {from} -> {to} [label={label}{style}];"));
    }
    lines.push("}".to_owned());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::text;

    #[test]
    fn the_graph_is_drawn_in_the_direction_of_messages() {
        let graph = json!({ "accounts": ["acme", "globex"], "imports": [
            { "exporter": "acme", "importer": "globex", "kind": "stream", "subject": "orders.>",
              "local_subject": "acme.orders.>", "active": true },
            { "exporter": "acme", "importer": "globex", "kind": "service", "subject": "a\"b",
              "active": false },
        ] });
        let expected = "flowchart LR\n  a0[\"acme\"]\n  a1[\"globex\"]\n  \
                        a0 -->|\"stream: orders.#gt; as acme.orders.#gt;\"| a1\n  \
                        a1 -.->|\"service: a#quot;b\"| a0";
        let drawn = |form| text(form, &graph).expect("a graph");
        assert_eq!(drawn("mermaid").as_deref(), Some(expected));
        let expected = "digraph sharing {\n  rankdir=LR;\n  \"acme\";\n  \"globex\";\n  \
                        \"acme\" -> \"globex\" [label=\"stream: orders.> as acme.orders.>\"];\n  \
                        \"globex\" -> \"acme\" [label=\"service: a\\\"b\", style=dashed];\n}";
        assert_eq!(drawn("dot").as_deref(), Some(expected));
        assert_eq!(drawn("json"), None);
        let jwt = text("jwt", &json!({ "jwt": "a.b.c" })).expect("a token");
        assert_eq!(jwt.as_deref(), Some("a.b.c"));
        assert!(text("jwt", &graph).is_err());
    }
}
