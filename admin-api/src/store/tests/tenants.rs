//! Organisations, accounts, users and revocations.

use super::{NOW, Prepared, add_account, listed, window};
use crate::issue::{self, Reason};
use crate::store::orgs::OrgRow;
use crate::store::users::UserRow;
use crate::store::{self, Scope, StoreError, Tx};

on_both_databases!(
    names_are_unique,
    scopes_hide_what_is_foreign,
    lists_go_on_after_a_key,
    users_are_found_and_deleted_once,
    revocations_are_widened_and_dropped,
);

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
        role_id: None,
        conditions: "{}".to_owned(),
        tags: "[]".to_owned(),
        version: 1,
    }
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
        version: 1,
        id: "org_3".into(),
        slug: "one".into(),
        name: "x".into(),
        created_at: 1,
    };
    let error = store::orgs::insert(&mut tx, &row).await.unwrap_err();
    assert!(matches!(error, StoreError::Duplicate(_)), "{error:?}");
    drop(tx);
    // Deleted accounts keep their slug.
    let mut tx = test.db.write().await.unwrap();
    store::accounts::mark_deleted(&mut tx, "acct_1", NOW, NOW)
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
    assert!(matches!(error, StoreError::InUse(_)), "{error:?}");
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
        (Scope::of(None, None), vec!["acct_1", "acct_2", "acct_3"]),
        (Scope::of(Some("org_one"), None), vec!["acct_1", "acct_2"]),
        (Scope::of(Some("org_one"), Some("acct_2")), vec!["acct_2"]),
        (Scope::of(Some("org_two"), Some("acct_1")), vec![]),
    ];
    for (scope, visible) in cases {
        let rows =
            listed::<store::accounts::AccountRow>(&mut tx, store::accounts::within(&scope), "", 10)
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
                let found = store::accounts::find(&mut tx, &scope, reference)
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
    for (scope, visible) in [
        (Scope::of(None, None), 2),
        (Scope::of(Some("org_two"), None), 1),
    ] {
        let rows = listed::<OrgRow>(&mut tx, store::orgs::within(&scope), "", 10)
            .await
            .unwrap();
        assert_eq!(rows.len(), visible);
        let one = store::orgs::find(&mut tx, &scope, "one").await.unwrap();
        assert_eq!(one.is_some(), visible == 2);
    }
}

async fn insert_user(tx: &mut Tx, row: &UserRow) -> Result<(), StoreError> {
    let first = issue::issued(row, Reason::Created, "nobody", NOW);
    store::users::insert(tx, row, &first).await
}

async fn lists_go_on_after_a_key(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    for n in 0..5 {
        let (id, slug) = (format!("acct_{n}"), format!("slug{n}"));
        add_account(&mut tx, &id, "org_one", &slug).await.unwrap();
        insert_user(&mut tx, &user(&format!("usr_{n}"), "acct_0", &slug))
            .await
            .unwrap();
    }
    let everything = Scope::default();
    let page = listed::<store::accounts::AccountRow>(
        &mut tx,
        store::accounts::within(&everything),
        "acct_1",
        2,
    )
    .await
    .unwrap();
    assert_eq!([&page[0].id, &page[1].id], ["acct_2", "acct_3"]);
    let page = store::accounts::all(&mut tx, &window("acct_3", 9))
        .await
        .unwrap();
    assert_eq!(page.len(), 1);
    let page = listed::<UserRow>(&mut tx, store::users::of("acct_0"), "usr_2", 9)
        .await
        .unwrap();
    assert_eq!([&page[0].id, &page[1].id], ["usr_3", "usr_4"]);
    assert!(
        listed::<UserRow>(&mut tx, store::users::of("acct_1"), "", 9)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn users_are_found_and_deleted_once(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "acme")
        .await
        .unwrap();
    add_account(&mut tx, "acct_2", "org_one", "other")
        .await
        .unwrap();
    insert_user(&mut tx, &user("usr_1", "acct_1", "app"))
        .await
        .unwrap();
    insert_user(&mut tx, &user("usr_2", "acct_2", "app"))
        .await
        .unwrap();
    for reference in ["usr_1", "app", "Uapp"] {
        let row = store::users::find(&mut tx, "acct_1", reference)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((row.id.as_str(), row.bearer), ("usr_1", true));
        assert_eq!((row.issued_at, row.expires_at), (NOW, NOW + 100));
    }
    assert!(
        store::users::find(&mut tx, "acct_1", "usr_2")
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        !store::users::mark_deleted(&mut tx, "acct_1", "usr_2", NOW)
            .await
            .unwrap()
    );
    assert!(
        store::users::mark_deleted(&mut tx, "acct_1", "usr_1", NOW)
            .await
            .unwrap()
    );
    assert!(
        !store::users::mark_deleted(&mut tx, "acct_1", "usr_1", NOW)
            .await
            .unwrap()
    );
    assert!(
        store::users::find(&mut tx, "acct_1", "app")
            .await
            .unwrap()
            .is_none()
    );
    // Name and key are free again; a second one of each is not.
    insert_user(&mut tx, &user("usr_3", "acct_1", "app"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = test.db.write().await.unwrap();
    let twice = insert_user(&mut tx, &user("usr_4", "acct_1", "app")).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))));
}

async fn revocations_are_widened_and_dropped(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "acme")
        .await
        .unwrap();
    store::issuances::revoke(&mut tx, "acct_1", "UA", NOW, NOW + 50)
        .await
        .unwrap();
    store::issuances::revoke(&mut tx, "acct_1", "UA", NOW - 5, NOW + 10)
        .await
        .unwrap();
    assert_eq!(
        store::issuances::revoked_at(&mut tx, "acct_1", "UA")
            .await
            .unwrap(),
        Some(NOW)
    );
    store::issuances::revoke(&mut tx, "acct_1", "UA", NOW + 5, NOW + 100)
        .await
        .unwrap();
    store::issuances::revoke(&mut tx, "acct_1", "UB", NOW, NOW + 20)
        .await
        .unwrap();
    assert_eq!(
        store::issuances::revoked_at(&mut tx, "acct_1", "UA")
            .await
            .unwrap(),
        Some(NOW + 5)
    );
    assert_eq!(
        store::issuances::revoked_at(&mut tx, "acct_1", "UC")
            .await
            .unwrap(),
        None
    );
    let keys = |rows: Vec<store::issuances::RevocationRow>| -> Vec<(String, i64)> {
        rows.into_iter()
            .map(|row| (row.user_key, row.revoked_at))
            .collect()
    };
    let both = keys(
        store::issuances::revocations(&mut tx, "acct_1", NOW + 20)
            .await
            .unwrap(),
    );
    assert_eq!(both, [("UA".to_owned(), NOW + 5), ("UB".to_owned(), NOW)]);
    let left = keys(
        store::issuances::revocations(&mut tx, "acct_1", NOW + 21)
            .await
            .unwrap(),
    );
    assert_eq!(left, [("UA".to_owned(), NOW + 5)]);
}
