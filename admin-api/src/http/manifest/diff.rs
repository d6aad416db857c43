//! What changes, field by field, and views without what goes without saying.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::http::body::escape;

/// What happens to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    Create,
    Change,
    Delete,
    /// Another account is asked for it.
    Request,
    Unchanged,
}

/// What a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Thing {
    Org,
    Plan,
    Account,
    AuthCallout,
    Role,
    Export,
    Import,
    User,
}

impl Thing {
    /// Whether it is known by its account's slug.
    pub(super) fn is_one_in_account(self) -> bool {
        matches!(self, Thing::Account | Thing::AuthCallout)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Thing::Org => "org",
            Thing::Plan => "plan",
            Thing::Account => "account",
            Thing::AuthCallout => "auth_callout",
            Thing::Role => "role",
            Thing::Export => "export",
            Thing::Import => "import",
            Thing::User => "user",
        }
    }
}

/// A field that is not as it was.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct ManifestChange {
    /// JSON pointer into the thing as manifests say it.
    #[schema(example = "/limits/connections")]
    field: String,
    /// Absent: as by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Value>,
    /// Absent: as by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Value>,
}

impl ManifestChange {
    /// Whether it is this field, or a part of it.
    pub(super) fn is_in(&self, field: &str) -> bool {
        let rest = self.field.strip_prefix(field);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether a text or list of something new is empty. Of permissions that says a lot.
    pub(super) fn says_nothing(&self) -> bool {
        let is_empty = match &self.to {
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            _ => false,
        };
        is_empty && self.from.is_none() && !self.is_in("/default_permissions")
    }
}

/// What happens to one thing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ResourceChange {
    pub(super) action: Action,
    pub(super) kind: Thing,
    /// The slug of the account that it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    /// What it is known by.
    #[schema(example = "stream orders.>")]
    pub(super) name: String,
    /// Absent for what a dry run would make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// Where the manifest says it; absent for what it says no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pointer: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) fields: Vec<ManifestChange>,
}

/// The fields in which two views differ.
pub(super) fn fields(before: &Value, after: &Value) -> Vec<ManifestChange> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

fn compare(at: &str, before: &Value, after: &Value, found: &mut Vec<ManifestChange>) {
    if before == after {
        return;
    }
    let none = Map::new();
    let members = |value: &Value| match value {
        Value::Object(members) => Some(members.clone()),
        Value::Null => Some(Map::new()),
        _ => None,
    };
    match (members(before), members(after)) {
        (Some(old), Some(new)) if !(old.is_empty() && new.is_empty()) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let side =
                    |members: &Map<String, Value>| members.get(key).cloned().unwrap_or(Value::Null);
                let at = format!("{at}/{}", escape(key));
                compare(&at, &side(&old), &side(&new), found);
            }
        }
        _ => {
            let given = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
            let is_nothing = |value: &Value| match value {
                Value::Object(members) => *members == none,
                value => value.is_null(),
            };
            if is_nothing(before) && is_nothing(after) {
                return;
            }
            found.push(ManifestChange {
                field: at.to_owned(),
                from: given(before),
                to: given(after),
            });
        }
    }
}

/// A view without the members that are as in `plain`.
pub(super) fn compact(value: Value, plain: &Value) -> Value {
    let (Value::Object(members), Value::Object(plain)) = (&value, plain) else {
        return value;
    };
    let mut left = Map::new();
    for (name, member) in members {
        let usual = plain.get(name).unwrap_or(&Value::Null);
        let rest = compact(member.clone(), usual);
        let is_usual = member == usual || rest == Value::Object(Map::new()) && usual.is_object();
        if !is_usual {
            left.insert(name.clone(), rest);
        }
    }
    Value::Object(left)
}

/// As JSON.
pub(super) fn view(thing: &impl Serialize) -> Value {
    serde_json::to_value(thing).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_are_told_field_by_field() {
        let before = json!({ "a": 1, "b": { "c": [1], "d": {} }, "e": "x", "n": null });
        let after = json!({ "a": 1, "b": { "c": [1, 2] }, "f/g": true });
        let told = view(&fields(&before, &after));
        assert_eq!(
            told,
            json!([
                { "field": "/b/c", "from": [1], "to": [1, 2] },
                { "field": "/e", "from": "x" },
                { "field": "/f~1g", "to": true },
            ])
        );
        assert!(fields(&before, &before).is_empty());
    }

    #[test]
    fn what_is_as_usual_is_left_out() {
        let plain = json!({ "a": 1, "b": { "c": {}, "d": -1 }, "tags": [] });
        let value = json!({ "a": 1, "b": { "c": { "allow": ["x"] }, "d": -1 }, "tags": [] });
        let left = json!({ "b": { "c": { "allow": ["x"] } } });
        assert_eq!(compact(value, &plain), left);
        assert_eq!(compact(plain.clone(), &plain), json!({}));
    }
}
