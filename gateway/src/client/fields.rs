//! The fields of a JSON schema, taken apart into flags and put together into a body.

use serde_json::{Map, Value};

/// Objects are taken apart this deep; what lies deeper is given as JSON.
const DEPTH_MAX: usize = 4;

/// What a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Flag,
    /// May be given again and again.
    Texts,
    /// JSON or YAML.
    Any,
}

/// A field of a body.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Where it is in the body.
    pub(super) path: Vec<String>,
    /// The flag that sets it: dots between the parts, dashes in them.
    pub(super) flag: String,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) help: String,
    /// The only texts that it may have, if they are known.
    pub(super) choices: Vec<String>,
}

/// Every field of a schema.
pub(super) fn of(document: &Value, schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    Walk { document }.object(schema, &mut Vec::new(), true, &mut fields);
    fields
}

struct Walk<'a> {
    document: &'a Value,
}

impl<'a> Walk<'a> {
    /// What a schema is once references and "or null" are followed.
    fn plain(&self, mut schema: &'a Value) -> &'a Value {
        // As deep as our document nests them, and an end for one that refers to itself.
        for _ in 0..8 {
            let or_null = ["oneOf", "anyOf"].iter().find_map(|word| {
                let mut variants = schema[*word]
                    .as_array()?
                    .iter()
                    .filter(|it| it["type"] != "null");
                variants.next().filter(|_| variants.next().is_none())
            });
            schema = match (schema["$ref"].as_str(), or_null) {
                (Some(reference), _) => {
                    let pointer = reference.trim_start_matches('#');
                    self.document.pointer(pointer).unwrap_or(&Value::Null)
                }
                (None, Some(variant)) => variant,
                (None, None) => return schema,
            };
        }
        schema
    }

    fn object(
        &self,
        schema: &'a Value,
        path: &mut Vec<String>,
        is_required: bool,
        fields: &mut Vec<Field>,
    ) {
        let schema = self.plain(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.object(part, path, is_required, fields);
        }
        let required = &schema["required"];
        let is_needed = |name: &str| {
            let mut names = required.as_array().into_iter().flatten();
            is_required && names.any(|it| it == name)
        };
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            path.push(name.clone());
            let plain = self.plain(property);
            if is_object(plain) && path.len() < DEPTH_MAX {
                self.object(plain, path, is_needed(name), fields);
            } else {
                fields.push(field(path, property, plain, is_needed(name)));
            }
            path.pop();
        }
    }
}

fn is_object(schema: &Value) -> bool {
    schema["properties"].is_object() || schema["allOf"].is_array()
}

fn field(path: &[String], property: &Value, plain: &Value, required: bool) -> Field {
    let variant = property["oneOf"].as_array().into_iter().flatten();
    let described = [property, plain].into_iter().chain(variant);
    let help = described.filter_map(|it| it["description"].as_str()).next();
    let texts = plain["enum"].as_array().into_iter().flatten();
    let mut choices: Vec<String> = texts.filter_map(Value::as_str).map(str::to_owned).collect();
    // An enum with documented variants is one schema for each.
    for variant in plain["oneOf"].as_array().into_iter().flatten() {
        let texts = variant["enum"].as_array().into_iter().flatten();
        choices.extend(texts.filter_map(Value::as_str).map(str::to_owned));
    }
    Field {
        flag: path.join(".").replace('_', "-"),
        path: path.to_vec(),
        kind: if choices.is_empty() {
            kind(plain)
        } else {
            Kind::Text
        },
        required,
        help: help.unwrap_or_default().trim_end_matches('.').to_owned(),
        choices,
    }
}

fn kind(schema: &Value) -> Kind {
    let is = |name: &str| match &schema["type"] {
        Value::String(one) => one == name,
        Value::Array(several) => several.iter().any(|it| it == name),
        _ => false,
    };
    if is("string") {
        Kind::Text
    } else if is("integer") {
        Kind::Integer
    } else if is("boolean") {
        Kind::Flag
    } else if is("array") && schema["items"]["type"] == "string" {
        Kind::Texts
    } else {
        Kind::Any
    }
}

/// Puts a value where `path` says, making the objects on the way.
pub(super) fn put(body: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            body.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let inner = body.entry(name.as_str()).or_insert(Value::Null);
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_becomes_flags() {
        let document = json!({ "components": { "schemas": {
            "New": { "type": "object", "required": ["name"], "properties": {
                "name": { "type": "string", "description": "For people." },
                "size_max": { "type": ["integer", "null"] },
                "open": { "type": "boolean" },
                "kind": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Kind" }] },
                "rights": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Rights",
                    "description": "What." }] },
                "map": { "type": "object", "additionalProperties": { "type": "string" } },
            }},
            "Kind": { "type": "string", "enum": ["stream", "service"] },
            "Rights": { "type": "object", "required": ["allow"], "properties": {
                "allow": { "type": "array", "items": { "type": "string" } },
            }},
        }}});
        let fields = of(&document, &json!({ "$ref": "#/components/schemas/New" }));
        let of = |flag: &str| {
            let found = fields.iter().find(|it| it.flag == flag);
            let found = found.unwrap_or_else(|| panic!("no --{flag}"));
            (found.kind, found.required)
        };
        assert_eq!(of("name"), (Kind::Text, true));
        assert_eq!(of("size-max"), (Kind::Integer, false));
        assert_eq!(of("open"), (Kind::Flag, false));
        assert_eq!(of("kind"), (Kind::Text, false));
        assert_eq!(of("rights.allow"), (Kind::Texts, false));
        assert_eq!(of("map"), (Kind::Any, false));
        let kind = fields.iter().find(|it| it.flag == "kind").expect("a kind");
        assert_eq!(kind.choices, ["stream", "service"]);
        assert_eq!(fields.len(), 6);
    }

    #[test]
    fn values_find_their_place() {
        let mut body = Map::new();
        let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        put(&mut body, &path("a.b"), json!(1));
        put(&mut body, &path("a.c"), json!(2));
        put(&mut body, &path("d"), json!("e"));
        assert_eq!(
            Value::Object(body),
            json!({ "a": { "b": 1, "c": 2 }, "d": "e" })
        );
    }
}
