//! The contract of the store: every function, on both databases.

use std::collections::BTreeSet;

use tempfile::TempDir;

use super::accounts::NewAccount;
use super::audit::AuditRow;
use super::engines::{EngineRow, LOCAL};
use super::exports::ExportRow;
use super::foundation::{OperatorRow, VAULT_ROW};
use super::imports::ImportRow;
use super::keys::ApiKeyRow;
use super::orgs::OrgRow;
use super::users::UserRow;
use super::{Db, Scope, StoreError, Tx, Window};

#[path = "../../tests/it/postgres.rs"]
mod postgres;

const NOW: i64 = 1_700_000_000;

macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                let dir = tempfile::tempdir().unwrap();
                let db = super::Db::open(None, &dir.path().join("test.db")).unwrap();
                super::$name(super::prepare(db, Some(dir)).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let url = super::postgres::Postgres::shared().await.database().await;
                let db = super::Db::open(Some(&url), std::path::Path::new("unused")).unwrap();
                super::$name(super::prepare(db, None).await).await;
            }
        }
    )+};
}

on_both_databases!(
    migrations_run_twice,
    the_foundation_is_kept,
    names_are_unique,
    scopes_hide_what_is_foreign,
    lists_go_on_after_a_key,
    generations_never_collide,
    engines_follow_accounts,
    leases_have_one_holder,
    users_are_found_and_deleted_once,
    revocations_are_widened_and_dropped,
    sharing_is_kept,
    keys_are_usable_until_they_end,
    the_audit_trail_only_grows,
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
        };
        super::orgs::insert(&mut tx, &row).await.unwrap();
    }
    let engine = EngineRow {
        id: "eng_1".into(),
        name: LOCAL.into(),
        kind: "embedded".into(),
    };
    super::engines::insert(&mut tx, &engine, NOW).await.unwrap();
    tx.commit().await.unwrap();
    Prepared { db, _dir: dir }
}

fn window(after: &str, limit: i64) -> Window {
    Window {
        after: after.to_owned(),
        limit,
    }
}

fn scope(org: Option<&str>, account: Option<&str>) -> Scope {
    Scope {
        org_id: org.map(str::to_owned),
        account_id: account.map(str::to_owned),
    }
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
        generation: 1,
        jwt: "jwt-1",
        now: NOW,
    };
    super::accounts::insert(tx, &new).await?;
    super::engines::want(tx, id, 1, NOW).await
}

fn user(id: &str, account: &str, name: &str) -> UserRow {
    UserRow {
        id: id.to_owned(),
        account_id: account.to_owned(),
        name: name.to_owned(),
        public_key: format!("U{name}"),
        bearer: true,
        permissions: "{}".to_owned(),
        limits: "{}".to_owned(),
        issuer_key: "AS".to_owned(),
        jwt_id: "J".to_owned(),
        issued_at: NOW,
        expires_at: NOW + 100,
        created_at: NOW,
    }
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

async fn names_are_unique(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "acme")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = test.db.write().await.unwrap();
    let error = add_account(&mut tx, "acct_2", "org_two", "acme")
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Duplicate(_)), "{error:?}");
    drop(tx);
    let mut tx = test.db.write().await.unwrap();
    let row = OrgRow {
        id: "org_3".into(),
        slug: "one".into(),
        name: "x".into(),
        created_at: 1,
    };
    let error = super::orgs::insert(&mut tx, &row).await.unwrap_err();
    assert!(matches!(error, StoreError::Duplicate(_)), "{error:?}");
    drop(tx);
    // Deleted accounts keep their slug.
    let mut tx = test.db.write().await.unwrap();
    super::accounts::mark_deleted(&mut tx, "acct_1", NOW)
        .await
        .unwrap();
    let error = add_account(&mut tx, "acct_2", "org_two", "acme")
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Duplicate(_)), "{error:?}");
    drop(tx);
    // A foreign key that points nowhere is refused on both.
    let mut tx = test.db.write().await.unwrap();
    let error = add_account(&mut tx, "acct_9", "org_none", "nine")
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Sql(_)), "{error:?}");
}

