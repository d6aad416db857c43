//! Writing to SQLite: one connection for all, and commits that are shared.
//!
//! A commit waits for the disk, and writes every page that has changed once more. So those who
//! stand in line for the connection come along: each has a savepoint of its own in one transaction
//! of all of them, and whoever was first and gets the connection again commits it. With nobody in
//! line that is at once. Nobody hears that a change is made before it is on disk, and when that
//! fails all of them hear so.

use std::fmt;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, oneshot};
use tokio::time::timeout;

use super::ACQUIRE_TIMEOUT;

const BEGIN: &str = "SAVEPOINT turn";
const RELEASE: &str = "RELEASE turn";
const UNDO: &str = "ROLLBACK TO turn; RELEASE turn";

/// The line in which writers stand. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(super) pool: SqlitePool,
    /// First come, first served.
    open: Arc<Mutex<Option<Open>>>,
}

/// The connection, which is closed instead of given back when it is not known what is open on it.
struct Held {
    connection: PoolConnection<Sqlite>,
    is_clean: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.is_clean {
            self.connection.close_on_drop();
        }
    }
}

/// A transaction that several share, and who waits for its end.
struct Open {
    held: Held,
    /// Tells it apart from those that come later.
    mark: Arc<()>,
    /// Somebody has begun and not ended: a turn in work, or one that was dropped. Changed before
    /// the statement runs that makes it so: what was sent runs, in its order, whoever still waits.
    is_begun: bool,
    made: Vec<oneshot::Sender<Ended>>,
}

type Ended = Result<(), Arc<sqlx::Error>>;

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = &self.made.len();
        f.debug_struct("Open").field("made", made).finish()
    }
}

impl Open {
    async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::query(sql).execute(&mut *self.held.connection).await?;
        Ok(())
    }

    /// Undoes what a turn did that was dropped.
    async fn settle(&mut self) -> Result<(), sqlx::Error> {
        match std::mem::take(&mut self.is_begun) {
            true => self.run(UNDO).await,
            false => Ok(()),
        }
    }

    /// Commits for all; they hear how it went.
    async fn finish(mut self) {
        if let Err(error) = self.settle().await {
            return self.fail(error);
        }
        let ended = match self.made.is_empty() {
            true => self.run("ROLLBACK").await,
            false => self.run("COMMIT").await,
        };
        self.held.is_clean = ended.is_ok();
        tell(self.made, ended);
    }

    /// The database has given up the whole; what is left of it ends with the connection.
    fn fail(self, error: sqlx::Error) {
        tell(self.made, Err(error));
    }
}

fn tell(made: Vec<oneshot::Sender<Ended>>, ended: Result<(), sqlx::Error>) {
    let ended = ended.map_err(Arc::new);
    for made in made {
        // Who does not wait any more need not hear.
        let _ = made.send(ended.clone());
    }
}

/// A turn: one writer's transaction. Dropped without [`Turn::commit`] it changes nothing.
#[derive(Debug)]
pub(crate) struct Turn {
    open: OwnedMappedMutexGuard<Option<Open>, Open>,
    line: Line,
}

impl Line {
    pub(super) fn new(pool: SqlitePool) -> Self {
        Self {
            pool,
            open: Arc::default(),
        }
    }

    async fn lock(&self) -> OwnedMutexGuard<Option<Open>> {
        Arc::clone(&self.open).lock_owned().await
    }

    /// Waits for its turn, as long as for any connection.
    pub(super) async fn turn(&self) -> Result<Turn, sqlx::Error> {
        let guard = timeout(ACQUIRE_TIMEOUT, self.lock()).await;
        let mut guard = guard.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let settled = match guard.as_mut() {
            Some(open) => open.settle().await,
            None => Ok(()),
        };
        if let Err(error) = settled
            && let Some(open) = guard.take()
        {
            open.fail(error);
        }
        if guard.is_none() {
            let mut open = Open {
                held: Held {
                    connection: self.pool.acquire().await?,
                    is_clean: false,
                },
                mark: Arc::default(),
                is_begun: false,
                made: Vec::new(),
            };
            open.run("BEGIN IMMEDIATE").await?;
            *guard = Some(open);
        }
        let open = OwnedMutexGuard::try_map(guard, Option::as_mut);
        let open = open.map_err(|_| sqlx::Error::PoolClosed)?;
        let line = self.clone();
        let mut turn = Turn { open, line };
        turn.open.is_begun = true;
        turn.open.run(BEGIN).await?;
        Ok(turn)
    }

