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
