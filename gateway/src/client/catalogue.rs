//! The operations of the OpenAPI document under the names that people type.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::{self, Field};

/// Operations whose ids do not say what people look for: noun and verb.
const NAMED: [(&str, &str, &str); 28] = [
    ("create_event_feed_creds", "event-feed", "creds"),
    ("create_system_creds", "system", "creds"),
    ("create_user_batch", "user", "batch"),
    ("create_user_creds", "user", "creds"),
    ("delete_user_batch", "user", "delete_many"),
    ("export_audit_csv", "audit", "csv"),
    ("export_audit_ndjson", "audit", "ndjson"),
    ("export_nats_server_conf", "system", "conf"),
    ("get_claims", "account", "claims"),
    ("get_deleted_account", "account", "get_deleted"),
    ("get_effective_permissions", "user", "permissions"),
    ("get_engine_conf", "engine", "conf"),
    ("get_installation_settings", "settings", "get"),
    ("get_settings", "account", "settings"),
    ("get_sharing_graph", "sharing", "graph"),
    ("get_usage_csv", "usage", "csv"),
    ("get_usage_now", "usage", "now"),
    ("get_whole_sharing_graph", "sharing", "whole_graph"),
    ("list_audit_heads", "audit", "heads"),
    ("list_deleted_accounts", "account", "list_deleted"),
    ("list_issuances", "user", "issuances"),
    ("list_shared_with_me", "sharing", "with_me"),
    ("revoke_all_users", "user", "revoke_all"),
    ("revoke_user_batch", "user", "revoke_many"),
    ("rotate_user_batch", "user", "rotate_many"),
    ("take_operation_credentials", "operation", "credentials"),
    ("update_installation_settings", "settings", "update"),
    ("update_settings", "account", "update_settings"),
];
/// Nouns that have a shorter name.
const NOUNS: [(&str, &str); 1] = [("api-key", "key")];
/// People sign in with a browser, which keeps a cookie; here is always a key.
const SESSIONS: [&str; 2] = ["/api/v1/session", "/api/v1/sign-in"];
/// Operations that have commands of their own, written by hand.
const BY_HAND: [&str; 11] = [
    "apply",
    "apply_to_account",
    "backup",
    "enroll_device",
    "export_tokens",
    "get_account_manifest",
    "get_manifest",
    "get_org_manifest",
    "import_tokens",
    "renew_device",
    // `backup --operation`.
    "take_operation_file",
];
/// Fields whose names are taken by a part of the path or by every command, and the flags that set
/// them.
const RENAMED: [(&str, &str, &str); 5] = [
    ("create_activation", "account", "importer"),
    ("create_import", "account", "from"),
    ("create_import_request", "account", "from"),
    ("create_webhook", "url", "to"),
    ("update_webhook", "url", "to"),
];
/// What a deleted account is called in paths.
const DELETED: (&str, &str) = ("account", "deleted");
/// Fields of answers that hold a secret, and so can be written to a private file.
pub(super) const SECRETS: [&str; 5] = ["creds", "token", "jwt", "secret", "seed"];

/// Where a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
}

/// A parameter of an operation.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// The flag that sets it.
    pub(super) flag: String,
    pub(super) place: Place,
    pub(super) help: String,
    pub(super) required: bool,
    /// `true` or `false`.
    pub(super) is_flag: bool,
    /// May be given again and again.
    pub(super) is_filter: bool,
    /// The only texts that it may have, if they are known.
    pub(super) choices: Vec<String>,
}

/// One operation of the API.
#[derive(Debug)]
pub(super) struct Operation {
    /// `GET` and the like.
    pub(super) method: String,
    /// With `{names}`, from the root.
    pub(super) path: String,
    pub(super) noun: String,
    pub(super) verb: String,
    pub(super) help: String,
    pub(super) parameters: Vec<Parameter>,
    /// The fields of the body, if it has one.
    pub(super) body: Option<Vec<Field>>,
    /// The path parameter that names what the command is about.
    pub(super) target: Option<String>,
    /// Answers pages.
    pub(super) is_list: bool,
    /// Answers as long as it is listened to.
    pub(super) is_stream: bool,
    /// Knows `dry_run`.
    pub(super) can_preview: bool,
    /// May be told which version was seen.
    pub(super) takes_version: bool,
    /// Must be told.
    pub(super) needs_version: bool,
    /// Whether what it is about can be read at the same path.
    pub(super) is_readable: bool,
    /// Its answer may hold a secret.
    pub(super) makes_secret: bool,
}

impl Operation {
    /// Whether it gives out a credential for a key that the caller may bring.
    pub(super) fn takes_nkey(&self) -> bool {
        let fields = self.body.iter().flatten();
        self.makes_secret && fields.into_iter().any(|field| field.flag == "public-key")
    }
}

/// Every operation, by noun and verb.
#[derive(Debug)]
pub(crate) struct Catalogue(BTreeMap<String, BTreeMap<String, Operation>>);

impl Catalogue {
    /// The operations of this binary's own API.
    pub(crate) fn own() -> Self {
        let text = admin_api::openapi_json();
        // The document is our own: when it cannot be read there are no commands.
        Self::read(&serde_json::from_str(&text).unwrap_or_default())
    }

