//! API keys and the audit trail.

use super::{NOW, Prepared, add_account, listed};
use crate::store::audit::AuditRow;
use crate::store::keys::ApiKeyRow;
use crate::store::{self, Scope, Tx};

on_both_databases!(
    keys_are_usable_until_they_expire,
    keys_end_when_they_are_revoked,
    the_audit_trail_only_grows,
);

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
        rights: None,
        cidrs: None,
        service_account_id: None,
        membership_id: None,
        version: 1,
    }
}

async fn with_keys(test: &Prepared) -> Tx {
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "acme")
        .await
        .unwrap();
    for row in [
        key("key_1", "platform_admin", None, None),
        key("key_2", "org_admin", Some("org_one"), None),
        key("key_3", "account_admin", Some("org_one"), Some("acct_1")),
    ] {
        store::keys::insert(&mut tx, &row).await.unwrap();
    }
    tx
}

async fn usable(tx: &mut Tx, id: &str, now: i64) -> bool {
    let found = store::keys::authenticate(tx, &format!("hash-{id}"), now).await;
    found.unwrap().is_some()
}

async fn keys_are_usable_until_they_expire(test: Prepared) {
    let mut tx = with_keys(&test).await;
    assert!(usable(&mut tx, "key_1", NOW + 99).await);
    assert!(!usable(&mut tx, "key_1", NOW + 100).await, "expired");
    assert!(!usable(&mut tx, "key_9", NOW).await, "unknown");
    assert_eq!(
        store::keys::count_platform_admins(&mut tx, NOW)
            .await
            .unwrap(),
        1
    );
    store::keys::touch(&mut tx, "key_1", NOW + 1).await.unwrap();
    for (scope, visible) in [
        (Scope::of(None, None), 3),
        (Scope::of(Some("org_one"), None), 2),
        (Scope::of(Some("org_one"), Some("acct_1")), 1),
        (Scope::of(Some("org_two"), None), 0),
    ] {
        let rows = listed::<ApiKeyRow>(&mut tx, store::keys::within(&scope), "", 10)
            .await
            .unwrap();
        assert_eq!(rows.len(), visible, "{scope:?}");
    }
}

async fn keys_end_when_they_are_revoked(test: Prepared) {
    let mut tx = with_keys(&test).await;
    let foreign = Scope::of(Some("org_two"), None);
    assert!(
        store::keys::find(&mut tx, &foreign, "key_2")
            .await
            .unwrap()
            .is_none()
    );
    assert!(store::keys::revoke(&mut tx, "key_2", NOW).await.unwrap());
    assert!(!store::keys::revoke(&mut tx, "key_2", NOW).await.unwrap());
    assert!(!usable(&mut tx, "key_2", NOW).await, "revoked");
    store::keys::revoke_bootstrap(&mut tx, NOW).await.unwrap();
    assert_eq!(
        store::keys::count_platform_admins(&mut tx, NOW)
            .await
            .unwrap(),
        0
    );
    assert!(usable(&mut tx, "key_3", NOW).await);
    store::accounts::mark_deleted(&mut tx, "acct_1", NOW, NOW)
        .await
        .unwrap();
    assert!(
        !usable(&mut tx, "key_3", NOW).await,
        "its account is deleted"
    );
    tx.commit().await.unwrap();
    let mut tx = test.db.write().await.unwrap();
    let wrong = key("key_4", "account_admin", None, Some("acct_1"));
    assert!(
        store::keys::insert(&mut tx, &wrong).await.is_err(),
        "an account lies in its organisation"
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
            trace_id: None,
            dry_run: false,
            credential_id: None,
            chain: String::new(),
            position: 0,
            hash: String::new(),
        };
        store::audit::append(&mut tx, &row, false).await.unwrap();
    }
    let all = listed::<AuditRow>(&mut tx, store::audit::within(&Scope::default()), "", 3)
        .await
        .unwrap();
    let ids: Vec<&str> = all.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["evt_3", "evt_2", "evt_1"], "newest first");
    let older = listed::<AuditRow>(&mut tx, store::audit::within(&Scope::default()), "evt_1", 3)
        .await
        .unwrap();
    assert_eq!(older.len(), 1);
    for (scope, visible) in [
        (Scope::of(Some("org_one"), None), 3),
        (Scope::of(Some("org_one"), Some("acct_1")), 1),
    ] {
        let rows = listed::<AuditRow>(&mut tx, store::audit::within(&scope), "", 9)
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