async fn scopes_hide_what_is_foreign(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "acme")
        .await
        .unwrap();
    add_account(&mut tx, "acct_2", "org_one", "acme-dev")
        .await
        .unwrap();
    add_account(&mut tx, "acct_3", "org_two", "globex")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = test.db.read().await.unwrap();
    let cases = [
        (scope(None, None), vec!["acct_1", "acct_2", "acct_3"]),
        (scope(Some("org_one"), None), vec!["acct_1", "acct_2"]),
        (scope(Some("org_one"), Some("acct_2")), vec!["acct_2"]),
        (scope(Some("org_two"), Some("acct_1")), vec![]),
    ];
    for (scope, visible) in cases {
        let rows = super::accounts::list(&mut tx, &scope, &window("", 10))
            .await
            .unwrap();
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, visible, "{scope:?}");
        for (id, slug) in [
            ("acct_1", "acme"),
            ("acct_2", "acme-dev"),
            ("acct_3", "globex"),
        ] {
            for reference in [id, slug, &format!("A{slug}")] {
                let found = super::accounts::find(&mut tx, &scope, reference)
                    .await
                    .unwrap();
                assert_eq!(
                    found.is_some(),
                    visible.contains(&id),
                    "{scope:?} {reference}"
                );
            }
        }
    }
    for (scope, visible) in [(scope(None, None), 2), (scope(Some("org_two"), None), 1)] {
        let rows = super::orgs::list(&mut tx, &scope, &window("", 10))
            .await
            .unwrap();
        assert_eq!(rows.len(), visible);
        let one = super::orgs::find(&mut tx, &scope, "one").await.unwrap();
        assert_eq!(one.is_some(), visible == 2);
    }
}

async fn lists_go_on_after_a_key(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    for n in 0..5 {
        let (id, slug) = (format!("acct_{n}"), format!("slug{n}"));
        add_account(&mut tx, &id, "org_one", &slug).await.unwrap();
        super::users::insert(&mut tx, &user(&format!("usr_{n}"), "acct_0", &slug))
            .await
            .unwrap();
    }
    let everything = Scope::default();
    let page = super::accounts::list(&mut tx, &everything, &window("acct_1", 2))
        .await
        .unwrap();
    assert_eq!([&page[0].id, &page[1].id], ["acct_2", "acct_3"]);
    let page = super::accounts::all(&mut tx, &window("acct_3", 9))
        .await
        .unwrap();
    assert_eq!(page.len(), 1);
    let page = super::users::list(&mut tx, "acct_0", &window("usr_2", 9))
        .await
        .unwrap();
    assert_eq!([&page[0].id, &page[1].id], ["usr_3", "usr_4"]);
    assert!(
        super::users::list(&mut tx, "acct_1", &window("", 9))
            .await
            .unwrap()
            .is_empty()
    );
}

/// Many changes of one account at a time: the row's lock makes them take turns.
async fn generations_never_collide(test: Prepared) {
    const CHANGES: i64 = 12;
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "acme")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let changes = (0..CHANGES).map(|_| {
        let db = test.db.clone();
        tokio::spawn(async move {
            let mut tx = db.write().await.unwrap();
            let row = super::accounts::lock(&mut tx, "acct_1")
                .await
                .unwrap()
                .unwrap();
            let next = row.generation + 1;
            super::accounts::set_claims(&mut tx, "acct_1", next, &format!("jwt-{next}"), NOW)
                .await
                .unwrap();
            super::engines::want(&mut tx, "acct_1", next, NOW)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            next
        })
    });
    let mut seen = BTreeSet::new();
    for change in changes.collect::<Vec<_>>() {
        assert!(
            seen.insert(change.await.unwrap()),
            "every generation is minted once"
        );
    }
    let mut tx = test.db.read().await.unwrap();
    let row = super::accounts::by_id(&mut tx, "acct_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.generation, row.wanted_generation),
        (CHANGES + 1, CHANGES + 1)
    );
    assert_eq!(row.jwt, format!("jwt-{}", CHANGES + 1));
    let mut tx = test.db.write().await.unwrap();
    assert!(
        super::accounts::lock(&mut tx, "acct_none")
            .await
            .unwrap()
            .is_none()
    );
}

