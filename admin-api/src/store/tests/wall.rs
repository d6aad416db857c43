//! The second wall: what PostgreSQL shows of other tenants to a statement that forgot to ask.

use super::postgres::Postgres;
use super::{NOW, Prepared, add_account, prepare};
use crate::store::service_accounts::ServiceAccountRow;
use crate::store::{self, Db, Scope, Tx, tenant};

async fn two_tenants() -> Prepared {
    let url = Postgres::shared().await.database().await;
    let db = Db::open(Some(&url), std::path::Path::new("unused")).unwrap();
    let test = prepare(db, None).await;
    let mut tx = test.db.write().await.unwrap();
    for (id, account, org) in [
        ("sva_1", "acct_1", "org_one"),
        ("sva_2", "acct_2", "org_two"),
    ] {
        add_account(&mut tx, account, org, account.trim_start_matches("acct_"))
            .await
            .unwrap();
        let row = ServiceAccountRow {
            id: id.into(),
            name: id.into(),
            role: "account_admin".into(),
            org_id: Some(org.into()),
            account_id: Some(account.into()),
            created_at: NOW,
            updated_at: NOW,
            disabled_at: None,
            version: 1,
        };
        store::service_accounts::insert(&mut tx, &row)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    test
}

/// The ids that a statement without any condition finds.
async fn all(tx: &mut Tx) -> Vec<String> {
    let Tx::Postgres(tx) = tx else {
        unreachable!("only PostgreSQL has the wall");
    };
    sqlx::query_scalar("SELECT id FROM service_accounts ORDER BY id")
        .fetch_all(&mut **tx)
        .await
        .unwrap()
}

async fn execute(tx: &mut Tx, sql: &'static str) -> Result<u64, sqlx::Error> {
    let Tx::Postgres(tx) = tx else {
        unreachable!("only PostgreSQL has the wall");
    };
    Ok(sqlx::query(sql).execute(&mut **tx).await?.rows_affected())
}

fn scope(org: &str, account: Option<&str>) -> Scope {
    Scope::of(Some(org), account)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_sees_its_own_rows_whatever_is_asked() {
    let test = two_tenants().await;
    for (bound, seen) in [
        (scope("org_one", None), vec!["sva_1"]),
        (scope("org_two", Some("acct_2")), vec!["sva_2"]),
        (scope("org_two", Some("acct_1")), vec![]),
        (Scope::nothing(), vec![]),
        (Scope::default(), vec!["sva_1", "sva_2"]),
    ] {
        let found = tenant::in_request(async {
            tenant::bind(&bound);
            all(&mut test.db.read().await.unwrap()).await
        });
        assert_eq!(found.await, seen, "{bound:?}");
    }
    // Nothing of one transaction is left for the next on the same connection.
    assert_eq!(all(&mut test.db.read().await.unwrap()).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_changes_nothing_of_others() {
    let test = two_tenants().await;
    tenant::in_request(async {
        tenant::bind(&scope("org_one", None));
        let mut tx = test.db.write().await.unwrap();
        let renamed = execute(&mut tx, "UPDATE service_accounts SET name = 'taken'").await;
        assert_eq!(renamed.unwrap(), 1);
        let deleted = execute(&mut tx, "DELETE FROM service_accounts WHERE id = 'sva_2'").await;
        assert_eq!(deleted.unwrap(), 0);
        let moved = "UPDATE service_accounts SET org_id = 'org_two', account_id = 'acct_2'";
        let refused = execute(&mut tx, moved).await.unwrap_err();
        assert!(
            refused.to_string().contains("row-level security"),
            "{refused}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tenant_nothing_is_seen_and_the_role_owns_nothing() {
    let test = two_tenants().await;
    let mut tx = test.db.write().await.unwrap();
    for unset in ["reach", "org", "account"] {
        let sql = match unset {
            "reach" => "SELECT set_config('tidegate.reach', '', true)",
            "org" => "SELECT set_config('tidegate.org', '', true)",
            _ => "SELECT set_config('tidegate.account', '', true)",
        };
        execute(&mut tx, sql).await.unwrap();
    }
    assert_eq!(all(&mut tx).await, [""; 0]);
    let Tx::Postgres(pg) = &mut tx else {
        unreachable!("only PostgreSQL has the wall");
    };
    let (user, owned): (String, i64) = sqlx::query_as(
        "SELECT current_user::text, (SELECT COUNT(*) FROM pg_class c JOIN pg_roles r \
         ON r.oid = c.relowner WHERE r.rolname = current_user)",
    )
    .fetch_one(&mut **pg)
    .await
    .unwrap();
    assert_eq!((user.as_str(), owned), ("tidegate_service", 0));
}

/// Rows of both tenants in every table that is theirs.
const FILL: [&str; 29] = [
    "INSERT INTO auth_callouts (account_id, auth_users, allowed_accounts, signing_keys, \
     updated_at, version) SELECT id, '[]', '[]', '[]', 1, 1 FROM accounts",
    "INSERT INTO users (id, account_id, name, public_key, state, bearer, permissions, limits, \
     issuer_key, jwt_id, issued_at, expires_at, created_at) \
     SELECT 'usr' || id, id, 'u', 'U', 'active', false, '{}', '{}', 'K', 'J', 1, 2, 1 \
     FROM accounts",
    "INSERT INTO issuances (id, account_id, user_id, user_key, issuer_key, jwt_id, kind, actor, \
     issued_at, expires_at, created_at) \
     SELECT 'iss' || id, id, 'usr' || id, 'U', 'K', 'J', 'created', '', 1, 2, 1 FROM accounts",
    "INSERT INTO roles (id, account_id, name, description, template, signing_key, signing_seed, \
     disabled, created_at, updated_at) \
     SELECT 'rol' || id, id, 'r', '', '{}', 'RK' || id, 'x', false, 1, 1 FROM accounts",
    "INSERT INTO retired_keys (public_key, account_id, retired_at, drop_at) \
     SELECT 'RET' || id, id, 1, 2 FROM accounts",
    "INSERT INTO revocations (account_id, user_key, revoked_at, drop_after) \
     SELECT id, 'U', 1, 2 FROM accounts",
    "INSERT INTO blocks (account_id, user_key, blocked_at, ends_at, reason) \
     SELECT id, 'U', 1, 2, '' FROM accounts",
    "INSERT INTO usage (account_id, user_id, grain, at, messages_in, bytes_in, messages_out, \
     bytes_out, connections, gap) SELECT id, '', 'day', 1, 1, 1, 1, 1, 1, false FROM accounts",
    "INSERT INTO exports (id, account_id, name, kind, subject, visibility, created_at) \
     SELECT 'exp' || id, id, 'e', 'stream', 'x', 'private', 1 FROM accounts",
    "INSERT INTO export_grants (export_id, account_ref) SELECT 'exp' || id, 'x' FROM accounts",
    "INSERT INTO share_links (id, account_id, export_id, token_hash, last4, approve, max_uses, \
     uses, created_at, expires_at) \
     SELECT 'lnk' || id, id, 'exp' || id, id, '', false, 1, 0, 1, 2 FROM accounts",
    "INSERT INTO activations (id, account_id, export_id, importer_key, issued_at, expires_at, \
     created_at) SELECT 'act' || id, id, 'exp' || id, 'nobody', 1, 2, 1 FROM accounts",
    "INSERT INTO audit (id, at, org_id, account_id, actor, action, target) \
     SELECT 'evt' || id, 1, org_id, id, 'a', 'x.y', 't' FROM accounts",
    "INSERT INTO imports (id, account_id, exporter_id, name, kind, subject, local_subject, \
     created_at) SELECT 'imp' || id, id, id, 'i', 'stream', 'x', 'y', 1 FROM accounts",
    "INSERT INTO import_requests (id, importer_id, exporter_id, export_id, name, subject, \
     local_subject, message, state, reason, created_at) \
     SELECT 'req' || id, id, id, 'exp' || id, 'n', 'x', 'y', '', 'pending', '', 1 FROM accounts",
    "INSERT INTO manifest_objects (object_id, kind, account_id, manifest, place, claimed_at) \
     SELECT 'obj' || id, 'role', id, 'm', '', 1 FROM accounts",
    "INSERT INTO webhooks (id, org_id, account_id, name, url, types, state, secret, created_at, \
     updated_at) SELECT 'whk' || id, org_id, id, 'w', 'https://x', '', 'active', 'x', 1, 1 \
     FROM accounts",
    "INSERT INTO webhook_deliveries (id, webhook_id, event_id, kind, state, created_at) \
     SELECT 'dlv' || id, 'whk' || id, 'evt' || id, 'x.y', 'waiting', 1 FROM accounts",
    "INSERT INTO operations (id, kind, state, org_id, account_id, target, actor, credential_id, \
     request_id, created_at) SELECT 'opn' || id, 'create_users', 'queued', org_id, id, id, 'a', \
     'a', '', 1 FROM accounts",
    "INSERT INTO operation_parts (id, operation_id, part, items, content) \
     SELECT 'opn' || id, 'opn' || id, 'input', 1, 'x' FROM accounts",
    "INSERT INTO device_policies (role_id, account_id, key_kind, certificate_seconds, \
     grace_seconds, approval, server_keys, updated_at, version) \
     SELECT 'rol' || id, id, 'p256', 1, 0, false, false, 1, 1 FROM accounts",
    "INSERT INTO device_authorities (id, account_id, role_id, key_kind, certificate, secret, \
     fingerprint, state, not_before, not_after, created_at) \
     SELECT 'ca' || id, id, 'rol' || id, 'p256', 'x', 'x', id, 'active', 1, 2, 1 FROM accounts",
    "INSERT INTO enrolment_tokens (id, account_id, role_id, name, pattern, last4, token_hash, \
     approval, tags, expires_at, created_at) \
     SELECT 'tok' || id, id, 'rol' || id, 'n', '*', '', id, false, '[]', 2, 1 FROM accounts",
    "INSERT INTO enrolment_authorities (id, account_id, role_id, name, certificate, fingerprint, \
     challenge, state, pattern, approval, created_at, updated_at) \
     SELECT 'eca' || id, id, 'rol' || id, 'n', 'x', id, '', 'active', '*', true, 1, 1 \
     FROM accounts",
    "INSERT INTO devices (id, account_id, role_id, name, state, tags, source, created_at, \
     updated_at) SELECT 'dev' || id, id, 'rol' || id, 'd', 'active', '[]', '', 1, 1 FROM accounts",
    "INSERT INTO device_keys (account_id, user_key, device_id, created_at) \
     SELECT id, 'U', 'dev' || id, 1 FROM accounts",
    "INSERT INTO device_certificates (id, account_id, device_id, authority_id, serial, user_key, \
     kind, certificate, not_before, not_after, created_at) \
     SELECT 'crt' || id, id, 'dev' || id, 'ca' || id, '1', 'U', 'enrolled', 'x', 1, 2, 1 \
     FROM accounts",
    "INSERT INTO enrolments (source, origin, account_id, device_id, created_at) \
     SELECT id, 'U', id, 'dev' || id, 1 FROM accounts",
    "INSERT INTO device_admissions (one_time_key, account_id, device_id, user_key, admitted_at, \
     expires_at) SELECT 'U' || id, id, 'dev' || id, 'U', 1, 2 FROM accounts",
];

/// What a tenant sees of its own only.
const WALLED: [&str; 28] = [
    "auth_callouts",
    "users",
    "issuances",
    "roles",
    "retired_keys",
    "revocations",
    "blocks",
    "usage",
    "export_grants",
    "share_links",
    "activations",
    "audit",
    "imports",
    "import_requests",
    "manifest_objects",
    "webhooks",
    "webhook_deliveries",
    "operations",
    "operation_parts",
    "device_policies",
    "device_authorities",
    "enrolment_tokens",
    "enrolment_authorities",
    "devices",
    "device_keys",
    "device_certificates",
    "enrolments",
    "device_admissions",
];

/// What every tenant may look at, since they share; nobody sees it without being one.
const SHOWN: [&str; 2] = ["accounts", "exports"];

/// What no tenant sees.
const HIDDEN: [&str; 4] = ["engines", "vault_keys", "operator_rotations", "vault"];

async fn count(tx: &mut Tx, table: &str) -> i64 {
    let Tx::Postgres(tx) = tx else {
        unreachable!("only PostgreSQL has the wall");
    };
    let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
    sqlx::query_scalar(sql).fetch_one(&mut **tx).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_tenants_is_behind_the_wall() {
    let test = two_tenants().await;
    let mut tx = test.db.write().await.unwrap();
    for sql in FILL {
        assert_eq!(execute(&mut tx, sql).await.unwrap(), 2, "{sql}");
    }
    tx.commit().await.unwrap();
    for (bound, own) in [
        (scope("org_one", None), 1),
        (scope("org_two", Some("acct_2")), 1),
        (scope("org_two", Some("acct_1")), 0),
        (scope("org_three", None), 0),
        (Scope::nothing(), 0),
        (Scope::default(), 2),
    ] {
        let look = tenant::in_request(async {
            tenant::bind(&bound);
            let mut tx = test.db.read().await.unwrap();
            for table in WALLED {
                assert_eq!(count(&mut tx, table).await, own, "{table} for {bound:?}");
            }
            for table in HIDDEN {
                let is_hidden = count(&mut tx, table).await == 0;
                assert!(
                    is_hidden || bound == Scope::default(),
                    "{table} for {bound:?}"
                );
            }
            for table in SHOWN {
                let is_hidden = count(&mut tx, table).await == 0;
                assert_eq!(is_hidden, bound == Scope::nothing(), "{table}");
            }
        });
        look.await;
    }
    tenant::in_request(async {
        tenant::bind(&scope("org_one", None));
        let mut tx = test.db.write().await.unwrap();
        for sql in [
            "UPDATE accounts SET name = 'taken'",
            "UPDATE exports SET name = 'taken'",
            "DELETE FROM revocations",
            "UPDATE webhooks SET url = 'https://taken'",
            "DELETE FROM webhook_deliveries",
        ] {
            assert_eq!(execute(&mut tx, sql).await.unwrap(), 1, "{sql}");
        }
        let engines = execute(&mut tx, "UPDATE engines SET name = 'taken'").await;
        assert_eq!(engines.unwrap(), 0, "the platform's");
        // What mints an account's claims sees all that belongs to it, and for whom it is.
        tenant::lift(&mut tx).await.unwrap();
        assert_eq!(count(&mut tx, "roles").await, 2);
        assert_eq!(count(&mut tx, "engines").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_seen_by_its_two_sides_and_written_by_one() {
    let test = two_tenants().await;
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_3", "org_two", "3")
        .await
        .unwrap();
    for sql in [
        "INSERT INTO exports (id, account_id, name, kind, subject, visibility, created_at) \
         VALUES ('exp_1', 'acct_1', 'e', 'stream', 'x', 'private', 1)",
        "INSERT INTO export_grants (export_id, account_ref) \
         SELECT 'exp_1', UNNEST(ARRAY[id, public_key, slug]) FROM accounts WHERE id = 'acct_2'",
    ] {
        execute(&mut tx, sql).await.unwrap();
    }
    tx.commit().await.unwrap();
    const TAKE: &str = "INSERT INTO export_grants (export_id, account_ref) \
                        VALUES ('exp_1', 'acct_3') ON CONFLICT DO NOTHING";
    for (bound, seen, deleted) in [
        (scope("org_two", None), 3, 0),
        (scope("org_two", Some("acct_2")), 3, 0),
        (scope("org_two", Some("acct_3")), 0, 0),
        (scope("org_three", None), 0, 0),
        (Scope::nothing(), 0, 0),
        (scope("org_one", Some("acct_1")), 3, 3),
    ] {
        let look = tenant::in_request(async {
            tenant::bind(&bound);
            let mut tx = test.db.write().await.unwrap();
            assert_eq!(count(&mut tx, "export_grants").await, seen, "{bound:?}");
            let gone = execute(&mut tx, "DELETE FROM export_grants").await;
            assert_eq!(gone.unwrap(), deleted, "{bound:?}");
            let is_taken = execute(&mut tx, TAKE).await.is_ok();
            assert_eq!(is_taken, deleted > 0, "{bound:?}");
        });
        look.await;
    }
}

/// Tables with a tenant in them that are not behind the wall, and why.
const OUTSIDE: [(&str, &str); 6] = [
    ("audit_heads", "a chain's end is a hash"),
    (
        "engine_accounts",
        "generations; it is written with every change",
    ),
    ("events", "shown with their entries, which are"),
    (
        "memberships",
        "people are looked up before it is known where they act",
    ),
    ("orgs", "tenants are found by it"),
    ("sessions", "looked up before it is known whose they are"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_new_table_of_tenants_is_not_forgotten() {
    let test = two_tenants().await;
    let mut tx = test.db.read().await.unwrap();
    let Tx::Postgres(pg) = &mut tx else {
        unreachable!("only PostgreSQL has the wall");
    };
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT c.relname::text FROM pg_class c \
         JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema() \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('account_id', 'org_id') \
         WHERE c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1",
    )
    .fetch_all(&mut **pg)
    .await
    .unwrap();
    let is_known = |table: &&String| OUTSIDE.iter().any(|(name, _)| name == table);
    let forgotten: Vec<_> = open.iter().filter(|table| !is_known(table)).collect();
    assert!(forgotten.is_empty(), "without the wall: {forgotten:?}");
}
