//! Who may call: a program with its key, or a person's browser with its session.

use serde_json::{Value, json};

use super::Facts;
use crate::auth::RIGHT_MARK;

/// Takes the rights that the handler's signature names out of the parameters.
pub(super) fn take_rights(operation: &mut Value) -> Vec<Value> {
    let mut rights = Vec::new();
    let parameters = operation.get_mut("parameters");
    if let Some(parameters) = parameters.and_then(Value::as_array_mut) {
        parameters.retain(|parameter| {
            let is_right = parameter["name"] == RIGHT_MARK;
            if is_right {
                rights.push(parameter["description"].clone());
            }
            !is_right
        });
    }
    rights
}

/// Says whether a key or a session is needed, and with which rights. A session's changes also need
/// the token that it told its page; what needs no credential has said so itself.
pub(super) fn describe(facts: &Facts, rights: &[Value], operation: &mut Value) {
    if facts.is_open {
        return;
    }
    let session = match facts.is_get {
        true => json!({ "session": rights }),
        false => json!({ "session": rights, "csrf": [] }),
    };
    operation["security"] = match facts.is_of_session {
        true => json!([session]),
        false => json!([{ "api_key": rights }, session]),
    };
}

pub(super) fn schemes() -> Value {
    json!({
        "api_key": {
            "type": "http", "scheme": "bearer",
            "description": "An API key: `tg_svc_…` of a program, `tg_pat_…` of a person",
        },
        "session": {
            "type": "apiKey", "in": "cookie", "name": "tidegate_session",
            "description": "What `POST /api/v1/session` gives a browser; over HTTPS its name is \
                            `__Host-tidegate_session`",
        },
        "csrf": {
            "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
            "description": "The session's `csrf_token`: `GET /api/v1/whoami` has it",
        },
    })
}
