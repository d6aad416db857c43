//! What is wrong with claims, as the Go library names it: the one judge of the broker (before a
//! token is stored or a user let in) and of the admin API (before a token is given out).

use std::collections::BTreeMap;

use super::account::{
    AccountBody, ExportClaim, ImportClaim, JetStreamLimits, Sampling, ShareKind, SigningKey,
};
use crate::jwt::Claims;
use crate::nkeys::{KeyKind, PublicKey};
use crate::permissions::Permissions;
use crate::policy::{
    Mapping, Mappings, PolicyError, allows, compile_export, compile_import, devices, quotas,
};
use crate::quotas::Quotas;
use crate::subject;

mod issue;
mod operator;
mod user;

pub use issue::{Issue, Severity};
use issue::{Issues, check_info};

impl Claims<AccountBody> {
    /// Everything that is wrong with these claims, seen by themselves. Without `now` (unix
    /// seconds) the clock is not asked.
    pub fn validate(&self, now: Option<i64>) -> Vec<Issue> {
        let mut issues = Issues::default();
        let body = &self.nats;
        issues.check_time(self, now);
        check_exports(body, &mut issues);
        check_imports(body, &mut issues);
        check_limits(body, &mut issues);
        check_quotas(body, &mut issues);
        check_devices(body, &mut issues);
        check_keys(body, &mut issues);
        check_mappings(body, &mut issues);
        check_authorization(body, &mut issues);
        check_rest(body, &mut issues);
        check_info(
            "the account",
            &body.description,
            &body.info_url,
            &mut issues,
        );
        if self.name.is_empty() {
            issues.warn("the account has no name");
        }
        if self.iss.kind() == KeyKind::Account {
            issues.warn("the account signed itself, its limits count only when an operator signs");
        }
        for import in &body.imports {
            check_activation(&self.subject(), import, now, &mut issues);
        }
        issues.0
    }
}

fn check_exports(body: &AccountBody, issues: &mut Issues) {
    let limits = &body.limits;
    issues.block_if(!allows(limits.exports, body.exports.len() as u64), || {
        format!(
            "{} exports, the limit is {}",
            body.exports.len(),
            limits.exports
        )
    });
    for (at, export) in body.exports.iter().enumerate() {
        let name = &export.subject;
        if let Err(error) = compile_export(export) {
            issues.block(error.to_string());
        }
        let literal = subject::is_literal(name.as_bytes());
        issues.block_if(!limits.wildcards && !literal, || {
            format!("export `{name}`: the account's limits allow no wildcard exports")
        });
        for other in &body.exports[at + 1..] {
            let overlap = one_holds(name.as_bytes(), other.subject.as_bytes());
            issues.block_if(export.kind == other.kind && overlap, || {
                format!("exports `{name}` and `{}` overlap", other.subject)
            });
        }
        check_service_fields(export, issues);
        check_revocations(&export.revocations, KeyKind::Account, issues);
        let what = format!("export `{name}`");
        check_info(&what, &export.description, &export.info_url, issues);
    }
}

/// Fields that only one kind of export may have.
fn check_service_fields(export: &ExportClaim, issues: &mut Issues) {
    let name = &export.subject;
    let stream = export.kind == ShareKind::Stream;
    issues.block_if(export.response_threshold < 0, || {
        format!("export `{name}`: the response threshold is negative")
    });
    let service_only = [
        (export.response_threshold != 0, "response_threshold"),
        (!export.response_type.is_empty(), "response_type"),
        (export.service_latency.is_some(), "service_latency"),
        (export.allow_trace, "allow_trace"),
    ];
    for (set, field) in service_only {
        issues.block_if(stream && set, || {
            format!("export `{name}`: {field} is for services only")
        });
    }
    if let Some(latency) = &export.service_latency {
        let sampling = match &latency.sampling {
            // 0 is how the Go library keeps `headers`.
            Sampling::Percent(percent) => (0..=100).contains(percent),
            Sampling::Named(name) => name.eq_ignore_ascii_case("headers"),
        };
        issues.block_if(!sampling, || {
            format!("export `{name}`: latency sampling must be 1 to 100, or \"headers\"")
        });
        issues.block_if(!is_literal_subject(&latency.results), || {
            format!("export `{name}`: latency results need a subject without wildcards")
        });
    }
}

