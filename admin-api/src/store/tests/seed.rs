//! Very many rows of one tenant beside a few of another, of everything that is listed. The other
//! has very many of what lists do not show: deleted, revoked and ended.

use sqlx::AssertSqlSafe;

use crate::store::{Db, Tx};

/// A tenant of the seed.
pub(super) struct Tenant {
    pub(super) org: &'static str,
    pub(super) account: &'static str,
}

pub(super) const MANY: Tenant = Tenant {
    org: "org_one",
    account: "acct_many",
};
pub(super) const FEW: Tenant = Tenant {
    org: "org_two",
    account: "acct_few",
};

const LOTS: u32 = 10_000;
const SOME: u32 = 3_000;
const FEWER: u32 = 300;
/// Numbers begin here, so that all have as many digits.
const FIRST: u32 = 100_000;
const LAST: u32 = 900_000;

/// A table with columns, and a value of each: of the many, `k` is the number of the row as a text
/// and `i` as a number, `{account}` and `{org}` the tenant's. `$1` is an empty box.
type Rows = (&'static str, u32, &'static str);

const OF_BOTH: [Rows; 23] = [
    (
        "roles (id, account_id, name, description, template, signing_key, signing_seed, disabled, \
         created_at, updated_at)",
        SOME,
        "'rol_' || k, '{account}', 'n' || k, '', '{}', 'A' || k, $1, i % 1000 = 7, 1, 1",
    ),
    (
        "users (id, account_id, name, public_key, state, bearer, permissions, limits, issuer_key, \
         jwt_id, issued_at, expires_at, created_at, role_id)",
        LOTS,
        "'usr_' || k, '{account}', 'n' || k, 'Un' || k, 'active', i % 1000 = 7, '{}', '{}', '', \
         '', 1, 2000000 - i, 1, CASE WHEN i < 500000 THEN 'rol_100500' ELSE 'rol_900000' END",
    ),
    (
        "audit (id, at, org_id, account_id, actor, action, target, trace_id, chain, position)",
        LOTS,
        "'evt_' || k, 1, '{org}', '{account}', 'key_many', 'user.create', 'evt_' || k, \
         'trace_many', '{account}', i",
    ),
    (
        "events (seq, id, at, org_id, account_id, kind)",
        LOTS,
        "'00000000000000' || k, 'evt_' || k, 1, '{org}', '{account}', 'user.create'",
    ),
    (
        "api_keys (id, name, role, org_id, account_id, prefix, last4, key_hash, bootstrap, \
         created_at, expires_at)",
        LOTS,
        "'key_' || k, 'n' || k, 'account_admin', '{org}', '{account}', '', '', k, FALSE, 1, \
         2000000000",
    ),
    (
        "operations (id, kind, state, org_id, account_id, target, actor, credential_id, \
         request_id, created_at, finished_at)",
        SOME,
        "'opn_' || k, 'create_users', 'succeeded', '{org}', '{account}', '{account}', \
         'key_many', 'key_many', '', 1, 2",
    ),
    (
        "service_accounts (id, name, role, org_id, account_id, created_at, updated_at)",
        SOME,
        "'sva_' || k, 'n' || k, 'account_admin', '{org}', '{account}', 1, 1",
    ),
    (
        "sign_in_links (id, kind, token_hash, email, role, org_id, account_id, created_by, \
         created_at, expires_at)",
        SOME,
        "'inv_' || k, 'invitation', k, 'n' || k || '@example.org', 'account_admin', '{org}', \
         '{account}', '', 1, 2000000000",
    ),
    (
        "identity_providers (id, org_id, name, issuer, client_id, scopes, groups_claim, mappings, \
         allow_private, created_at, updated_at)",
        SOME,
        "CASE i WHEN 100000 THEN 'idp_many' ELSE 'idp_' || k END, '{org}', 'n' || k, '', '', '', \
         '', '[]', FALSE, 1, 1",
    ),
    (
        "members (id, provider_id, subject, email, name, totp_confirmed, totp_last_step, \
         created_at, updated_at)",
        LOTS,
        "'mem_n' || k, 'idp_many', k, 'n' || k || '@example.org', 'n' || k, FALSE, 0, 1, 1",
    ),
    (
        "memberships (id, member_id, role, org_id, account_id, from_provider, created_at, \
         updated_at, email, name, provider_id)",
        LOTS,
        "'mbs_' || k, 'mem_n' || k, 'account_admin', '{org}', '{account}', FALSE, 1, 1, \
         'n' || k || '@example.org', 'n' || k, 'idp_many'",
    ),
    (
        "access_roles (id, org_id, name, rights, created_at, updated_at)",
        SOME,
        "'acr_' || k, '{org}', 'n' || k, '', 1, 1",
    ),
    (
        "webhooks (id, org_id, account_id, name, url, types, state, secret, created_at, \
         updated_at)",
        SOME,
        "'whk_' || k, '{org}', '{account}', 'n' || k, '', '', 'paused', $1, 1, 1",
    ),
    (
        "exports (id, account_id, name, kind, subject, visibility, created_at)",
        SOME,
        "'exp_' || k, '{account}', 'n' || k, 'stream', 's.' || k, 'private', 1",
    ),
    (
        "imports (id, account_id, exporter_id, name, kind, subject, local_subject, created_at)",
        SOME,
        "'imp_' || k, '{account}', CASE WHEN i < 500000 THEN 'acct_' || k ELSE 'acct_few' END, \
         'n' || k, 'stream', 's.' || k, 'l.' || k, 1",
    ),
    (
        "issuances (id, account_id, user_id, user_key, issuer_key, jwt_id, kind, actor, issued_at, \
         expires_at, created_at)",
        LOTS,
        "'iss_' || k, '{account}', CASE WHEN i < 500000 THEN 'usr_100500' ELSE 'usr_900000' END, \
         'Un' || k, '', '', 'rotated', '', 1, 1, 1",
    ),
    (
        "sessions (id, member_id, token_hash, second_factor, created_at, last_seen_at, expires_at)",
        SOME,
        "'ses_' || k, 'mem_n100500', k, FALSE, 1, 1, 2000000000",
    ),
    (
        "webhook_deliveries (id, webhook_id, event_id, kind, state, created_at)",
        LOTS,
        "'dlv_' || k, CASE WHEN i < 500000 THEN 'whk_100500' ELSE 'whk_900000' END, \
         'evt_' || k, 'user.create', 'delivered', 1",
    ),
    (
        "devices (id, account_id, role_id, name, state, tags, source, expires_at, seen_at, \
         created_at, updated_at)",
        LOTS,
        "'dev_' || k, '{account}', CASE WHEN i < 500000 THEN 'rol_100500' ELSE 'rol_900000' END, \
         'n' || k, 'active', '', 'ent_many', 2000000 - i, i, 1, 1",
    ),
    (
        "device_authorities (id, account_id, role_id, key_kind, certificate, secret, \
         fingerprint, state, not_before, not_after, created_at)",
        SOME,
        "'dca_' || k, '{account}', 'rol_' || k, 'p256', $1, $1, k, 'active', 1, 1, 1",
    ),
    (
        "device_certificates (id, account_id, device_id, authority_id, serial, user_key, kind, \
         certificate, not_before, not_after, created_at)",
        LOTS,
        "'dcr_' || k, '{account}', CASE WHEN i < 500000 THEN 'dev_100500' ELSE 'dev_900000' END, \
         CASE WHEN i < 500000 THEN 'dca_100500' ELSE 'dca_900000' END, k, '', 'renewed', $1, 1, \
         1, 1",
    ),
    (
        "enrolment_tokens (id, account_id, role_id, name, pattern, last4, token_hash, approval, \
         tags, expires_at, created_at)",
        LOTS,
        "'ent_' || k, '{account}', CASE WHEN i < 500000 THEN 'rol_100500' ELSE 'rol_900000' END, \
         'n' || k, '', '', k, FALSE, '', 1, 1",
    ),
    (
        "enrolment_authorities (id, account_id, role_id, name, certificate, fingerprint, \
         challenge, state, pattern, approval, created_at, updated_at)",
        SOME,
        "'ena_' || k, '{account}', CASE WHEN i < 500000 THEN 'rol_100500' ELSE 'rol_900000' END, \
         'n' || k, $1, k, '', 'active', '', FALSE, 1, 1",
    ),
];

