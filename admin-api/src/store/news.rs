//! What processes that share one PostgreSQL tell each other: that there is something to push, that
//! an engine has come so far, that the engines are others now. It goes out with the commit of the
//! transaction that made it true. SQLite has one process, which tells itself.

use std::time::Duration;

use sqlx::postgres::PgListener;

use super::{Db, Postgresql, StoreError, Tx};

const CHANNEL: &str = "tidegate";
/// Between two tries to listen again.
const PAUSE: Duration = Duration::from_secs(1);

/// One piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// Claims wait to be pushed.
    Wanted,
    /// All servers of an engine hold this generation of an account.
    Applied {
        engine_id: String,
        account_id: String,
        generation: i64,
    },
    /// An engine came, went or moved.
    Engines,
}

impl News {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let news = match words.next()? {
            "wanted" => Self::Wanted,
            "engines" => Self::Engines,
            "applied" => Self::Applied {
                engine_id: words.next()?.to_owned(),
                account_id: words.next()?.to_owned(),
                generation: words.next()?.parse().ok()?,
            },
            _ => return None,
        };
        Some(news)
    }
}

pub(super) async fn wanted(tx: &mut Tx) -> Result<(), StoreError> {
    tell(tx, "wanted").await
}

pub(super) async fn engines_changed(tx: &mut Tx) -> Result<(), StoreError> {
    tell(tx, "engines").await
}

pub(super) async fn applied(
    tx: &mut Tx,
    engine_id: &str,
    account_id: &str,
    generation: i64,
) -> Result<(), StoreError> {
    tell(
        tx,
        &format!("applied {engine_id} {account_id} {generation}"),
    )
    .await
}

async fn tell(tx: &mut Tx, text: &str) -> Result<(), StoreError> {
    if let Tx::Postgres(tx) = tx {
        let query = sqlx::query("SELECT pg_notify($1, $2)");
        query.bind(CHANNEL).bind(text).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Hands on what others tell, for ever. After a lost connection something may have been missed:
/// that there may be something to push is said again then.
pub(crate) async fn listen(db: &Db, heard: impl Fn(News)) {
    let Db::Postgres(Postgresql { pool, .. }) = db else {
        return std::future::pending().await;
    };
    loop {
        if let Ok(mut listener) = PgListener::connect_with(pool).await
            && listener.listen(CHANNEL).await.is_ok()
        {
            heard(News::Engines);
            heard(News::Wanted);
            while let Ok(Some(notice)) = listener.try_recv().await {
                News::parse(notice.payload()).into_iter().for_each(&heard);
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::News;

    #[test]
    fn what_is_not_ours_is_no_news() {
        let applied = News::Applied {
            engine_id: "eng_1".to_owned(),
            account_id: "acct_1".to_owned(),
            generation: 7,
        };
        assert_eq!(News::parse("applied eng_1 acct_1 7"), Some(applied));
        assert_eq!(News::parse("wanted"), Some(News::Wanted));
        for other in ["", "hello", "applied", "applied a b", "applied a b c"] {
            assert_eq!(News::parse(other), None, "{other}");
        }
    }
}
