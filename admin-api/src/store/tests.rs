//! The contract of the store: every function, on both databases.

use std::collections::BTreeSet;

use tempfile::TempDir;

use super::accounts::NewAccount;
use super::engines::{EngineRow, LOCAL};
use super::foundation::{OperatorRow, VAULT_ROW};
use super::list::{self, Conditions, Listed, Order, Query};
use super::orgs::OrgRow;
use super::{Db, StoreError, Tx, Window};

#[path = "../../tests/it/postgres.rs"]
mod postgres;

const NOW: i64 = 1_700_000_000;

macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::store::Db;
            use crate::store::tests::{postgres::Postgres, prepare};

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                let dir = tempfile::tempdir().unwrap();
                let db = Db::open(None, &dir.path().join("test.db")).unwrap();
                super::$name(prepare(db, Some(dir)).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let url = Postgres::shared().await.database().await;
                let db = Db::open(Some(&url), std::path::Path::new("unused")).unwrap();
                super::$name(prepare(db, None).await).await;
            }
        }
    )+};
}

mod access;
mod engine;
mod lists;
mod operations;
mod seed;
mod sharing;
mod tenants;
mod trail;
mod wall;

on_both_databases!(
    migrations_run_twice,
    the_foundation_is_kept,
    a_dropped_transaction_changes_nothing,
);

struct Prepared {
    db: Db,
    _dir: Option<TempDir>,
}

async fn prepare(db: Db, dir: Option<TempDir>) -> Prepared {
    db.migrate().await.unwrap();
    let mut tx = db.write().await.unwrap();
    for slug in ["one", "two"] {
        let (id, slug) = (format!("org_{slug}"), slug.to_owned());
        let row = OrgRow {
            id,
            name: slug.clone(),
            slug,
            created_at: NOW,
            version: 1,
        };
        super::orgs::insert(&mut tx, &row).await.unwrap();
    }
    let engine = EngineRow {
        id: "eng_1".into(),
        name: LOCAL.into(),
        kind: "embedded".into(),
        instance: None,
        urls: None,
        ca: None,
        creds: None,
        version: 1,
        created_at: NOW,
    };
    super::engines::insert(&mut tx, &engine).await.unwrap();
    tx.commit().await.unwrap();
    Prepared { db, _dir: dir }
}

fn window(after: &str, limit: i64) -> Window {
    Window {
        after: after.to_owned(),
        limit,
    }
}

/// A page of a list in its own order.
async fn listed<R: Listed>(
    tx: &mut Tx,
    conditions: Conditions,
    after: &str,
    rows: i64,
) -> Result<Vec<R>, StoreError> {
    let after = (!after.is_empty()).then(|| (None, after.to_owned()));
    let query = Query {
        limit: rows - 1,
        order: Order {
            by: None,
            descending: R::LIST.newest_first,
            after,
        },
        filters: Vec::new(),
        begins_with: None,
        ends_before: None,
        since: None,
        until: None,
    };
    list::page(tx, conditions, &query).await
}

async fn add_account(tx: &mut Tx, id: &str, org: &str, slug: &str) -> Result<(), StoreError> {
    let new = NewAccount {
        id,
        org_id: org,
        slug,
        name: slug,
        kind: "tenant",
        public_key: &format!("A{slug}"),
        identity_seed: b"sealed",
        signing_key: "AS",
        signing_seed: b"sealed too",
        limits: "{}",
        settings: "{}",
        generation: 1,
        jwt: "jwt-1",
        signed_by: "OS",
        now: NOW,
    };
    super::accounts::insert(tx, &new).await?;
    super::engines::want(tx, id, 1, NOW).await
}

async fn migrations_run_twice(test: Prepared) {
    test.db.migrate().await.unwrap();
    test.db.ping().await.unwrap();
}

#[test]
fn both_databases_have_the_same_migrations() {
    let list = |migrator: &sqlx::migrate::Migrator| -> BTreeSet<(i64, String)> {
        migrator
            .iter()
            .map(|m| (m.version, m.description.to_string()))
            .collect()
    };
    assert_eq!(
        list(&super::POSTGRES_MIGRATIONS),
        list(&super::SQLITE_MIGRATIONS)
    );
}

async fn the_foundation_is_kept(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    assert!(
        super::foundation::operator(&mut tx)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        super::foundation::vault_canary(&mut tx)
            .await
            .unwrap()
            .is_none()
    );
    assert!(super::accounts::system(&mut tx).await.unwrap().is_none());
    super::foundation::insert_vault(&mut tx, "id", b"\x00canary\xff", NOW)
        .await
        .unwrap();
    let row = OperatorRow {
        id: "op_1".into(),
        name: "o".into(),
        public_key: "O".into(),
        jwt: "jwt".into(),
        signing_key: "OS".into(),
        signing_seed: vec![0, 255, 1],
        created_at: NOW,
        version: 1,
    };
    super::foundation::insert_operator(&mut tx, &row)
        .await
        .unwrap();
    super::foundation::lock_sharing(&mut tx, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = test.db.read().await.unwrap();
    let read = super::foundation::operator(&mut tx).await.unwrap().unwrap();
    assert_eq!(
        (read.signing_seed, read.public_key.as_str()),
        (vec![0, 255, 1], "O")
    );
    let canary = super::foundation::vault_canary(&mut tx).await.unwrap();
    assert_eq!(
        canary.as_deref(),
        Some(&b"\x00canary\xff"[..]),
        "of {VAULT_ROW}"
    );
}

async fn a_dropped_transaction_changes_nothing(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "acme")
        .await
        .unwrap();
    drop(tx);
    let mut tx = test.db.write().await.unwrap();
    assert!(
        super::accounts::by_id(&mut tx, "acct_1")
            .await
            .unwrap()
            .is_none()
    );
    drop(tx);
    let mut tx = test.db.read().await.unwrap();
    let written = add_account(&mut tx, "acct_1", "org_one", "acme").await;
    assert!(written.is_err(), "a read transaction writes nothing");
}

#[test]
fn outages_are_told_from_mistakes() {
    for code in ["08006", "57P01", "57P03", "53300", "5", "14", "261", "522"] {
        assert!(super::is_outage(code), "{code}");
    }
    for code in ["23505", "42P01", "1", "19", "2067", "P0001"] {
        assert!(!super::is_outage(code), "{code}");
    }
    assert!(matches!(
        Db::open(Some("mysql://x"), std::path::Path::new("x")),
        Err(StoreError::Url(None))
    ));
}
