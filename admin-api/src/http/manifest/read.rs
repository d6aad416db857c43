//! Reads a manifest: YAML or JSON, strictly, and tells all that is wrong with its form at once,
//! each with a pointer to it.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::spec::{
    AccountSpec, ExportSpec, ImportSpec, OrgSpec, PlanSpec, RoleSpec, UserSpec, VERSION,
};
use crate::app::App;
use crate::http::body::{self, MANIFEST_BYTES_MAX, escape};
use crate::names;
use crate::problem::Problem;

/// Organisations, plans, accounts, roles, exports, imports and users together.
const ITEMS_MAX: usize = 5000;
/// Flaws that are told of one item.
const FLAWS_MAX: usize = 32;
/// How much aliases may make of a small document.
const ALIASED_MAX: usize = 100_000;
const YAML_TYPES: [&str; 4] = [
    "application/yaml",
    "application/x-yaml",
    "text/yaml",
    "text/x-yaml",
];

/// A part of a manifest, and where it stands.
#[derive(Debug)]
pub(super) struct At<T> {
    pub(super) pointer: String,
    pub(super) spec: T,
}

/// An account and what belongs to it; the lists of its `spec` are empty.
#[derive(Debug)]
pub(super) struct AccountAt {
    pub(super) pointer: String,
    pub(super) spec: AccountSpec,
    pub(super) roles: Vec<At<RoleSpec>>,
    pub(super) exports: Vec<At<ExportSpec>>,
    pub(super) imports: Vec<At<ImportSpec>>,
    pub(super) users: Vec<At<UserSpec>>,
}

/// What a manifest wants.
#[derive(Debug)]
pub(crate) struct Desired {
    pub(super) name: String,
    pub(super) orgs: Vec<At<OrgSpec>>,
    pub(super) plans: Vec<At<PlanSpec>>,
    pub(super) accounts: Vec<AccountAt>,
}

impl FromRequest<Arc<App>> for Desired {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Problem> {
        let is_yaml = body::has_type(request.headers(), &YAML_TYPES)
            && request.headers().contains_key(header::CONTENT_TYPE);
        if !is_yaml && !body::has_type(request.headers(), &body::JSON_TYPES) {
            return Err(Problem::unsupported_media_type());
        }
        let bytes = axum::body::to_bytes(request.into_body(), MANIFEST_BYTES_MAX)
            .await
            .map_err(|_| Problem::too_large())?;
        // It may take a while, and others wait for this thread.
        let read = tokio::task::spawn_blocking(move || match is_yaml {
            true => desired(yaml(&bytes)?),
            false => desired(body::parse_value(&bytes)?),
        });
        read.await.map_err(|_| Problem::internal())?
    }
}

fn yaml(bytes: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Problem::bad_request("The manifest is not UTF-8."))?;
    let limits = serde_saphyr::alias_limits! { max_total_replayed_events: ALIASED_MAX };
    // Only `true` and `false` are booleans: a country may be called `no`.
    let options = serde_saphyr::options! { strict_booleans: true, alias_limits: limits };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place = error.location().map_or_else(String::new, |at| {
            format!(": line {}, column {}", at.line(), at.column())
        });
        Problem::bad_request(format!("The manifest is not YAML{place}."))
    })
}

fn desired(document: Value) -> Result<Desired, Problem> {
    let Value::Object(mut members) = document else {
        return Err(Problem::invalid("", "must be an object"));
    };
    let mut reader = Reader::default();
    if members.shift_remove("version") != Some(Value::from(VERSION)) {
        reader.refuse("/version", "must be 1");
    }
    let name = match members.shift_remove("name") {
        Some(Value::String(name)) if names::is_slug(&name) => name,
        _ => {
            reader.refuse("/name", "must match [a-z][a-z0-9-]{1,62}");
            String::new()
        }
    };
    let desired = Desired {
        name,
        orgs: reader.items(&mut members, "orgs", ""),
        plans: reader.items(&mut members, "plans", ""),
        accounts: reader.accounts(&mut members),
    };
    for unknown in members.keys() {
        let problem = Problem::unprocessable("invalid", "See `errors` for the fields.");
        let message = format!(
            "unknown field `{unknown}`, expected one of `version`, `name`, `orgs`, `plans`, \
             `accounts`"
        );
        let pointer = format!("/{}", escape(unknown));
        let problem = problem.with_field(pointer, "unknown_field", message);
        reader.problems.push(problem);
    }
    if reader.items > ITEMS_MAX {
        let text = format!("A manifest may say {ITEMS_MAX} things at most.");
        return Err(Problem::unprocessable("manifest_too_large", text));
    }
    match Problem::together(reader.problems) {
        Some(problem) => Err(problem),
        None => Ok(desired),
    }
}

#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
    items: usize,
}

impl Reader {
    fn refuse(&mut self, pointer: &str, message: &str) {
        self.problems.push(Problem::invalid(pointer, message));
    }

    /// Takes a list out of its object, each entry with its place.
    fn list(&mut self, members: &mut Map<String, Value>, name: &str, at: &str) -> Vec<At<Value>> {
        let pointer = format!("{at}/{name}");
        match members.shift_remove(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => {
                self.items += items.len();
                let place = |(index, spec)| At {
                    pointer: format!("{pointer}/{index}"),
                    spec,
                };
                items.into_iter().enumerate().map(place).collect()
            }
            Some(_) => {
                self.refuse(&pointer, "must be a list");
                Vec::new()
            }
        }
    }

