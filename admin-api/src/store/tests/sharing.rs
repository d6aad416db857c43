//! Exports, grants and imports.

use super::{NOW, Prepared, add_account, listed};
use crate::store::exports::ExportRow;
use crate::store::imports::ImportRow;
use crate::store::{self, StoreError, Tx};

on_both_databases!(
    exports_are_kept,
    grants_go_with_their_export,
    imports_are_kept
);

/// The accounts `acct_1` and `acct_2`, and an export of the first.
async fn with_export(test: &Prepared) -> Tx {
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
        details: "{}".into(),
        advertised: false,
        version: 1,
    };
    store::exports::insert(&mut tx, &export).await.unwrap();
    tx
}

async fn exports_are_kept(test: Prepared) {
    let mut tx = with_export(&test).await;
    let read = store::exports::find(&mut tx, "acct_1", "exp_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(read.response_type.as_deref(), Some("stream"));
    assert_eq!((read.kind.as_str(), read.created_at), ("service", NOW));
    for (account, count) in [("acct_1", 1), ("acct_2", 0)] {
        let all = store::exports::of_account(&mut tx, account).await.unwrap();
        let page = listed::<ExportRow>(&mut tx, store::exports::of(account), "", 5)
            .await
            .unwrap();
        assert_eq!((all.len(), page.len()), (count, count), "{account}");
    }
    let foreign = store::exports::find(&mut tx, "acct_2", "exp_1")
        .await
        .unwrap();
    assert!(foreign.is_none());
    for (account, done) in [("acct_2", false), ("acct_1", true), ("acct_1", false)] {
        assert_eq!(
            store::exports::delete(&mut tx, account, "exp_1")
                .await
                .unwrap(),
            done
        );
    }
}

async fn grants_go_with_their_export(test: Prepared) {
    let mut tx = with_export(&test).await;
    for reference in ["globex", "globex", "later"] {
        store::exports::grant(&mut tx, "exp_1", reference)
            .await
            .unwrap();
    }
    let grants = store::exports::grants(&mut tx, "acct_1").await.unwrap();
    let names: Vec<&str> = grants
        .iter()
        .map(|grant| grant.account_ref.as_str())
        .collect();
    assert_eq!(
        (names, grants[0].export_id.as_str()),
        (vec!["globex", "later"], "exp_1")
    );
    for (account, granted) in [("acct_2", true), ("acct_1", false)] {
        let row = store::accounts::by_id(&mut tx, account)
            .await
            .unwrap()
            .unwrap();
        let answer = store::exports::is_granted(&mut tx, "exp_1", &row)
            .await
            .unwrap();
        assert_eq!(answer, granted, "{account}");
    }
    assert!(
        store::exports::delete(&mut tx, "acct_1", "exp_1")
            .await
            .unwrap()
    );
    assert!(
        store::exports::grants(&mut tx, "acct_1")
            .await
            .unwrap()
            .is_empty()
    );
}

async fn imports_are_kept(test: Prepared) {
    let mut tx = with_export(&test).await;
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
        details: "{}".into(),
        version: 1,
    };
    store::imports::insert(&mut tx, &import).await.unwrap();
    let read = store::imports::find(&mut tx, "acct_2", "imp_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (read.exporter_slug.as_str(), read.exporter_key.as_str()),
        ("acme", "Aacme")
    );
    assert_eq!(read.token.as_deref(), Some("token"));
    for (account, count) in [("acct_2", 1), ("acct_1", 0)] {
        let all = store::imports::of_account(&mut tx, account).await.unwrap();
        let page = listed::<ImportRow>(&mut tx, store::imports::of(account), "", 5)
            .await
            .unwrap();
        assert_eq!((all.len(), page.len()), (count, count), "{account}");
    }
    let foreign = store::imports::find(&mut tx, "acct_1", "imp_1")
        .await
        .unwrap();
    assert!(foreign.is_none());
    for (account, done) in [("acct_1", false), ("acct_2", true), ("acct_2", false)] {
        assert_eq!(
            store::imports::delete(&mut tx, account, "imp_1")
                .await
                .unwrap(),
            done
        );
    }
    store::imports::insert(&mut tx, &import).await.unwrap();
    let again = ImportRow {
        id: "imp_2".into(),
        ..import
    };
    let twice = store::imports::insert(&mut tx, &again).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))));
}