const OF_MANY: [Rows; 10] = [
    (
        "plans (id, slug, name, description, limits, is_default, revision, created_at, updated_at)",
        SOME,
        "'pln_' || k, 'n' || k, '', '', '{}', FALSE, 1, 1, 1",
    ),
    (
        "accounts (id, org_id, slug, name, kind, state, public_key, identity_seed, signing_key, \
         signing_seed, limits, generation, jwt, created_at, updated_at, plan_id, suspended_at)",
        SOME,
        "'acct_' || k, '{org}', 'n' || k, 'n' || k, 'tenant', 'active', 'An' || k, $1, '', $1, \
         '{}', 1, '', 1, 1, 'pln_100500', CASE WHEN i % 1000 = 7 THEN 1 END",
    ),
    // The same people in another account of the organisation.
    (
        "memberships (id, member_id, role, org_id, account_id, from_provider, created_at, \
         updated_at, email, name, provider_id)",
        SOME,
        "'mbt_' || k, 'mem_n' || k, 'account_admin', '{org}', 'acct_100000', FALSE, 1, 1, \
         'n' || k || '@example.org', 'n' || k, 'idp_many'",
    ),
    (
        "exports (id, account_id, name, kind, subject, visibility, created_at, advertised)",
        SOME,
        "'exa_' || k, 'acct_' || k, 'n' || k, 'stream', 's.' || k, 'private', 1, TRUE",
    ),
    (
        "exports (id, account_id, name, kind, subject, visibility, created_at)",
        1,
        "'exp_few', 'acct_few', 'few', 'service', 'few', 'private', 1",
    ),
    (
        "export_grants (export_id, account_ref)",
        SOME,
        "'exp_few', CASE i WHEN 100000 THEN '{account}' ELSE 'acct_' || k END",
    ),
    (
        "activations (id, account_id, export_id, importer_key, issued_at, expires_at, created_at)",
        SOME,
        "'act_' || k, 'acct_few', 'exp_few', 'A' || k, 1, 0, 1",
    ),
    (
        "share_links (id, account_id, export_id, token_hash, last4, approve, max_uses, uses, \
         created_at, expires_at)",
        SOME,
        "'shl_' || k, 'acct_few', 'exp_few', k, '', FALSE, 0, 0, 1, 2000000000",
    ),
    (
        "import_requests (id, importer_id, exporter_id, export_id, name, subject, local_subject, \
         message, state, reason, created_at)",
        SOME,
        "'irq_' || k, '{account}', 'acct_few', 'exp_few', '', 's.' || k, 'l.' || k, '', \
         'approved', '', 1",
    ),
    (
        "orgs (id, slug, name, created_at)",
        SOME,
        "'org_' || k, 'n' || k, 'n' || k, 1",
    ),
];