    fn items<T: DeserializeOwned>(
        &mut self,
        members: &mut Map<String, Value>,
        name: &str,
        at: &str,
    ) -> Vec<At<T>> {
        let list = self.list(members, name, at);
        let read = |At { pointer, spec }| {
            let spec = self.item(spec, &pointer)?;
            Some(At { pointer, spec })
        };
        list.into_iter().filter_map(read).collect()
    }

    fn accounts(&mut self, members: &mut Map<String, Value>) -> Vec<AccountAt> {
        let mut accounts = Vec::new();
        for At { pointer, mut spec } in self.list(members, "accounts", "") {
            let mut none = Map::new();
            let own = spec.as_object_mut().unwrap_or(&mut none);
            let roles = self.items(own, "roles", &pointer);
            let exports = self.items(own, "exports", &pointer);
            let imports = self.items(own, "imports", &pointer);
            let users = self.items(own, "users", &pointer);
            if let Some(spec) = self.item(spec, &pointer) {
                accounts.push(AccountAt {
                    pointer,
                    spec,
                    roles,
                    exports,
                    imports,
                    users,
                });
            }
        }
        accounts
    }

    /// One item. What is wrong with it is told, taken out, and the rest looked at.
    fn item<T: DeserializeOwned>(&mut self, mut value: Value, at: &str) -> Option<T> {
        if !value.is_object() {
            self.refuse(at, "must be an object");
            return None;
        }
        let first = self.problems.len();
        for _ in 0..FLAWS_MAX {
            let problem = match body::read_value(&serde_json::to_vec(&value).unwrap_or_default()) {
                Ok(spec) => return Some(spec),
                Err(problem) => problem,
            };
            let pointer = problem.pointer().to_owned();
            let problem = problem.below(at);
            // What was taken out is missing now: that it was wrong is told already.
            let told = &self.problems[first..];
            if told.iter().any(|one| one.pointer() == problem.pointer()) {
                break;
            }
            self.problems.push(problem);
            if !take_out(&mut value, &pointer) {
                break;
            }
        }
        None
    }
}

/// Takes the member out that `pointer` leads to; of a list that holds it, the whole list, so that
/// the other entries keep their places.
fn take_out(value: &mut Value, pointer: &str) -> bool {
    let mut at = value;
    let mut keys = pointer.split('/').skip(1).peekable();
    while let Some(key) = keys.next() {
        let key = key.replace("~1", "/").replace("~0", "~");
        let Value::Object(members) = at else {
            return false;
        };
        let leads_on = keys.peek().is_some() && members.get(&key).is_some_and(Value::is_object);
        if !leads_on {
            return members.shift_remove(&key).is_some();
        }
        let Some(next) = members.get_mut(&key) else {
            return false;
        };
        at = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, String)> {
        let problem = yaml(text.as_bytes()).and_then(desired).err();
        problem.map(|problem| problem.fields()).unwrap_or_default()
    }

    #[test]
    fn every_flaw_is_told_with_its_place() {
        let text = "
version: 2
name: Not a slug
extra: 1
orgs: {}
plans:
- slug: gold
  limits: { connections: many, conections: 1 }
accounts:
- slug: orders
  colour: red
  shape: round
  roles:
  - { name: a, bearer: perhaps, permissions: { publish: { allow: [1, b] } } }
  - { description: nobody }
  - 7
  imports:
  - { account: x, kind: neither, subject: s }
";
        let told = told(text);
        let expected = [
            ("/version", "invalid"),
            ("/name", "invalid"),
            ("/orgs", "invalid"),
            ("/plans/0/limits/connections", "wrong_type"),
            ("/plans/0/limits/conections", "unknown_field"),
            ("/accounts/0/roles/0/bearer", "wrong_type"),
            (
                "/accounts/0/roles/0/permissions/publish/allow/0",
                "wrong_type",
            ),
            ("/accounts/0/roles/1/name", "missing_field"),
            ("/accounts/0/roles/2", "invalid"),
            ("/accounts/0/imports/0/kind", "wrong_type"),
            ("/accounts/0/colour", "unknown_field"),
            ("/accounts/0/shape", "unknown_field"),
            ("/extra", "unknown_field"),
        ];
        let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
        assert_eq!(told, expected);
    }

    #[test]
    fn broken_yaml_is_told_with_its_line() {
        for (text, place) in [
            ("version: 1\nname: [\n", "line 2"),
            ("version: 1\nname: a\nname: b\n", "line 3"),
            ("version: 1\nname: *nobody\n", "line 2"),
            ("version: 1\n---\nversion: 1\n", "line 3"),
        ] {
            let problem = yaml(text.as_bytes()).expect_err(text);
            let said = format!("{problem:?}");
            assert!(said.contains(place), "{text}: {said}");
        }
    }

    #[test]
    fn aliases_do_not_blow_up() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = format!("*a{}", level - 1);
            let list = vec![before; 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{list}]\n"));
        }
        assert!(yaml(text.as_bytes()).is_err());
    }
}
