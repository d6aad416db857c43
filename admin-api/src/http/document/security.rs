//! Who may call: a program with its key, or a person's browser with its session.

use serde_json::{Value, json};

use super::Facts;

/// Says whether a key or a session is needed. A session's changes also need the token that it told
/// its page; what needs no credential has said so itself.
pub(super) fn describe(facts: &Facts, operation: &mut Value) {
    if facts.is_open || (facts.is_get && !facts.is_of_session) {
        return;
    }
    let session = match facts.is_get {
        true => json!({ "session": [] }),
        false => json!({ "session": [], "csrf": [] }),
    };
    operation["security"] = match facts.is_of_session {
        true => json!([session]),
        false => json!([{ "api_key": [] }, session]),
    };
}

/// What holds where an operation says nothing.
pub(super) fn of_reads() -> Value {
    json!([{ "api_key": [] }, { "session": [] }])
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