/// What lists do not show.
const GONE: [Rows; 5] = [
    (
        "accounts (id, org_id, slug, name, kind, state, public_key, identity_seed, signing_key, \
         signing_seed, limits, generation, jwt, created_at, updated_at, plan_id)",
        SOME,
        "'acct_a' || k, '{org}', 'gone' || k, 'gone' || k, 'tenant', 'deleted', 'Ag' || k, $1, \
         '', $1, '{}', 1, '', 1, 1, 'pln_100500'",
    ),
    (
        "users (id, account_id, name, public_key, state, bearer, permissions, limits, issuer_key, \
         jwt_id, issued_at, expires_at, created_at, role_id)",
        LOTS,
        "'usr_a' || k, '{account}', 'n' || k, 'Un' || k, 'deleted', FALSE, '{}', '{}', '', '', 1, \
         2000000 - i, 1, 'rol_900000'",
    ),
    (
        "api_keys (id, name, role, org_id, account_id, prefix, last4, key_hash, bootstrap, \
         created_at, expires_at, revoked_at)",
        LOTS,
        "'key_a' || k, 'n' || k, 'account_admin', '{org}', '{account}', '', '', 'g' || k, FALSE, \
         1, 2000000000, 1",
    ),
    (
        "sign_in_links (id, kind, token_hash, email, role, org_id, account_id, created_by, \
         created_at, expires_at, ended_at)",
        FEWER,
        "'inv_a' || k, 'invitation', 'g' || k, 'n' || k || '@example.org', 'account_admin', \
         '{org}', '{account}', '', 1, 2000000000, 1",
    ),
    (
        "roles (id, account_id, name, description, template, signing_key, signing_seed, disabled, \
         created_at, updated_at, deleted_at)",
        SOME,
        "'rol_a' || k, '{account}', 'n' || k, '', '{}', 'Ag' || k, $1, FALSE, 1, 1, 1",
    ),
];

async fn insert(tx: &mut Tx, tenant: &Tenant, rows: &Rows, from: u32, count: u32) {
    let (columns, _, values) = rows;
    let values = values.replace("{account}", tenant.account);
    let values = values.replace("{org}", tenant.org);
    let sql = format!(
        "WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {}), \
         r AS (SELECT i, CAST(i AS TEXT) AS k FROM n) INSERT INTO {columns} SELECT {values} FROM r",
        from + count
    );
    let sql = AssertSqlSafe(sql);
    let empty: &[u8] = b"";
    let result = match (tx, values.contains("$1")) {
        (Tx::Sqlite(tx), true) => sqlx::query(sql).bind(empty).execute(&mut **tx).await.err(),
        (Tx::Sqlite(tx), false) => sqlx::query(sql).execute(&mut **tx).await.err(),
        (Tx::Postgres(tx), true) => sqlx::query(sql).bind(empty).execute(&mut **tx).await.err(),
        (Tx::Postgres(tx), false) => sqlx::query(sql).execute(&mut **tx).await.err(),
    };
    assert!(result.is_none(), "{columns}: {result:?}");
}

/// Fills a database that [`super::prepare`] made.
pub(super) async fn fill(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for (tenant, slug) in [(&MANY, "many"), (&FEW, "few")] {
        super::add_account(&mut tx, tenant.account, tenant.org, slug)
            .await
            .unwrap();
    }
    let [plans, accounts, of_many @ ..] = &OF_MANY;
    for rows in [plans, accounts] {
        insert(&mut tx, &MANY, rows, FIRST, rows.1).await;
    }
    for rows in &OF_BOTH {
        insert(&mut tx, &MANY, rows, FIRST, rows.1).await;
        insert(&mut tx, &FEW, rows, LAST, 3).await;
    }
    for rows in of_many {
        insert(&mut tx, &MANY, rows, FIRST, rows.1).await;
    }
    for rows in &GONE {
        insert(&mut tx, &FEW, rows, FIRST, rows.1).await;
    }
    tx.commit().await.unwrap();
    // PostgreSQL learns by itself after a while how its tables look; SQLite goes by its rules.
    if let Db::Postgres(database) = db {
        sqlx::query("ANALYZE")
            .execute(&database.pool)
            .await
            .unwrap();
    }
}