    /// Ends what is open when all who stand in line now have come along, whatever becomes of the
    /// one who asks for it.
    fn end_soon(&self, mark: Arc<()>) {
        let line = self.clone();
        let end = async move {
            let mut guard = line.lock().await;
            let is_it = |open: &mut Open| Arc::ptr_eq(&open.mark, &mark);
            if let Some(open) = guard.take_if(is_it) {
                open.finish().await;
            }
        };
        // Without a runtime the process is about to end, and the database with it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(end);
        }
    }
}

impl Turn {
    /// Returns when it is on disk.
    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        self.open.is_begun = false;
        if let Err(error) = self.open.run(RELEASE).await {
            // Then there is nothing to undo either, which is how the others learn of it.
            self.open.is_begun = true;
            return Err(error);
        }
        let (tell, told) = oneshot::channel();
        self.open.made.push(tell);
        drop(self);
        let failed = |text: String| sqlx::Error::Io(io::Error::other(text));
        match told.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(_) => Err(failed("nobody was there to commit".to_owned())),
        }
    }

    pub(super) async fn rollback(mut self) -> Result<(), sqlx::Error> {
        self.open.settle().await
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.line.end_soon(Arc::clone(&self.open.mark));
    }
}

impl Deref for Turn {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.open.held.connection
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.open.held.connection
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use proptest::prelude::*;
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
    use tempfile::TempDir;
    use tokio::task::JoinSet;

    use super::*;

    struct Bed {
        line: Line,
        readers: SqlitePool,
        _dir: TempDir,
    }

    impl Bed {
        async fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let options = SqliteConnectOptions::new()
                .filename(dir.path().join("turns.db"))
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .foreign_keys(true);
            let pool = |connections| {
                SqlitePoolOptions::new()
                    .max_connections(connections)
                    .connect_lazy_with(options.clone())
            };
            let (writers, readers) = (pool(1), pool(2));
            for sql in [
                "CREATE TABLE parents (n INTEGER PRIMARY KEY)",
                "CREATE TABLE marks (n INTEGER PRIMARY KEY, parent INTEGER \
                 REFERENCES parents (n) DEFERRABLE INITIALLY DEFERRED)",
            ] {
                sqlx::query(sql).execute(&writers).await.unwrap();
            }
            Self {
                line: Line::new(writers),
                readers,
                _dir: dir,
            }
        }