async fn engines_follow_accounts(test: Prepared) {
    let engine = "eng_1";
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "acme")
        .await
        .unwrap();
    add_account(&mut tx, "acct_2", "org_one", "other")
        .await
        .unwrap();
    let found = super::engines::find(&mut tx, LOCAL).await.unwrap().unwrap();
    assert_eq!(
        (found.id.as_str(), found.kind.as_str()),
        (engine, "embedded")
    );
    assert_eq!(
        super::engines::progress(&mut tx, engine).await.unwrap(),
        (2, 2)
    );
    let due = super::engines::due(&mut tx, engine, NOW, 10).await.unwrap();
    assert_eq!(due.len(), 2);
    assert_eq!((due[0].jwt.as_str(), due[0].generation), ("jwt-1", 1));

    // A failed push waits, and is due again.
    super::engines::failed(&mut tx, engine, "acct_1", "refused", NOW + 5)
        .await
        .unwrap();
    let ids = |due: Vec<super::engines::DuePush>| -> Vec<String> {
        due.into_iter().map(|push| push.account_id).collect()
    };
    assert_eq!(
        ids(super::engines::due(&mut tx, engine, NOW, 10).await.unwrap()),
        ["acct_2"]
    );
    assert_eq!(
        super::engines::due(&mut tx, engine, NOW + 5, 10)
            .await
            .unwrap()
            .len(),
        2
    );
    let row = super::accounts::by_id(&mut tx, "acct_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.is_live(), row.last_error.as_deref()),
        (false, Some("refused"))
    );

    super::engines::applied(&mut tx, engine, "acct_1", 1, NOW)
        .await
        .unwrap();
    super::engines::applied(&mut tx, engine, "acct_2", 1, NOW)
        .await
        .unwrap();
    let row = super::accounts::by_id(&mut tx, "acct_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.is_live(), row.last_error), (true, None));
    assert_eq!(
        super::engines::progress(&mut tx, engine).await.unwrap(),
        (2, 0)
    );
    assert_eq!(
        super::engines::next_retry(&mut tx, engine).await.unwrap(),
        None
    );

    // A change is due at once; so is what the engine lost.
    super::engines::want(&mut tx, "acct_1", 2, NOW)
        .await
        .unwrap();
    assert_eq!(
        ids(super::engines::due(&mut tx, engine, NOW, 10).await.unwrap()),
        ["acct_1"]
    );
    let row = super::accounts::by_id(&mut tx, "acct_2")
        .await
        .unwrap()
        .unwrap();
    super::engines::drifted(&mut tx, engine, &row, NOW)
        .await
        .unwrap();
    assert_eq!(
        super::engines::due(&mut tx, engine, NOW, 10)
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        super::engines::next_retry(&mut tx, engine).await.unwrap(),
        Some(0)
    );
}

async fn leases_have_one_holder(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    let mut take = async |holder: &str, now: i64| {
        super::engines::take_lease(&mut tx, "eng_1", holder, now, now + 15)
            .await
            .unwrap()
    };
    assert!(take("a", NOW).await);
    assert!(take("a", NOW + 5).await, "renewed");
    assert!(!take("b", NOW + 10).await, "held");
    assert!(take("b", NOW + 21).await, "run out");
    assert!(!take("a", NOW + 22).await);
    super::engines::drop_lease(&mut tx, "eng_1", "a")
        .await
        .unwrap();
    let held = super::engines::take_lease(&mut tx, "eng_1", "a", NOW + 23, NOW + 30).await;
    assert!(!held.unwrap(), "only its holder gives a lease back");
    super::engines::drop_lease(&mut tx, "eng_1", "b")
        .await
        .unwrap();
    let held = super::engines::take_lease(&mut tx, "eng_1", "a", NOW + 23, NOW + 30).await;
    assert!(held.unwrap());
}