fn check_imports(body: &AccountBody, issues: &mut Issues) {
    let limit = body.limits.imports;
    issues.block_if(!allows(limit, body.imports.len() as u64), || {
        format!("{} imports, the limit is {limit}", body.imports.len())
    });
    // What the library compares: of a service with the older `to` that is the exporter's subject.
    let mut named: Vec<(PublicKey, Vec<u8>)> = Vec::new();
    for import in &body.imports {
        let name = &import.subject;
        issues.block_if(import.account.kind() != KeyKind::Account, || {
            format!("import `{name}`: `account` is not an account key")
        });
        let service = import.kind == ShareKind::Service;
        issues.block_if(import.share && !service, || {
            format!("import `{name}`: share is for services only")
        });
        issues.block_if(import.allow_trace && service, || {
            format!("import `{name}`: allow_trace is for streams only")
        });
        if !import.to.is_empty() {
            issues.warn(format!(
                "import `{name}`: `to` is deprecated, use local_subject"
            ));
        }
        match compile_import(import) {
            Err(error) => issues.block(error.to_string()),
            Ok(compiled) => {
                if !service {
                    continue;
                }
                let name_there = if import.to.is_empty() {
                    compiled.local
                } else {
                    compiled.remote
                };
                let taken = named.iter().any(|(exporter, other)| {
                    *exporter == compiled.exporter && one_holds(other, &name_there)
                });
                issues.block_if(taken, || {
                    format!("import `{name}`: another service of that account has this subject")
                });
                named.push((compiled.exporter, name_there));
            }
        }
    }
}

/// Whether one of two subjects holds the other one as the library sees it, which takes the `>` of
/// the held one for a plain token: `b.*.*` holds `b.c.>`.
fn one_holds(a: &[u8], b: &[u8]) -> bool {
    subject::matches(a, b) || subject::matches(b, a)
}

/// What an activation token must say to be of use to `account`, without the exporter's claims.
fn check_activation(
    account: &PublicKey,
    import: &ImportClaim,
    now: Option<i64>,
    issues: &mut Issues,
) {
    let Ok(compiled) = compile_import(import) else {
        return;
    };
    let Some(token) = compiled.token else { return };
    let name = &import.subject;
    let body = &token.nats;
    // Either will do for the library; that both fit is asked when the import is used.
    let issuers = [Some(token.iss), body.issuer_account];
    issues.block_if(!issuers.contains(&Some(import.account)), || {
        format!("import `{name}`: the activation token was issued by another account")
    });
    let is_account = |key: PublicKey| key.kind() == KeyKind::Account;
    issues.block_if(!body.issuer_account.is_none_or(is_account), || {
        format!("import `{name}`: issuer_account of the activation token is not an account key")
    });
    issues.block_if(token.subject() != *account, || {
        format!("import `{name}`: the activation token is for another account")
    });
    issues.block_if(body.kind != import.kind, || {
        format!("import `{name}`: the activation token is for another kind")
    });
    issues.check_time(&token, now);
    let covered = subject::is_subset(&compiled.remote, body.subject.as_bytes());
    issues.block_if(!covered, || {
        format!(
            "import `{name}`: the activation token is for `{}`",
            body.subject
        )
    });
}

fn check_limits(body: &AccountBody, issues: &mut Issues) {
    let limits = &body.limits;
    let tiered = !limits.tiered_limits.is_empty();
    let flat = limits.jetstream != JetStreamLimits::default();
    issues.block_if(tiered && flat, || {
        "JetStream limits must be either tiered or not, and both are set".to_owned()
    });
    for tier in limits.tiered_limits.keys() {
        issues.block_if(tier.is_empty() || tier == "R0", || {
            format!("`{tier}` is not a JetStream tier, use R1 or R3")
        });
    }
}

fn check_devices(body: &AccountBody, issues: &mut Issues) {
    if let Err(error) = devices(body) {
        issues.block(error.to_string());
    }
    let anchors = body.tidegate.as_ref().map(|extra| &*extra.device_anchors);
    for anchor in anchors.unwrap_or_default() {
        let is_role =
            |key: &SigningKey| matches!(key, SigningKey::Scoped(it) if it.key == anchor.role);
        if !body.signing_keys.iter().any(is_role) {
            issues.warn(format!(
                "device anchors: {} is no role of the account, so that nobody comes in by it",
                anchor.role
            ));
        }
    }
}

