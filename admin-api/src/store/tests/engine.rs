//! Generations, pushes and leases.

use std::collections::BTreeSet;

use super::{NOW, Prepared, add_account};
use crate::store;
use crate::store::engines::LOCAL;

on_both_databases!(
    generations_never_collide,
    engines_follow_accounts,
    changes_and_losses_are_due_at_once,
    leases_have_one_holder,
);

fn ids(due: Vec<store::engines::DuePush>) -> Vec<String> {
    due.into_iter().map(|push| push.account_id).collect()
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
            let row = store::accounts::lock(&mut tx, "acct_1")
                .await
                .unwrap()
                .unwrap();
            let next = row.generation + 1;
            let jwt = format!("jwt-{next}");
            store::accounts::set_claims(&mut tx, "acct_1", (next, &jwt), "OS", NOW)
                .await
                .unwrap();
            store::engines::want(&mut tx, "acct_1", next, NOW)
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
    let row = store::accounts::by_id(&mut tx, "acct_1")
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
        store::accounts::lock(&mut tx, "acct_none")
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
    let found = store::engines::find(&mut tx, LOCAL).await.unwrap().unwrap();
    assert_eq!(
        (found.id.as_str(), found.kind.as_str()),
        (engine, "embedded")
    );
    assert_eq!(
        store::engines::progress(&mut tx, engine).await.unwrap(),
        (2, 2)
    );
    let due = store::engines::due(&mut tx, engine, NOW, 10).await.unwrap();
    assert_eq!(due.len(), 2);
    assert_eq!((due[0].jwt.as_str(), due[0].generation), ("jwt-1", 1));

    // A failed push waits, and is due again.
    store::engines::failed(&mut tx, engine, "acct_1", "refused", NOW + 5)
        .await
        .unwrap();
    assert_eq!(
        ids(store::engines::due(&mut tx, engine, NOW, 10).await.unwrap()),
        ["acct_2"]
    );
    assert_eq!(
        store::engines::due(&mut tx, engine, NOW + 5, 10)
            .await
            .unwrap()
            .len(),
        2
    );
    let row = store::accounts::by_id(&mut tx, "acct_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.is_live(), row.last_error.as_deref()),
        (false, Some("refused"))
    );

    store::engines::applied(&mut tx, engine, "acct_1", 1, NOW)
        .await
        .unwrap();
    store::engines::applied(&mut tx, engine, "acct_2", 1, NOW)
        .await
        .unwrap();
    let row = store::accounts::by_id(&mut tx, "acct_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.is_live(), row.last_error), (true, None));
    assert_eq!(
        store::engines::progress(&mut tx, engine).await.unwrap(),
        (2, 0)
    );
    assert_eq!(
        store::engines::next_retry(&mut tx, engine).await.unwrap(),
        None
    );
}

/// A change is due at once; so is what the engine lost.
async fn changes_and_losses_are_due_at_once(test: Prepared) {
    let engine = "eng_1";
    let mut tx = test.db.write().await.unwrap();
    for (id, slug) in [("acct_1", "acme"), ("acct_2", "other")] {
        add_account(&mut tx, id, "org_one", slug).await.unwrap();
        store::engines::applied(&mut tx, engine, id, 1, NOW)
            .await
            .unwrap();
    }
    store::engines::want(&mut tx, "acct_1", 2, NOW)
        .await
        .unwrap();
    assert_eq!(
        ids(store::engines::due(&mut tx, engine, NOW, 10).await.unwrap()),
        ["acct_1"]
    );
    let row = store::accounts::by_id(&mut tx, "acct_2")
        .await
        .unwrap()
        .unwrap();
    store::engines::drifted(&mut tx, engine, &row, NOW)
        .await
        .unwrap();
    assert_eq!(
        store::engines::due(&mut tx, engine, NOW, 10)
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        store::engines::next_retry(&mut tx, engine).await.unwrap(),
        Some(0)
    );
}

async fn leases_have_one_holder(test: Prepared) {
    let mut tx = test.db.write().await.unwrap();
    let mut take = async |holder: &str, now: i64| {
        store::engines::take_lease(&mut tx, "eng_1", holder, now, now + 15)
            .await
            .unwrap()
    };
    assert!(take("a", NOW).await);
    assert!(take("a", NOW + 5).await, "renewed");
    assert!(!take("b", NOW + 10).await, "held");
    assert!(take("b", NOW + 21).await, "run out");
    assert!(!take("a", NOW + 22).await);
    store::engines::drop_lease(&mut tx, "eng_1", "a")
        .await
        .unwrap();
    let held = store::engines::take_lease(&mut tx, "eng_1", "a", NOW + 23, NOW + 30).await;
    assert!(!held.unwrap(), "only its holder gives a lease back");
    store::engines::drop_lease(&mut tx, "eng_1", "b")
        .await
        .unwrap();
    let held = store::engines::take_lease(&mut tx, "eng_1", "a", NOW + 23, NOW + 30).await;
    assert!(held.unwrap());
}