async fn users_are_found_and_deleted_once(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "acme")
        .await
        .unwrap();
    add_account(&mut tx, "acct_2", "org_one", "other")
        .await
        .unwrap();
    super::users::insert(&mut tx, &user("usr_1", "acct_1", "app"))
        .await
        .unwrap();
    super::users::insert(&mut tx, &user("usr_2", "acct_2", "app"))
        .await
        .unwrap();
    for reference in ["usr_1", "app", "Uapp"] {
        let row = super::users::find(&mut tx, "acct_1", reference)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((row.id.as_str(), row.bearer), ("usr_1", true));
        assert_eq!((row.issued_at, row.expires_at), (NOW, NOW + 100));
    }
    assert!(
        super::users::find(&mut tx, "acct_1", "usr_2")
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        !super::users::mark_deleted(&mut tx, "acct_1", "usr_2", NOW)
            .await
            .unwrap()
    );
    assert!(
        super::users::mark_deleted(&mut tx, "acct_1", "usr_1", NOW)
            .await
            .unwrap()
    );
    assert!(
        !super::users::mark_deleted(&mut tx, "acct_1", "usr_1", NOW)
            .await
            .unwrap()
    );
    assert!(
        super::users::find(&mut tx, "acct_1", "app")
            .await
            .unwrap()
            .is_none()
    );
    // Name and key are free again; a second one of each is not.
    super::users::insert(&mut tx, &user("usr_3", "acct_1", "app"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = test.db.write().await.unwrap();
    let twice = super::users::insert(&mut tx, &user("usr_4", "acct_1", "app")).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))));
}

async fn revocations_are_widened_and_dropped(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "acme")
        .await
        .unwrap();
    super::users::revoke(&mut tx, "acct_1", "UA", NOW, NOW + 50)
        .await
        .unwrap();
    super::users::revoke(&mut tx, "acct_1", "UA", NOW - 5, NOW + 10)
        .await
        .unwrap();
    assert_eq!(
        super::users::revoked_at(&mut tx, "acct_1", "UA")
            .await
            .unwrap(),
        Some(NOW)
    );
    super::users::revoke(&mut tx, "acct_1", "UA", NOW + 5, NOW + 100)
        .await
        .unwrap();
    super::users::revoke(&mut tx, "acct_1", "UB", NOW, NOW + 20)
        .await
        .unwrap();
    assert_eq!(
        super::users::revoked_at(&mut tx, "acct_1", "UA")
            .await
            .unwrap(),
        Some(NOW + 5)
    );
    assert_eq!(
        super::users::revoked_at(&mut tx, "acct_1", "UC")
            .await
            .unwrap(),
        None
    );
    let keys = |rows: Vec<super::users::RevocationRow>| -> Vec<(String, i64)> {
        rows.into_iter()
            .map(|row| (row.user_key, row.revoked_at))
            .collect()
    };
    let both = keys(
        super::users::revocations(&mut tx, "acct_1", NOW + 20)
            .await
            .unwrap(),
    );
    assert_eq!(both, [("UA".to_owned(), NOW + 5), ("UB".to_owned(), NOW)]);
    let left = keys(
        super::users::revocations(&mut tx, "acct_1", NOW + 21)
            .await
            .unwrap(),
    );
    assert_eq!(left, [("UA".to_owned(), NOW + 5)]);
}

