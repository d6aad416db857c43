//! Leases of operations: one holder at a time, and nothing of the one before it counts.

use super::{NOW, Prepared, add_account};
use crate::store::operations::{
    OUTPUT, OperationRow, PartRow, SUCCEEDED, claim, end, find, hold, insert, insert_part,
    next_part, part_id, release_all, sweep, yield_until,
};
use crate::store::{Db, Scope, Tx};

on_both_databases!(
    an_operation_has_one_holder,
    what_was_not_taken_is_swept_away,
);

fn row(id: &str) -> OperationRow {
    OperationRow {
        id: id.to_owned(),
        kind: "create_users".to_owned(),
        state: "queued".to_owned(),
        org_id: Some("org_one".to_owned()),
        account_id: Some("acct_1".to_owned()),
        target: "acct_1".to_owned(),
        actor: "key_1".to_owned(),
        credential_id: "key_1".to_owned(),
        membership_id: None,
        request_id: "req_1".to_owned(),
        trace_id: None,
        client_ip: None,
        done: 0,
        total: None,
        result: None,
        problem: None,
        ready: 0,
        kept_until: None,
        is_cancelled: false,
        created_at: NOW,
        started_at: None,
        finished_at: None,
        attempts: 0,
        lease_until: 0,
        version: 1,
    }
}

async fn with_two(test: &Prepared) {
    let mut tx = test.db.write().await.unwrap();
    add_account(&mut tx, "acct_1", "org_one", "1")
        .await
        .unwrap();
    for id in ["opn_1", "opn_2"] {
        insert(&mut tx, &row(id)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn claimed(db: &Db, holder: &str, now: i64) -> Option<String> {
    let mut tx = db.write().await.unwrap();
    let row = claim(&mut tx, holder, now, now + 30).await.unwrap();
    tx.commit().await.unwrap();
    row.map(|row| row.id)
}

async fn is_held(db: &Db, id: &str, holder: &str, now: i64) -> bool {
    let mut tx = db.write().await.unwrap();
    let held = hold(&mut tx, id, holder, now + 30).await.unwrap();
    tx.commit().await.unwrap();
    held.is_some()
}

async fn an_operation_has_one_holder(test: Prepared) {
    with_two(&test).await;
    let db = &test.db;
    let (a, b) = tokio::join!(claimed(db, "a/1", NOW), claimed(db, "b/1", NOW));
    let mut both = [a, b].into_iter().flatten().collect::<Vec<_>>();
    // On PostgreSQL both may have looked at the first one: the loser looks again.
    if let (1, Some(more)) = (both.len(), claimed(db, "c/1", NOW).await) {
        both.push(more);
    }
    both.sort();
    assert_eq!(both, ["opn_1", "opn_2"]);
    assert_eq!(claimed(db, "d/1", NOW).await, None);
    // After its time another one takes it over, and the first may do nothing more.
    let later = NOW + 31;
    let taken = claimed(db, "e/1", later).await.unwrap();
    assert!(is_held(db, &taken, "e/1", later).await);
    for old in ["a/1", "b/1", "c/1"] {
        assert!(!is_held(db, &taken, old, later).await, "{old}");
    }
    // A process that was started anew gives back its own leases, and no others.
    let mut tx = db.write().await.unwrap();
    release_all(&mut tx, "f/").await.unwrap();
    release_all(&mut tx, "e/").await.unwrap();
    tx.commit().await.unwrap();
    assert!(!is_held(db, &taken, "e/1", later).await);
    let mut tx = db.write().await.unwrap();
    yield_until(&mut tx, &taken, later + 100).await.unwrap();
    tx.commit().await.unwrap();
    let other = claimed(db, "g/1", later).await.unwrap();
    assert_ne!(other, taken, "its turn comes later");
}

async fn parts(tx: &mut Tx, id: &str) -> bool {
    next_part(tx, id, OUTPUT, "").await.unwrap().is_some()
}

async fn what_was_not_taken_is_swept_away(test: Prepared) {
    with_two(&test).await;
    let mut tx = test.db.write().await.unwrap();
    for (id, kept_until) in [("opn_1", NOW + 10), ("opn_2", NOW + 20)] {
        let part = part_id(id, OUTPUT, 1);
        let part = PartRow {
            id: part,
            operation_id: id.to_owned(),
            part: OUTPUT.to_owned(),
            items: 1,
            content: b"x".to_vec(),
        };
        insert_part(&mut tx, &part).await.unwrap();
        let mut ended = row(id);
        ended.ready = 1;
        ended.state = SUCCEEDED.to_owned();
        ended.kept_until = Some(kept_until);
        crate::store::operations::advance(&mut tx, &ended, NOW)
            .await
            .unwrap();
        end(&mut tx, &ended, NOW).await.unwrap();
    }
    sweep(&mut tx, NOW + 10, NOW - 1).await.unwrap();
    assert!(!parts(&mut tx, "opn_1").await && parts(&mut tx, "opn_2").await);
    let everywhere = Scope::default();
    let first = find(&mut tx, &everywhere, "opn_1").await.unwrap().unwrap();
    assert_eq!((first.ready, first.state.as_str()), (0, SUCCEEDED));
    sweep(&mut tx, NOW + 10, NOW).await.unwrap();
    assert!(find(&mut tx, &everywhere, "opn_2").await.unwrap().is_none());
    assert!(!parts(&mut tx, "opn_2").await, "its parts go with it");
}