fn check_quotas(body: &AccountBody, issues: &mut Issues) {
    if let Err(error) = quotas(body) {
        issues.block(error.to_string());
    }
    let extra = body.tidegate.as_ref().map(|extra| &extra.extra);
    for name in extra.into_iter().flat_map(Quotas::unknown_fields) {
        issues.warn(format!("tidegate.{name} is not known here"));
    }
}

fn check_keys(body: &AccountBody, issues: &mut Issues) {
    for key in &body.signing_keys {
        let text = key.key();
        issues.block_if(text.kind() != KeyKind::Account, || {
            format!("signing key {text} is not an account key")
        });
        let SigningKey::Scoped(scope) = key else {
            continue;
        };
        let what = format!("role of {text}: ");
        if let Err(error) = Quotas::of_user(&scope.template.extra) {
            issues.block(format!("{what}{error}"));
        }
        user::check_conditions(&what, &scope.template.rights, issues);
        let publish = &scope.template.rights.publish;
        for entry in publish.allow.iter().chain(&publish.deny).flatten() {
            // Blanks may stand inside `{{ }}`.
            let bare = !entry.contains("{{") && entry.contains(char::is_whitespace);
            issues.block_if(bare, || {
                format!("{what}`{entry}`: a publish permission cannot name a queue")
            });
        }
    }
    check_revocations(&body.revocations, KeyKind::User, issues);
}

fn check_revocations(entries: &BTreeMap<String, i64>, kind: KeyKind, issues: &mut Issues) {
    for key in entries.keys() {
        if key != "*" && PublicKey::parse_as(key, kind).is_err() {
            issues.warn(format!(
                "the revocation of `{key}` revokes nobody: it is no {kind:?} key"
            ));
        }
    }
}

fn check_mappings(body: &AccountBody, issues: &mut Issues) {
    for (source, destinations) in &body.mappings {
        for destination in destinations {
            // A config file may have blanks between arguments, claims may not.
            let name = &destination.subject;
            issues.block_if(name.contains(char::is_whitespace), || {
                format!("mapping `{source}`: `{name}` has blanks: take them out")
            });
        }
        if let Err(error) = Mapping::compile(source, destinations, None) {
            issues.block(format!("mapping `{source}`: {error}"));
        }
    }
    if let Err(error @ PolicyError::TooManyMappings) = Mappings::compile(&body.mappings, None) {
        issues.block(error.to_string());
    }
}

fn check_authorization(body: &AccountBody, issues: &mut Issues) {
    let callout = &body.authorization;
    let accounts = &callout.allowed_accounts;
    issues.block_if(
        callout.auth_users.is_empty() && !accounts.is_empty(),
        || "authorization: allowed_accounts need auth_users".to_owned(),
    );
    let all = accounts.iter().any(|account| account == "*");
    issues.block_if(all && accounts.len() > 1, || {
        "authorization: `*` must be the only allowed account".to_owned()
    });
    let users = callout.auth_users.iter().map(|key| (key, KeyKind::User));
    let accounts = accounts
        .iter()
        .filter(|key| *key != "*")
        .map(|key| (key, KeyKind::Account));
    let xkey = Some((&callout.xkey, KeyKind::Curve)).filter(|(key, _)| !key.is_empty());
    for (key, kind) in users.chain(accounts).chain(xkey) {
        issues.block_if(PublicKey::parse_as(key, kind).is_err(), || {
            format!("authorization: `{key}` is no {kind:?} key")
        });
    }
}

fn check_rest(body: &AccountBody, issues: &mut Issues) {
    if let Err(error) = Permissions::compile(&body.default_permissions) {
        issues.block(format!("default permissions: {error}"));
    }
    user::check_blanks("default permissions: ", &body.default_permissions, issues);
    if let Some(trace) = &body.trace {
        issues.block_if(!is_literal_subject(&trace.dest), || {
            format!("trace: `{}` is not a subject without wildcards", trace.dest)
        });
        issues.block_if(!(0..=100).contains(&trace.sampling), || {
            "trace: sampling must be 0 to 100".to_owned()
        });
    }
    let traffic = body.cluster_traffic.as_str();
    issues.block_if(!matches!(traffic, "" | "system" | "owner"), || {
        "cluster_traffic must be system or owner".to_owned()
    });
}

fn is_literal_subject(text: &str) -> bool {
    subject::is_valid(text.as_bytes()) && subject::is_literal(text.as_bytes())
}

#[cfg(test)]
mod tests;