async fn sharing_is_kept(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "acme")
        .await
        .unwrap();
    add_account(&mut tx, "acct_2", "org_two", "globex")
        .await
        .unwrap();
    let export = ExportRow {
        id: "exp_1".into(),
        account_id: "acct_1".into(),
        name: "orders".into(),
        kind: "service".into(),
        subject: "orders.>".into(),
        visibility: "private".into(),
        response_type: Some("stream".into()),
        created_at: NOW,
    };
    super::exports::insert(&mut tx, &export).await.unwrap();
    for reference in ["globex", "globex", "later"] {
        super::exports::grant(&mut tx, "exp_1", reference)
            .await
            .unwrap();
    }
    let grants = super::exports::grants(&mut tx, "acct_1").await.unwrap();
    let names: Vec<&str> = grants
        .iter()
        .map(|grant| grant.account_ref.as_str())
        .collect();
    assert_eq!(
        (names, grants[0].export_id.as_str()),
        (vec!["globex", "later"], "exp_1")
    );
    let globex = super::accounts::by_id(&mut tx, "acct_2")
        .await
        .unwrap()
        .unwrap();
    let acme = super::accounts::by_id(&mut tx, "acct_1")
        .await
        .unwrap()
        .unwrap();
    assert!(
        super::exports::is_granted(&mut tx, "exp_1", &globex)
            .await
            .unwrap()
    );
    assert!(
        !super::exports::is_granted(&mut tx, "exp_1", &acme)
            .await
            .unwrap()
    );

    let import = ImportRow {
        id: "imp_1".into(),
        account_id: "acct_2".into(),
        exporter_id: "acct_1".into(),
        exporter_slug: String::new(),
        exporter_key: String::new(),
        name: "orders".into(),
        kind: "service".into(),
        subject: "orders.>".into(),
        local_subject: "acme.>".into(),
        token: Some("token".into()),
        created_at: NOW,
    };
    super::imports::insert(&mut tx, &import).await.unwrap();
    let read = super::imports::find(&mut tx, "acct_2", "imp_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (read.exporter_slug.as_str(), read.exporter_key.as_str()),
        ("acme", "Aacme")
    );
    assert_eq!(read.token.as_deref(), Some("token"));
    assert_eq!(
        super::imports::of_account(&mut tx, "acct_2")
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        super::imports::list(&mut tx, "acct_2", &window("", 5))
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(
        super::imports::find(&mut tx, "acct_1", "imp_1")
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        !super::imports::delete(&mut tx, "acct_1", "imp_1")
            .await
            .unwrap()
    );
    assert!(
        super::imports::delete(&mut tx, "acct_2", "imp_1")
            .await
            .unwrap()
    );

    assert_eq!(
        super::exports::of_account(&mut tx, "acct_1")
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        super::exports::list(&mut tx, "acct_1", &window("", 5))
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(
        super::exports::find(&mut tx, "acct_2", "exp_1")
            .await
            .unwrap()
            .is_none()
    );
    let read = super::exports::find(&mut tx, "acct_1", "exp_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(read.response_type.as_deref(), Some("stream"));
    assert!(
        !super::exports::delete(&mut tx, "acct_2", "exp_1")
            .await
            .unwrap()
    );
    assert!(
        super::exports::delete(&mut tx, "acct_1", "exp_1")
            .await
            .unwrap()
    );
    assert!(
        super::exports::grants(&mut tx, "acct_1")
            .await
            .unwrap()
            .is_empty(),
        "gone with it"
    );
}

fn key(id: &str, role: &str, org: Option<&str>, account: Option<&str>) -> ApiKeyRow {
    ApiKeyRow {
        id: id.to_owned(),
        name: id.to_owned(),
        role: role.to_owned(),
        org_id: org.map(str::to_owned),
        account_id: account.map(str::to_owned),
        prefix: "tg".to_owned(),
        last4: "abcd".to_owned(),
        key_hash: format!("hash-{id}"),
        bootstrap: role == "platform_admin",
        created_at: NOW,
        expires_at: NOW + 100,
        last_used_at: None,
    }
}

async fn keys_are_usable_until_they_end(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "acme")
        .await
        .unwrap();
    let rows = [
        key("key_1", "platform_admin", None, None),
        key("key_2", "org_admin", Some("org_one"), None),
        key("key_3", "account_admin", Some("org_one"), Some("acct_1")),
    ];
    for row in &rows {
        super::keys::insert(&mut tx, row).await.unwrap();
    }
    let usable = async |tx: &mut Tx, id: &str, now: i64| {
        super::keys::authenticate(tx, &format!("hash-{id}"), now)
            .await
            .unwrap()
            .is_some()
    };
    assert!(usable(&mut tx, "key_1", NOW + 99).await);
    assert!(!usable(&mut tx, "key_1", NOW + 100).await, "expired");
    assert!(!usable(&mut tx, "key_9", NOW).await, "unknown");
    assert_eq!(
        super::keys::count_platform_admins(&mut tx, NOW)
            .await
            .unwrap(),
        1
    );
    super::keys::touch(&mut tx, "key_1", NOW + 1).await.unwrap();
    for (scope, visible) in [
        (scope(None, None), 3),
        (scope(Some("org_one"), None), 2),
        (scope(Some("org_one"), Some("acct_1")), 1),
        (scope(Some("org_two"), None), 0),
    ] {
        let rows = super::keys::list(&mut tx, &scope, &window("", 10))
            .await
            .unwrap();
        assert_eq!(rows.len(), visible, "{scope:?}");
    }
    let foreign = scope(Some("org_two"), None);
    assert!(
        super::keys::find(&mut tx, &foreign, "key_2")
            .await
            .unwrap()
            .is_none()
    );
    assert!(super::keys::revoke(&mut tx, "key_2", NOW).await.unwrap());
    assert!(!super::keys::revoke(&mut tx, "key_2", NOW).await.unwrap());
    assert!(!usable(&mut tx, "key_2", NOW).await, "revoked");
    super::keys::revoke_bootstrap(&mut tx, NOW).await.unwrap();
    assert_eq!(
        super::keys::count_platform_admins(&mut tx, NOW)
            .await
            .unwrap(),
        0
    );
    assert!(usable(&mut tx, "key_3", NOW).await);
    super::accounts::mark_deleted(&mut tx, "acct_1", NOW)
        .await
        .unwrap();
    assert!(
        !usable(&mut tx, "key_3", NOW).await,
        "its account is deleted"
    );
    tx.commit().await.unwrap();
    let mut tx = test.db.write().await.unwrap();
    let wrong = key("key_4", "org_admin", None, None);
    assert!(
        super::keys::insert(&mut tx, &wrong).await.is_err(),
        "a role needs its scope"
    );
}

async fn the_audit_trail_only_grows(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    for n in 0..4 {
        let row = AuditRow {
            id: format!("evt_{n}"),
            at: NOW,
            org_id: Some(if n == 3 { "org_two" } else { "org_one" }.to_owned()),
            account_id: (n == 1).then(|| "acct_1".to_owned()),
            actor: "key_1".into(),
            action: "thing.change".into(),
            target: "acct_1".into(),
            before: None,
            after: Some("{}".into()),
            request_id: None,
            client_ip: None,
        };
        super::audit::append(&mut tx, &row).await.unwrap();
    }
    let all = super::audit::list(&mut tx, &Scope::default(), &window("", 3))
        .await
        .unwrap();
    let ids: Vec<&str> = all.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["evt_3", "evt_2", "evt_1"], "newest first");
    let older = super::audit::list(&mut tx, &Scope::default(), &window("evt_1", 3))
        .await
        .unwrap();
    assert_eq!(older.len(), 1);
    for (scope, visible) in [
        (scope(Some("org_one"), None), 3),
        (scope(Some("org_one"), Some("acct_1")), 1),
    ] {
        let rows = super::audit::list(&mut tx, &scope, &window("", 9))
            .await
            .unwrap();
        assert_eq!(rows.len(), visible, "{scope:?}");
    }
    tx.commit().await.unwrap();
    for sql in ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"] {
        let mut tx = test.db.write().await.unwrap();
        let refused = match &mut tx {
            Tx::Postgres(tx) => sqlx::query(sql).execute(&mut **tx).await.err(),
            Tx::Sqlite(tx) => sqlx::query(sql).execute(&mut **tx).await.err(),
        };
        assert!(
            refused.is_some_and(|error| error.to_string().contains("append-only")),
            "{sql}"
        );
    }
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
