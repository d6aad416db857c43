//! Within v1 the API only grows: what the OpenAPI document has promised once stays. An endpoint may
//! go that was deprecated, once its sunset has passed, and with it what it alone needed.
//!
//! `openapi-v1.txt` has a line for each promise. `UPDATE=1` adds new ones and takes none away: who
//! breaks one must do that by hand.

use std::collections::{BTreeMap, BTreeSet};
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
        if let Some(at) = operation["x-sunset"].as_str() {
            self.lines.insert(format!("sunset {name} {at}"));
        }
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

    /// What breaks clients that rely on `before`, on a day like `2027-06-30`.
    fn breaks(&self, before: &BTreeSet<String>, today: &str) -> Vec<String> {
        let lapsed = self.lapsed(before, today);
        let gone = before.difference(&self.lines).filter(|line| {
            let stays_only_in_answers = owner(line, "has ");
            // To need less breaks nobody. When something goes is looked at below.
            !line.starts_with("needs ")
                && !line.starts_with("sunset ")
                && !lapsed.iter().any(|of_lapsed| of_lapsed == line)
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
        let until = sunsets(before);
        let sooner = sunsets(&self.lines).into_iter().filter(|(name, at)| {
            let promised = until.get(name);
            promised.is_some_and(|promised| at < promised)
        });
        let gone = gone.map(|line| format!("gone: {line}"));
        gone.chain(added.map(|line| format!("needed now: {line}")))
            .chain(sooner.map(|(name, at)| format!("goes sooner: {name} {at}")))
            .collect()
    }

    /// What was promised of endpoints that are gone and whose sunset has passed, and of schemas
    /// that only they had.
    fn lapsed<'b>(&self, before: &'b BTreeSet<String>, today: &str) -> Vec<&'b String> {
        let over = sunsets(before).into_iter().filter(|(name, at)| {
            &at[..10] < today && !self.lines.contains(&format!("operation {name}"))
        });
        let over: BTreeSet<String> = over.map(|(name, _)| name).collect();
        let is_over = |line: &&String| operation_of(line).is_some_and(|name| over.contains(&name));
        let mut lapsed: Vec<&String> = before.iter().filter(is_over).collect();
        let mut at = 0;
        while let Some(&line) = lapsed.get(at) {
            let named = line.rsplit_once(": ").map_or("", |(_, kind)| kind);
            for name in named.split(|c: char| !c.is_alphanumeric()) {
                let is_its = |line: &&String| schema_of(line) == Some(name);
                if !name.is_empty() && !self.lines.iter().any(|line| is_its(&line)) {
                    let more: Vec<_> = before.iter().filter(is_its).collect();
                    let is_new = |line: &&String| !lapsed.contains(line);
                    let more: Vec<_> = more.into_iter().filter(is_new).collect();
                    lapsed.extend(more);
                }
            }
            at += 1;
        }
        lapsed
    }
}

/// When the endpoints that are deprecated may go, the latest that was ever said.
fn sunsets(lines: &BTreeSet<String>) -> BTreeMap<String, String> {
    let said = lines.iter().filter_map(|line| line.strip_prefix("sunset "));
    said.filter_map(|rest| rest.rsplit_once(' '))
        .map(|(name, at)| (name.to_owned(), at.to_owned()))
        .collect()
}

/// The endpoint that a line is about, as `GET /path`.
fn operation_of(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let kinds = ["operation", "parameter", "takes", "answers"];
    kinds
        .contains(words.first()?)
        .then(|| words[1..3].join(" "))
}

/// The schema that a line is about.
fn schema_of(line: &str) -> Option<&str> {
    let (kind, rest) = line.split_once(' ')?;
    let is_schemas = ["field", "has", "value"].contains(&kind);
    rest.split(['.', ' ']).next().filter(|_| is_schemas)
}

/// The day as `2027-06-30`.
fn today() -> String {
    let now = time::OffsetDateTime::now_utc();
    now.date().to_string()
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
    let breaks = now.breaks(&before, &today());
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
        !Promises::of(&changed)
            .breaks(&before, "2027-06-30")
            .is_empty()
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

/// What has `data` and is no list to page through, and why.
const NO_LISTS: [(&str, &str); 1] = [(
    "GET /api/v1/accounts/{account}/usage",
    "from one time to another, in steps: `from`, `to` and `grain` bound it",
)];

/// Clients can treat all lists alike.
#[test]
fn every_list_is_paged_by_cursor() {
    let document: Value = serde_json::from_str(&admin_api::openapi_json()).unwrap();
    let mut lists = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let name = format!("GET {path}");
        let operation = &item["get"];
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let named = schema["$ref"].as_str().and_then(|it| it.rsplit('/').next());
        let schema = match named {
            Some(named) => &document["components"]["schemas"][named],
            None => schema,
        };
        let fields = &schema["properties"];
        if fields["data"]["type"] != "array" || NO_LISTS.iter().any(|(it, _)| *it == name) {
            continue;
        }
        lists += 1;
        for field in ["next_cursor", "has_more"] {
            assert!(fields[field].is_object(), "{name} answers no `{field}`");
        }
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let parameters: Vec<&str> = parameters.filter_map(|it| it["name"].as_str()).collect();
        for parameter in ["limit", "cursor"] {
            assert!(
                parameters.contains(&parameter),
                "{name} takes no `{parameter}`"
            );
        }
    }
    assert!(lists > 30, "only {lists} lists");
}

#[test]
fn an_endpoint_goes_after_its_sunset_only() {
    let mut document = sample();
    let old = json!({ "x-sunset": "2027-06-30T00:00:00Z",
        "parameters": [{ "name": "q", "in": "query", "schema": { "type": "string" } }],
        "responses": { "200": { "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Old" } } } } } });
    document["paths"]["/old"] = json!({ "get": old });
    let schemas = &mut document["components"]["schemas"];
    schemas["Old"] = json!({ "required": ["part"], "properties": {
        "part": { "$ref": "#/components/schemas/Part" },
        "state": { "$ref": "#/components/schemas/State" } } });
    schemas["Part"] = json!({ "properties": { "a": { "type": "string" } } });
    let before = Promises::of(&document).lines;
    let without = sample();
    let breaks =
        |document: &Value, today| !Promises::of(document).breaks(&before, today).is_empty();
    assert!(breaks(&without, "2027-06-30"), "on its last day");
    assert!(!breaks(&without, "2027-07-01"));
    // What others have, too, stays.
    let mut less = without.clone();
    less["components"]["schemas"]["State"]["enum"] = json!(["on"]);
    assert!(breaks(&less, "2027-07-01"));
    // As long as it is there, it is whole.
    let mut changed = document.clone();
    changed["paths"]["/old"]["get"]["parameters"] = json!([]);
    assert!(breaks(&changed, "2027-07-01"));
    for (at, is_break) in [
        ("2027-06-29T00:00:00Z", true),
        ("2028-01-01T00:00:00Z", false),
    ] {
        let mut moved = document.clone();
        moved["paths"]["/old"]["get"]["x-sunset"] = json!(at);
        assert_eq!(breaks(&moved, "2027-01-01"), is_break, "{at}");
    }
    // What was never deprecated never goes.
    document["paths"]["/old"]["get"]
        .as_object_mut()
        .unwrap()
        .remove("x-sunset");
    let before = Promises::of(&document).lines;
    assert!(
        !Promises::of(&without)
            .breaks(&before, "2099-01-01")
            .is_empty()
    );
}
