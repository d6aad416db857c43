//! An account's limits as the API shows and changes them.

use accounts::claims::account::AccountLimits;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// Ceilings of an account; -1 means unlimited.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Limits {
    /// Client connections at a time.
    connections: i64,
    /// Leaf node connections at a time.
    leaf_connections: i64,
    /// Subscriptions.
    subscriptions: i64,
    /// Bytes in total.
    data_bytes: i64,
    /// Bytes of one message.
    payload_bytes: i64,
    /// Imports that the account may have.
    imports: i64,
    /// Exports that the account may have.
    exports: i64,
    /// Whether exports may have wildcards.
    wildcard_exports: bool,
    /// Whether users may log in with the JWT alone.
    bearer_users: bool,
}

impl From<&AccountLimits> for Limits {
    fn from(limits: &AccountLimits) -> Self {
        Self {
            connections: limits.conn,
            leaf_connections: limits.leaf,
            subscriptions: limits.subs,
            data_bytes: limits.data,
            payload_bytes: limits.payload,
            imports: limits.imports,
            exports: limits.exports,
            wildcard_exports: limits.wildcards,
            bearer_users: !limits.disallow_bearer,
        }
    }
}

/// Limits to change; what is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsPatch {
    connections: Option<i64>,
    leaf_connections: Option<i64>,
    subscriptions: Option<i64>,
    data_bytes: Option<i64>,
    payload_bytes: Option<i64>,
    imports: Option<i64>,
    exports: Option<i64>,
    wildcard_exports: Option<bool>,
    bearer_users: Option<bool>,
}

impl LimitsPatch {
    /// Changes `limits` in place, or names the fields that are wrong.
    pub(crate) fn apply(&self, limits: &mut AccountLimits) -> Result<(), Problem> {
        let numbers = [
            ("connections", self.connections, &mut limits.conn),
            ("leaf_connections", self.leaf_connections, &mut limits.leaf),
            ("subscriptions", self.subscriptions, &mut limits.subs),
            ("data_bytes", self.data_bytes, &mut limits.data),
            ("payload_bytes", self.payload_bytes, &mut limits.payload),
            ("imports", self.imports, &mut limits.imports),
            ("exports", self.exports, &mut limits.exports),
        ];
        for (name, wanted, limit) in numbers {
            match wanted {
                None => {}
                Some(value) if value >= -1 => *limit = value,
                Some(_) => {
                    return Err(Problem::invalid(
                        format!("/limits/{name}"),
                        "must be -1 (unlimited), 0 (none) or more",
                    ));
                }
            }
        }
        if let Some(allowed) = self.wildcard_exports {
            limits.wildcards = allowed;
        }
        if let Some(allowed) = self.bearer_users {
            limits.disallow_bearer = !allowed;
        }
        Ok(())
    }
}
