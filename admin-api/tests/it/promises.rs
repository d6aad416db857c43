//! Within v1 the API only grows: what the OpenAPI document has promised once stays.
//!
//! `openapi-v1.txt` has a line for each promise. `UPDATE=1` adds new ones and takes none away: who
//! breaks one must do that by hand.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// The document as promises, and the schemas that stand in questions and in answers.
#[derive(Default)]
struct Promises {
    lines: BTreeSet<String>,
    asked: BTreeSet<String>,
    answered: BTreeSet<String>,
}

impl Promises {
    fn of(document: &Value) -> Self {
        let mut promises = Self::default();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let name = format!("{} {path}", method.to_uppercase());
                promises.operation(document, &name, operation);
            }
        }
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            promises.schema(name, schema);
        }
        promises
    }

    fn operation(&mut self, document: &Value, name: &str, operation: &Value) {
        self.lines.insert(format!("operation {name}"));
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = resolved(document, parameter);
            let [own, place] = ["name", "in"].map(|field| parameter[field].as_str().unwrap());
            let kind = kind(&parameter["schema"]);
            self.lines
                .insert(format!("parameter {name} {place} {own}: {kind}"));
            if parameter["required"] == true {
                self.lines.insert(format!("needs {name} {own}"));
            }
        }
        let body = &operation["requestBody"];
        for (media, content) in body["content"].as_object().into_iter().flatten() {
            let kind = kind(&content["schema"]);
            self.lines.insert(format!("takes {name} {media}: {kind}"));
            reach(document, &content["schema"], &mut self.asked);
        }
        if body["required"] == true {
            self.lines.insert(format!("needs {name} body"));
        }
        for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
            let answer = resolved(document, answer);
            // Which refusals there are may change; what they look like may not.
            let status = match status.as_bytes() {
                [class @ (b'4' | b'5'), ..] => format!("{}XX", char::from(*class)),
                _ => status.clone(),
            };
            for (media, content) in answer["content"].as_object().into_iter().flatten() {
                let kind = kind(&content["schema"]);
                self.lines
                    .insert(format!("answers {name} {status} {media}: {kind}"));
                reach(document, &content["schema"], &mut self.answered);
            }
        }
    }

    fn schema(&mut self, name: &str, schema: &Value) {
        for (field, inner) in schema["properties"].as_object().into_iter().flatten() {
            self.lines
                .insert(format!("field {name}.{field}: {}", kind(inner)));
            if inner["type"] == "object" {
                self.schema(&format!("{name}.{field}"), inner);
            }
        }
        for field in schema["required"].as_array().into_iter().flatten() {
            self.lines
                .insert(format!("has {name}.{}", field.as_str().unwrap()));
        }
        for value in schema["enum"].as_array().into_iter().flatten() {
            self.lines.insert(format!("value {name} {value}"));
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.schema(name, part);
        }
    }

    /// What breaks clients that rely on `before`.
    fn breaks(&self, before: &BTreeSet<String>) -> Vec<String> {
        let gone = before.difference(&self.lines).filter(|line| {
            let stays_only_in_answers = owner(line, "has ");
            // To need less breaks nobody.
            !line.starts_with("needs ")
                && stays_only_in_answers.is_none_or(|name| self.answered.contains(name))
        });
        let added = self.lines.difference(before).filter(|line| {
            let of_known = |name: &str| {
                let field = format!("field {name}.");
                before.iter().any(|line| line.starts_with(&field))
            };
            if let Some(rest) = line.strip_prefix("needs ") {
                let operation: Vec<&str> = rest.splitn(3, ' ').collect();
                return before.contains(&format!("operation {}", operation[..2].join(" ")));
            }
            owner(line, "has ").is_some_and(|name| self.asked.contains(name) && of_known(name))
        });
        let gone = gone.map(|line| format!("gone: {line}"));
        gone.chain(added.map(|line| format!("needed now: {line}")))
            .collect()
    }
}

/// What it is, or what it refers to.
fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => value,
    }
}

/// The schema that a line of this kind is about.
fn owner<'l>(line: &'l str, prefix: &str) -> Option<&'l str> {
    line.strip_prefix(prefix)?.split('.').next()
}

