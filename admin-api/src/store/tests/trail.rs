//! The chains of the audit trail: nothing can be changed, left out or put in unnoticed.

use serde_json::json;

use super::{NOW, Prepared};
use crate::store::audit::AuditRow;
use crate::store::{Db, Tx};
use crate::trail::{self, Head, PLATFORM, Verdict};

on_both_databases!(
    an_untouched_trail_is_intact,
    every_edit_is_found,
    a_rebuilt_chain_is_found_by_the_platforms,
    a_cut_end_is_found_by_a_kept_head,
    two_writers_share_a_chain,
);

fn entry(account: Option<&str>, target: &str) -> AuditRow {
    AuditRow {
        at: NOW,
        account_id: account.map(str::to_owned),
        client_ip: Some("192.0.2.1".to_owned()),
        ..trail::system_entry("thing.change", target, &json!({ "n": 1 }))
    }
}

async fn write(db: &Db, account: Option<&str>, target: &str) {
    let mut tx = db.write().await.unwrap();
    trail::append(&mut tx, entry(account, target))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Two chains of three entries and the platform's, whose newest entry knows their heads.
async fn with_trail(test: &Prepared) {
    for target in ["one", "two", "three"] {
        write(&test.db, Some("acct_1"), target).await;
        write(&test.db, Some("acct_2"), target).await;
    }
    write(&test.db, None, "settings").await;
    checkpoint(&test.db).await;
}

async fn checkpoint(db: &Db) {
    let mut tx = db.write().await.unwrap();
    assert!(trail::checkpoint(&mut tx).await.unwrap());
    assert!(
        !trail::checkpoint(&mut tx).await.unwrap(),
        "nothing is left to note"
    );
    tx.commit().await.unwrap();
}

async fn verdict(db: &Db) -> Verdict {
    trail::verify(db, None, &[]).await.unwrap()
}

/// Does what somebody with the database's password can do.
async fn tamper(db: &Db, statements: &[&'static str]) {
    let mut tx = db.write().await.unwrap();
    // What waits for its number refers to the trail.
    for statement in ["DELETE FROM outbox"].iter().chain(statements) {
        match &mut tx {
            Tx::Postgres(tx) => {
                // The role of transactions owns nothing and could not do this.
                sqlx::query("RESET ROLE").execute(&mut **tx).await.unwrap();
                let disable = "ALTER TABLE audit DISABLE TRIGGER USER";
                sqlx::query(disable).execute(&mut **tx).await.unwrap();
                sqlx::query(*statement).execute(&mut **tx).await.unwrap();
            }
            Tx::Sqlite(tx) => {
                for trigger in ["audit_keeps_rows", "audit_loses_none"] {
                    let drop = sqlx::AssertSqlSafe(format!("DROP TRIGGER IF EXISTS {trigger}"));
                    sqlx::query(drop).execute(&mut **tx).await.unwrap();
                }
                sqlx::query(*statement).execute(&mut **tx).await.unwrap();
            }
        }
    }
    tx.commit().await.unwrap();
}

async fn an_untouched_trail_is_intact(test: Prepared) {
    with_trail(&test).await;
    let verdict = verdict(&test.db).await;
    assert!(verdict.intact, "{verdict:?}");
    assert_eq!(
        (verdict.chains, verdict.entries, verdict.unchained),
        (3, 8, 0)
    );
    let one = trail::verify(&test.db, Some("acct_1"), &[]).await.unwrap();
    assert_eq!((one.intact, one.chains, one.entries), (true, 1, 3));
}

async fn every_edit_is_found(test: Prepared) {
    with_trail(&test).await;
    // Each undoes the one before it.
    for (edit, undo, chain) in [
        (
            "UPDATE audit SET actor = 'nobody' WHERE chain = 'acct_1' AND position = 2",
            "UPDATE audit SET actor = 'system' WHERE chain = 'acct_1' AND position = 2",
            "acct_1",
        ),
        (
            "UPDATE audit SET at = at + 1 WHERE chain = 'acct_2' AND position = 3",
            "UPDATE audit SET at = at - 1 WHERE chain = 'acct_2' AND position = 3",
            "acct_2",
        ),
        (
            "UPDATE audit SET client_ip = NULL WHERE chain = 'platform' AND position = 1",
            "UPDATE audit SET client_ip = '192.0.2.1' WHERE chain = 'platform' AND position = 1",
            PLATFORM,
        ),
        (
            "UPDATE audit SET position = 9 WHERE chain = 'acct_1' AND position = 3",
            "UPDATE audit SET position = 3 WHERE chain = 'acct_1' AND position = 9",
            "acct_1",
        ),
        (
            "UPDATE audit_heads SET position = 2 WHERE chain = 'acct_2'",
            "UPDATE audit_heads SET position = 3 WHERE chain = 'acct_2'",
            "acct_2",
        ),
    ] {
        tamper(&test.db, &[edit]).await;
        let found = verdict(&test.db).await;
        assert!(!found.intact, "{edit}");
        assert_eq!(found.breaks[0].chain, chain, "{edit}: {found:?}");
        tamper(&test.db, &[undo]).await;
        assert!(verdict(&test.db).await.intact, "{undo}");
    }
    tamper(
        &test.db,
        &["DELETE FROM audit WHERE chain = 'acct_1' AND position = 1"],
    )
    .await;
    let found = verdict(&test.db).await;
    assert_eq!(
        (found.breaks[0].chain.as_str(), found.breaks[0].position),
        ("acct_1", 1)
    );
    // An entry beside the chains, and a whole chain gone.
    tamper(
        &test.db,
        &[
            "UPDATE audit SET position = 0 WHERE chain = 'acct_1'",
            "DELETE FROM audit_heads WHERE chain = 'acct_1'",
        ],
    )
    .await;
    let found = verdict(&test.db).await;
    assert_eq!(found.unchained, 2);
    let reasons: Vec<&str> = found
        .breaks
        .iter()
        .map(|flaw| flaw.reason.as_str())
        .collect();
    assert!(
        reasons.contains(&"the whole chain is missing"),
        "{reasons:?}"
    );
    assert!(
        reasons.iter().any(|reason| reason.contains("put in later")),
        "{reasons:?}"
    );
}

/// The chain of an account written anew, hashes and all, with another story.
async fn rebuild(db: &Db, account: &str) {
    let statements: [&'static str; 2] = match account {
        "acct_1" => [
            "DELETE FROM audit WHERE chain = 'acct_1'",
            "DELETE FROM audit_heads WHERE chain = 'acct_1'",
        ],
        _ => [
            "DELETE FROM audit WHERE chain = 'platform'",
            "DELETE FROM audit_heads WHERE chain = 'platform'",
        ],
    };
    tamper(db, &statements).await;
}

async fn a_rebuilt_chain_is_found_by_the_platforms(test: Prepared) {
    with_trail(&test).await;
    rebuild(&test.db, "acct_1").await;
    for target in ["one", "something else", "three"] {
        write(&test.db, Some("acct_1"), target).await;
    }
    let found = verdict(&test.db).await;
    assert!(!found.intact);
    assert_eq!(found.breaks[0].chain, "acct_1");
    assert!(
        found.breaks[0].reason.contains("the platform's chain"),
        "{found:?}"
    );
}

async fn a_cut_end_is_found_by_a_kept_head(test: Prepared) {
    with_trail(&test).await;
    let kept = trail::heads(&test.db).await.unwrap();
    assert_eq!(kept.len(), 3);
    // Everything is written anew, the platform's chain too: only what was taken away knows.
    rebuild(&test.db, "acct_1").await;
    rebuild(&test.db, PLATFORM).await;
    for target in ["one", "something else", "three"] {
        write(&test.db, Some("acct_1"), target).await;
    }
    for _ in 0..2 {
        write(&test.db, None, "settings").await;
    }
    assert!(
        verdict(&test.db).await.intact,
        "the database alone cannot tell"
    );
    let found = trail::verify(&test.db, None, &kept).await.unwrap();
    let chains: Vec<&str> = found
        .breaks
        .iter()
        .map(|flaw| flaw.chain.as_str())
        .collect();
    assert_eq!(chains, [PLATFORM, "acct_1"], "{found:?}");
    let lost = Head {
        chain: "acct_9".to_owned(),
        position: 4,
        hash: "00".to_owned(),
    };
    let found = trail::verify(&test.db, None, &[lost]).await.unwrap();
    assert_eq!(found.breaks[0].chain, "acct_9");
}

async fn two_writers_share_a_chain(test: Prepared) {
    let writer = |n: usize| {
        let db = test.db.clone();
        async move {
            for step in 0..10 {
                let account = (step % 2 == 0).then_some("acct_1");
                write(&db, account, &format!("{n}-{step}")).await;
            }
        }
    };
    tokio::join!(writer(1), writer(2), writer(3), writer(4));
    let verdict = verdict(&test.db).await;
    assert!(verdict.intact, "{verdict:?}");
    assert_eq!((verdict.chains, verdict.entries), (2, 40));
}
