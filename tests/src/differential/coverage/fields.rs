//! Every field that claims have: one value of each kind with nothing left out, so that a field
//! that is added to the structs does not compile here until it is listed.

use std::collections::{BTreeMap, BTreeSet};

use accounts::claims::account::{
    ExternalAuthorization, JetStreamLimits, Sampling, ScopeKind, ScopeTemplate, ServiceLatency,
    TraceClaim, WeightedMapping,
};
use accounts::{
    AccountBody, AccountLimits, ActivationBody, ExportClaim, ImportClaim, PermissionSet, PublicKey,
    ResponseClaim, ShareKind, SigningKey, SubjectRules, TidegateExtra, TimeRange, UserBody,
    UserPermissionLimits, UserScope,
};
use serde_json::Map;

use super::note;
use crate::mint;

/// Fields (by the beginning of their paths) that this suite leaves to others, and why.
pub(super) const ELSEWHERE: [(&str, &str); 2] = [
    (
        "account limits.tiered_limits",
        "JetStream is not served here",
    ),
    (
        "account authorization",
        "needs a callout service: tenants/callout",
    ),
];

/// The paths of all fields, sorted.
pub(super) fn all() -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for kind in ["account", "user", "activation"] {
        super::envelope(kind, [1, 1], kind == "user", &mut paths);
    }
    let key = mint::keys(accounts::KeyKind::Account).public();
    note("account", &account(key), &mut paths);
    note("user", &user(key), &mut paths);
    note("activation", &activation(key), &mut paths);
    paths
}

fn text() -> String {
    "x".to_owned()
}

fn rules() -> SubjectRules {
    SubjectRules {
        allow: Some(vec![text()]),
        deny: Some(vec![text()]),
    }
}

fn rights() -> UserPermissionLimits {
    UserPermissionLimits {
        publish: rules(),
        subscribe: rules(),
        responses: Some(ResponseClaim { max: 1, ttl: 1 }),
        subs: 1,
        data: 1,
        payload: 1,
        src: Some(vec![text()]),
        times: Some(vec![TimeRange {
            start: text(),
            end: text(),
        }]),
        times_location: text(),
        bearer_token: true,
        proxy_required: true,
        allowed_connection_types: Some(vec![text()]),
    }
}

fn user(key: PublicKey) -> UserBody {
    UserBody {
        rights: rights(),
        issuer_account: Some(key),
        tags: vec![text()],
        extra: Map::new(),
    }
}

fn activation(key: PublicKey) -> ActivationBody {
    ActivationBody {
        subject: text(),
        kind: ShareKind::Stream,
        issuer_account: Some(key),
        tags: vec![text()],
        extra: Map::new(),
    }
}

fn export() -> ExportClaim {
    ExportClaim {
        name: text(),
        subject: text(),
        kind: ShareKind::Service,
        token_req: true,
        revocations: BTreeMap::from([(text(), 1)]),
        response_type: text(),
        response_threshold: 1,
        service_latency: Some(ServiceLatency {
            sampling: Sampling::Percent(1),
            results: text(),
        }),
        account_token_position: 1,
        advertise: true,
        allow_trace: true,
        description: text(),
        info_url: text(),
        extra: Map::new(),
    }
}

fn import(key: PublicKey) -> ImportClaim {
    ImportClaim {
        name: text(),
        subject: text(),
        account: key,
        token: text(),
        to: text(),
        local_subject: text(),
        kind: ShareKind::Stream,
        share: true,
        allow_trace: true,
        extra: Map::new(),
    }
}

fn jetstream() -> JetStreamLimits {
    JetStreamLimits {
        mem_storage: 1,
        disk_storage: 1,
        streams: 1,
        consumer: 1,
        max_ack_pending: 1,
        mem_max_stream_bytes: 1,
        disk_max_stream_bytes: 1,
        max_bytes_required: true,
    }
}

fn limits() -> AccountLimits {
    AccountLimits {
        subs: 1,
        data: 1,
        payload: 1,
        imports: 1,
        exports: 1,
        wildcards: true,
        disallow_bearer: true,
        conn: 1,
        leaf: 1,
        jetstream: jetstream(),
        tiered_limits: BTreeMap::from([(text(), jetstream())]),
        extra: Map::new(),
    }
}

fn scope(key: PublicKey) -> SigningKey {
    SigningKey::Scoped(Box::new(UserScope {
        kind: ScopeKind::UserScope,
        key,
        role: text(),
        template: ScopeTemplate {
            rights: rights(),
            extra: Map::new(),
        },
        description: text(),
        extra: Map::new(),
    }))
}

fn account(key: PublicKey) -> AccountBody {
    AccountBody {
        imports: vec![import(key)],
        exports: vec![export()],
        limits: limits(),
        signing_keys: vec![scope(key)],
        revocations: BTreeMap::from([(text(), 1)]),
        default_permissions: PermissionSet {
            publish: rules(),
            subscribe: rules(),
            responses: Some(ResponseClaim { max: 1, ttl: 1 }),
        },
        mappings: BTreeMap::from([(
            text(),
            vec![WeightedMapping {
                subject: text(),
                weight: 1,
                cluster: text(),
            }],
        )]),
        authorization: ExternalAuthorization {
            auth_users: vec![text()],
            allowed_accounts: vec![text()],
            xkey: text(),
        },
        trace: Some(TraceClaim {
            dest: text(),
            sampling: 1,
        }),
        cluster_traffic: text(),
        description: text(),
        info_url: text(),
        tags: vec![text()],
        tidegate: Some(TidegateExtra {
            generation: 1,
            ..TidegateExtra::default()
        }),
        extra: Map::new(),
    }
}