        /// What somebody else sees.
        async fn marks(&self) -> HashSet<i64> {
            let marks = sqlx::query_scalar("SELECT n FROM marks").fetch_all(&self.readers);
            marks.await.unwrap().into_iter().collect()
        }
    }

    async fn mark(turn: &mut Turn, n: i64, parent: Option<i64>) {
        let insert = sqlx::query("INSERT INTO marks (n, parent) VALUES ($1, $2)");
        let insert = insert.bind(n).bind(parent);
        insert.execute(&mut **turn).await.unwrap();
    }

    #[tokio::test]
    async fn whoever_waits_comes_along_and_all_is_there_when_they_hear() {
        let bed = Arc::new(Bed::new().await);
        let first = bed.line.turn().await.unwrap();
        let mut work = JoinSet::new();
        for n in 0..20 {
            let bed = Arc::clone(&bed);
            work.spawn(async move {
                let mut turn = bed.line.turn().await.unwrap();
                mark(&mut turn, n, None).await;
                let together = turn.open.made.len();
                turn.commit().await.unwrap();
                assert!(bed.marks().await.contains(&n), "{n} is on disk");
                together
            });
        }
        // All of them stand in line once each has been asked.
        tokio::task::yield_now().await;
        first.commit().await.unwrap();
        let together = work.join_all().await;
        assert_eq!(bed.marks().await.len(), 20);
        assert!(together.iter().max().unwrap() > &0, "{together:?}");
    }

    #[tokio::test]
    async fn what_is_dropped_or_taken_back_leaves_what_others_did() {
        let bed = Bed::new().await;
        let mut first = bed.line.turn().await.unwrap();
        mark(&mut first, 1, None).await;
        let (second, third) = (bed.line.clone(), bed.line.clone());
        let second = tokio::spawn(async move {
            let mut turn = second.turn().await.unwrap();
            mark(&mut turn, 2, None).await;
        });
        let third = tokio::spawn(async move {
            let mut turn = third.turn().await.unwrap();
            mark(&mut turn, 3, None).await;
            turn.rollback().await.unwrap();
        });
        tokio::task::yield_now().await;
        first.commit().await.unwrap();
        second.await.unwrap();
        third.await.unwrap();
        assert_eq!(bed.marks().await, HashSet::from([1]));
        let mut last = bed.line.turn().await.unwrap();
        mark(&mut last, 2, None).await;
        last.commit().await.unwrap();
        assert_eq!(bed.marks().await, HashSet::from([1, 2]));
    }

    /// Two commit together, and the second does something that spoils it: both hear of it, and
    /// whoever comes then begins anew.
    async fn assert_told_to_all_of_them(spoil: impl AsyncFnOnce(&mut Turn)) {
        let bed = Bed::new().await;
        let mut first = bed.line.turn().await.unwrap();
        mark(&mut first, 1, None).await;
        let second = async {
            let mut turn = bed.line.turn().await.unwrap();
            spoil(&mut turn).await;
            turn.commit().await
        };
        // The second stands in line by the time that the first commits.
        let (second, first) = tokio::join!(second, first.commit());
        first.unwrap_err();
        second.unwrap_err();
        assert_eq!(bed.marks().await, HashSet::new());
        let mut again = bed.line.turn().await.unwrap();
        mark(&mut again, 1, None).await;
        again.commit().await.unwrap();
        assert_eq!(bed.marks().await, HashSet::from([1]));
    }

    #[tokio::test]
    async fn a_commit_that_fails_is_told_to_all_of_them() {
        // A parent that does not exist: noticed at the end.
        assert_told_to_all_of_them(async |turn| mark(turn, 2, Some(7)).await).await;
    }

    #[tokio::test]
    async fn a_transaction_that_the_database_gave_up_is_told_to_all_of_them() {
        assert_told_to_all_of_them(async |turn| {
            // As the database does by itself when the disk is full.
            sqlx::query("ROLLBACK").execute(&mut **turn).await.unwrap();
        })
        .await;
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Writers give up after any number of steps; what others were told holds all the same.
        #[test]
        fn who_goes_away_takes_nothing_along(
            patience in proptest::collection::vec(0u64..4_000, 24)
        ) {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let bed = Arc::new(Bed::new().await);
                let mut work = JoinSet::new();
                for (n, patience) in patience.into_iter().enumerate() {
                    let bed = Arc::clone(&bed);
                    work.spawn(async move {
                        let n = i64::try_from(n).unwrap();
                        let write = async {
                            let mut turn = bed.line.turn().await.unwrap();
                            mark(&mut turn, n, None).await;
                            turn.commit().await.unwrap();
                        };
                        let patience = Duration::from_micros(patience);
                        timeout(patience, write).await.is_ok().then_some(n)
                    });
                }
                let told: HashSet<i64> = work.join_all().await.into_iter().flatten().collect();
                let last = bed.line.turn().await.unwrap();
                last.commit().await.unwrap();
                let there = bed.marks().await;
                assert!(told.is_subset(&there), "told {told:?}, there {there:?}");
            });
        }
    }
}