/// A schema in a word.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap().to_owned();
    }
    for (word, sign) in [("oneOf", "|"), ("anyOf", "|"), ("allOf", "&")] {
        if let Some(parts) = schema[word].as_array() {
            return parts.iter().map(kind).collect::<Vec<_>>().join(sign);
        }
    }
    match &schema["type"] {
        Value::String(text) if text == "array" => format!("[{}]", kind(&schema["items"])),
        Value::String(text) => text.clone(),
        Value::Array(all) => {
            let texts = all.iter().filter_map(Value::as_str);
            texts.collect::<Vec<_>>().join("|")
        }
        _ => "any".to_owned(),
    }
}

/// All schemas that one leads to.
fn reach(document: &Value, schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                let name = name.rsplit('/').next().unwrap();
                if found.insert(name.to_owned()) {
                    reach(document, &document["components"]["schemas"][name], found);
                }
            }
            members
                .values()
                .for_each(|member| reach(document, member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| reach(document, item, found)),
        _ => {}
    }
}

#[test]
fn what_was_promised_stays() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi-v1.txt");
    let document: Value = serde_json::from_str(&admin_api::openapi_json()).unwrap();
    let now = Promises::of(&document);
    let stored = fs::read_to_string(&path).unwrap_or_default();
    let before: BTreeSet<String> = stored.lines().map(str::to_owned).collect();
    if std::env::var_os("UPDATE").is_some() {
        let all: Vec<&str> = before.union(&now.lines).map(String::as_str).collect();
        fs::write(&path, format!("{}\n", all.join("\n"))).unwrap();
    }
    let breaks = now.breaks(&before);
    assert!(
        breaks.is_empty(),
        "clients of v1 would break; add beside it instead, or, if nobody can rely on it yet, take \
         the lines out of openapi-v1.txt: {breaks:#?}"
    );
}

/// A small API.
fn sample() -> Value {
    json!({
        "paths": { "/things": {
            "get": {
                "parameters": [{ "name": "q", "in": "query", "schema": { "type": "string" } }],
                "responses": { "200": { "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Thing" } } } } },
            },
            "post": {
                "requestBody": { "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/NewThing" } } } },
                "responses": {},
            },
        } },
        "components": { "schemas": {
            "Thing": { "required": ["id"], "properties": {
                "id": { "type": "string" }, "state": { "$ref": "#/components/schemas/State" } } },
            "NewThing": { "required": ["name"], "properties": {
                "name": { "type": "string" }, "size": { "type": "integer" } } },
            "State": { "type": "string", "enum": ["on", "off"] },
        } },
    })
}

#[test]
fn every_kind_of_break_is_found() {
    let document = sample();
    let before = Promises::of(&document).lines;
    let breaks = |pointer: &str, value: Value| {
        let mut changed = document.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = changed.pointer_mut(parent).unwrap();
        let key = key.replace("~1", "/");
        match (parent, value) {
            (Value::Object(members), Value::Null) => drop(members.remove(&key)),
            (parent, value) => parent[key] = value,
        }
        !Promises::of(&changed).breaks(&before).is_empty()
    };
    let schemas = "/components/schemas";
    for (pointer, value, is_break) in [
        ("/paths/~1things/get", Value::Null, true),
        ("/paths/~1things/get/parameters", json!([]), true),
        (&format!("{schemas}/Thing/properties/id"), Value::Null, true),
        (
            &format!("{schemas}/Thing/properties/id/type"),
            json!("integer"),
            true,
        ),
        (&format!("{schemas}/Thing/required"), json!([]), true),
        (&format!("{schemas}/State/enum"), json!(["on"]), true),
        (
            &format!("{schemas}/NewThing/properties/size"),
            Value::Null,
            true,
        ),
        (
            &format!("{schemas}/NewThing/required"),
            json!(["name", "size"]),
            true,
        ),
        (
            "/paths/~1things/post/requestBody/required",
            json!(true),
            true,
        ),
        (&format!("{schemas}/NewThing/required"), json!([]), false),
        (
            &format!("{schemas}/NewThing/properties/more"),
            json!({ "type": "string" }),
            false,
        ),
        (
            &format!("{schemas}/Thing/required"),
            json!(["id", "state"]),
            false,
        ),
        (
            &format!("{schemas}/State/enum"),
            json!(["on", "off", "new"]),
            false,
        ),
        ("/paths/~1more", json!({}), false),
    ] {
        assert_eq!(breaks(pointer, value), is_break, "{pointer}");
    }
}
