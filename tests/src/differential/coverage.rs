//! Which fields of the claims the graphs have used.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use super::case::{Case, Step};

mod fields;

/// Fields whose objects have names of the tenant's choice.
const OPEN_MAPS: [&str; 3] = ["revocations", "mappings", "tiered_limits"];

/// How many graphs have used each field.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    graphs: BTreeMap<String, usize>,
}

impl Coverage {
    /// What one graph uses.
    pub fn of(case: &Case) -> Self {
        let mut used = BTreeSet::new();
        for user in &case.users {
            let claims = &user.claims;
            envelope(
                "user",
                [claims.exp, claims.nbf],
                claims.aud.is_some(),
                &mut used,
            );
            note("user", &claims.nats, &mut used);
        }
        for step in &case.steps {
            let Step::Update { version, .. } = step else {
                continue;
            };
            let claims = &version.claims;
            envelope(
                "account",
                [claims.exp, claims.nbf],
                claims.aud.is_some(),
                &mut used,
            );
            note("account", &claims.nats, &mut used);
            let tokens = claims.nats.imports.iter().map(|import| &import.token);
            for token in tokens.filter(|token| !token.is_empty()) {
                if let Ok(claims) = accounts::jwt::decode::<accounts::ActivationBody>(token) {
                    envelope("activation", [claims.exp, claims.nbf], false, &mut used);
                    note("activation", &claims.nats, &mut used);
                }
            }
        }
        Self {
            graphs: used.into_iter().map(|field| (field, 1)).collect(),
        }
    }

    /// Adds another graph's.
    pub fn add(&mut self, other: &Self) {
        for (field, count) in &other.graphs {
            *self.graphs.entry(field.clone()).or_default() += count;
        }
    }

    /// The fields that no graph has used, without those that cannot be seen in a run.
    pub fn unused(&self) -> Vec<String> {
        let missing = |field: &String| !self.graphs.contains_key(field);
        let elsewhere = |field: &str| {
            fields::ELSEWHERE
                .iter()
                .any(|(of, _)| field.starts_with(of))
        };
        let all = fields::all().into_iter();
        all.filter(|field| missing(field) && !elsewhere(field))
            .collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "fields of claims, and the graphs that use them:")?;
        for field in fields::all() {
            let count = self.graphs.get(&field).copied().unwrap_or(0);
            if count > 0 {
                writeln!(f, "  {count:6}  {field}")?;
            }
        }
        writeln!(f, "never used: {:?}", self.unused())?;
        for (field, why) in fields::ELSEWHERE {
            writeln!(f, "not here: {field} ({why})")?;
        }
        Ok(())
    }
}

fn envelope(kind: &str, [exp, nbf]: [i64; 2], aud: bool, into: &mut BTreeSet<String>) {
    for (name, used) in [("exp", exp != 0), ("nbf", nbf != 0), ("aud", aud)] {
        if used {
            into.insert(format!("{kind} {name}"));
        }
    }
}

fn note(kind: &str, claims: &impl Serialize, into: &mut BTreeSet<String>) {
    walk(kind, &json!(claims), into);
}

/// Adds the path of every field that holds something.
fn walk(path: &str, value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let open = OPEN_MAPS.iter().any(|name| path.ends_with(name));
            for (name, value) in fields {
                let name = if open { "*" } else { name };
                let joint = if path.contains(' ') { "." } else { " " };
                walk(&format!("{path}{joint}{name}"), value, into);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for item in items {
                walk(&format!("{path}[]"), item, into);
            }
        }
        Value::Object(_) => {}
        _ => {
            into.insert(path.to_owned());
        }
    }
}