    fn read(document: &Value) -> Self {
        let mut nouns: BTreeMap<String, BTreeMap<String, Operation>> = BTreeMap::new();
        let paths = document["paths"].as_object().into_iter().flatten();
        for (path, item) in paths {
            if SESSIONS.iter().any(|prefix| path.starts_with(prefix)) {
                continue;
            }
            for (method, operation) in item.as_object().into_iter().flatten() {
                let read = Reader { document, item };
                if let Some(operation) = read.operation(path, method, operation) {
                    let verbs = nouns.entry(operation.noun.clone()).or_default();
                    verbs.entry(operation.verb.clone()).or_insert(operation);
                }
            }
        }
        Self(nouns)
    }

    pub(crate) fn has(&self, noun: &str) -> bool {
        self.0.contains_key(noun)
    }

    pub(super) fn nouns(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The operations of a noun, by verb.
    pub(super) fn verbs(&self, noun: &str) -> impl Iterator<Item = &Operation> {
        self.0.get(noun).into_iter().flat_map(BTreeMap::values)
    }

    pub(super) fn find(&self, noun: &str, verb: &str) -> Option<&Operation> {
        self.0.get(noun)?.get(verb)
    }
}

struct Reader<'a> {
    document: &'a Value,
    /// All operations of the path.
    item: &'a Value,
}

impl Reader<'_> {
    fn operation(&self, path: &str, method: &str, operation: &Value) -> Option<Operation> {
        let id = operation["operationId"]
            .as_str()
            .filter(|id| !BY_HAND.contains(id))?;
        let (verb, noun) = names(id);
        let listed = operation["parameters"].as_array().into_iter().flatten();
        let named = |name: &str| {
            let mut listed = operation["parameters"].as_array().into_iter().flatten();
            listed.any(|parameter| parameter["name"] == name)
        };
        let needs = |name: &str| {
            let mut listed = operation["parameters"].as_array().into_iter().flatten();
            listed.any(|parameter| parameter["name"] == name && parameter["required"] == true)
        };
        let mut parameters: Vec<Parameter> = listed.filter_map(parameter).collect();
        tell_apart(&mut parameters);
        let target = target(&noun, id, &parameters);
        Some(Operation {
            method: method.to_uppercase(),
            path: path.to_owned(),
            help: text(&operation["summary"], &operation["description"]),
            target,
            body: self.body(id, operation, &parameters),
            is_list: named("cursor") && answers(operation, "application/json"),
            is_stream: answers(operation, "text/event-stream"),
            can_preview: named("dry_run"),
            takes_version: named("If-Match"),
            needs_version: needs("If-Match"),
            is_readable: method != "get" && self.item.get("get").is_some(),
            makes_secret: method == "post" && self.answers_secret(operation),
            parameters,
            noun,
            verb,
        })
    }

    fn body(&self, id: &str, operation: &Value, path: &[Parameter]) -> Option<Vec<Field>> {
        let content = operation["requestBody"]["content"].as_object()?;
        let (_, media) = content.iter().find(|(name, _)| name.ends_with("json"))?;
        let mut fields = fields::of(self.document, &media["schema"]);
        for field in &mut fields {
            let renamed = RENAMED
                .iter()
                .find(|(of, name, _)| *of == id && *name == field.flag);
            if let Some((_, _, flag)) = renamed {
                (*flag).clone_into(&mut field.flag);
            } else if path.iter().any(|parameter| parameter.name == field.flag) {
                field.flag.insert_str(0, "body.");
            }
        }
        Some(fields)
    }

    fn answers_secret(&self, operation: &Value) -> bool {
        let answers = operation["responses"].as_object().into_iter().flatten();
        answers
            .filter(|(status, _)| status.starts_with('2'))
            .flat_map(|(_, answer)| fields::of(self.document, json_schema(answer)))
            .any(|field| SECRETS.contains(&field.flag.as_str()))
    }
}

/// Whether it answers with a body of this type when all is well.
fn answers(operation: &Value, media: &str) -> bool {
    operation["responses"]["200"]["content"]
        .get(media)
        .is_some()
}

fn json_schema(answer: &Value) -> &Value {
    &answer["content"]["application/json"]["schema"]
}

/// `create_api_key` is the verb `create` of the noun `key`; a single word is both.
fn names(id: &str) -> (String, String) {
    if let Some((_, noun, verb)) = NAMED.iter().find(|(named, _, _)| *named == id) {
        return ((*verb).to_owned(), (*noun).to_owned());
    }
    let Some((verb, noun)) = id.split_once('_') else {
        return (id.to_owned(), id.to_owned());
    };
    let noun = singular(noun).replace('_', "-");
    let ours = NOUNS.iter().find(|(theirs, _)| *theirs == noun);
    let noun = ours.map_or(noun, |(_, ours)| (*ours).to_owned());
    (verb.to_owned(), noun)
}

fn singular(noun: &str) -> String {
    if let Some(stem) = noun.strip_suffix("ies") {
        return format!("{stem}y");
    }
    match noun.strip_suffix('s') {
        Some(stem) if !stem.ends_with(['s', 'u']) => stem.to_owned(),
        _ => noun.to_owned(),
    }
}

/// The path parameter that the noun is about; the others say where it is.
fn target(noun: &str, id: &str, parameters: &[Parameter]) -> Option<String> {
    let last = parameters.iter().rev().find(|it| it.place == Place::Path)?;
    let own = noun == last.name
        || (noun, last.name.as_str()) == DELETED
        || noun.ends_with(&format!("-{}", last.name))
        || id.ends_with(&format!("_{}", last.name));
    own.then(|| last.name.clone())
}

fn parameter(value: &Value) -> Option<Parameter> {
    let name = value["name"].as_str()?;
    let place = match value["in"].as_str()? {
        "path" => Place::Path,
        // These are served by --limit and --dry-run, and rows are counted by whoever has them.
        "query" if !["limit", "cursor", "dry_run", "total"].contains(&name) => Place::Query,
        _ => return None,
    };
    let filter = name
        .strip_prefix("filter[")
        .and_then(|rest| rest.strip_suffix(']'));
    let plain = match name {
        "q" => "search",
        name => filter.unwrap_or(name),
    };
    let choices = value["schema"]["enum"].as_array().into_iter().flatten();
    let help = match filter {
        Some(field) => format!("Only rows with this {}", field.replace('_', " ")),
        None => text(&value["description"], &Value::Null),
    };
    Some(Parameter {
        name: name.to_owned(),
        flag: plain.replace('_', "-"),
        place,
        help,
        required: value["required"] == true,
        is_flag: value["schema"]["type"] == "boolean",
        is_filter: filter.is_some(),
        choices: choices
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    })
}

/// A filter whose name is taken says that it is one.
fn tell_apart(parameters: &mut [Parameter]) {
    let taken: Vec<String> = parameters
        .iter()
        .filter(|it| !it.is_filter)
        .map(|it| it.flag.clone())
        .collect();
    for parameter in parameters.iter_mut().filter(|it| it.is_filter) {
        if taken.contains(&parameter.flag) {
            parameter.flag.insert_str(0, "filter-");
        }
    }
}

/// The first of two texts that is there, as help shows it.
fn text(first: &Value, second: &Value) -> String {
    let text = first.as_str().or(second.as_str()).unwrap_or_default();
    text.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_a_command_of_its_own() {
        let text = admin_api::openapi_json();
        let document: Value = serde_json::from_str(&text).expect("our own document");
        let mut seen = BTreeSet::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            if SESSIONS.iter().any(|prefix| path.starts_with(prefix)) {
                continue;
            }
            for operation in item.as_object().expect("operations").values() {
                let id = operation["operationId"].as_str().expect("an id");
                let (verb, noun) = names(id);
                if BY_HAND.contains(&id) {
                    continue;
                }
                assert!(
                    seen.insert((noun, verb)),
                    "{id} has the command of another one"
                );
            }
        }
        let catalogue = Catalogue::own();
        let commands: usize = catalogue
            .nouns()
            .map(|it| catalogue.verbs(it).count())
            .sum();
        assert_eq!(commands, seen.len());
    }

    #[test]
    fn names_are_what_people_type() {
        for (id, verb, noun) in [
            ("create_account", "create", "account"),
            ("list_api_keys", "list", "key"),
            ("check_permission", "check", "permission"),
            ("export_nats_server_conf", "conf", "system"),
            ("list_audit", "list", "audit"),
            ("verify_audit", "verify", "audit"),
            ("list_audit_heads", "heads", "audit"),
            ("replay_webhook_delivery", "replay", "webhook-delivery"),
            ("list_access_roles", "list", "access-role"),
            ("list_identities", "list", "identity"),
            ("get_status", "get", "status"),
            ("revoke_all_users", "revoke_all", "user"),
            ("whoami", "whoami", "whoami"),
        ] {
            assert_eq!(names(id), (verb.to_owned(), noun.to_owned()), "{id}");
        }
    }

    #[test]
    fn what_a_command_is_about_comes_first_and_the_rest_are_flags() {
        let catalogue = Catalogue::own();
        let target = |noun, verb| {
            catalogue
                .find(noun, verb)
                .expect("a command")
                .target
                .clone()
        };
        assert_eq!(target("account", "get").as_deref(), Some("account"));
        assert_eq!(target("user", "get").as_deref(), Some("user"));
        assert_eq!(target("user", "list"), None);
        assert_eq!(target("account", "undelete").as_deref(), Some("deleted"));
        assert_eq!(target("key", "delete").as_deref(), Some("key"));
        let import = catalogue.find("import", "create").expect("a command");
        let fields = import.body.as_deref().expect("a body");
        assert!(
            fields
                .iter()
                .any(|it| it.flag == "from" && it.path == ["account"])
        );
        assert!(
            catalogue
                .find("user", "create")
                .expect("a command")
                .makes_secret
        );
        assert!(
            !catalogue
                .find("account", "create")
                .expect("a command")
                .makes_secret
        );
    }
}
