//! Keeps a link to every engine of the table.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::link::{self, Link, Reach};
use super::{Applied, Handle};
use crate::app::App;
use crate::installation::Gate;
use crate::store::engines::EngineRow;
use crate::store::news::{self, News};
use crate::store::{self, StoreError};

/// How often the table of engines is read without being asked to.
const TICK: Duration = Duration::from_secs(5);

/// The broker inside this process.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    /// Names this process for as long as its data directory lives.
    pub(crate) instance: String,
    /// The listener of the system account; `None` when there is no broker here.
    pub(crate) system_url: Option<String>,
}

/// Keeps the engines in step until cancelled.
pub(crate) async fn run(own: Own, app: Arc<App>, cancel: CancellationToken) {
    let handle = app.reconciler.clone();
    let links = TaskTracker::new();
    let work = async {
        opened(&app).await;
        tokio::join!(news::listen(&app.db, |news| hear(&handle, news)), async {
            loop {
                // Without a database the engines stay as they are.
                if let Ok(rows) = engines(&app).await {
                    adjust(&app, &own, &links, &cancel, rows);
                }
                let known = handle.shared.links.read().clone();
                for link in known.iter().filter(|link| !link.is_ours()) {
                    link.look_elsewhere(&app).await;
                }
                tokio::select! {
                    () = handle.shared.changed.notified() => {}
                    () = tokio::time::sleep(TICK) => {}
                }
            }
        });
    };
    cancel.run_until_cancelled(Box::pin(work)).await;
    links.close();
    links.wait().await;
}

/// Returns once the database is open; never, when it cannot be opened.
async fn opened(app: &App) {
    let mut gate = app.gate.clone();
    let is_open = |gate: &Gate| matches!(gate, Gate::Open(_));
    if gate.wait_for(is_open).await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn engines(app: &App) -> Result<Vec<EngineRow>, StoreError> {
    let mut tx = app.db.read().await?;
    store::engines::all(&mut tx).await
}

/// Links to what is new, and lets go of what is no longer so.
fn adjust(
    app: &Arc<App>,
    own: &Own,
    tasks: &TaskTracker,
    cancel: &CancellationToken,
    rows: Vec<EngineRow>,
) {
    let shared = &app.reconciler.shared;
    let before = shared.links.read().clone();
    let links = rows.into_iter().map(|row| {
        if let Some(link) = before.iter().find(|link| link.engine == row) {
            return Arc::clone(link);
        }
        let reach = reach(&row, own);
        let link = Arc::new(Link::new(
            row,
            reach,
            own.instance.clone(),
            Arc::clone(shared),
            cancel.child_token(),
        ));
        if link.is_ours() {
            tasks.spawn(link::keep(Arc::clone(&link), Arc::clone(app)));
        }
        link
    });
    let links: Vec<_> = links.collect();
    for link in &before {
        if !links.iter().any(|kept| Arc::ptr_eq(kept, link)) {
            link.stop.cancel();
        }
    }
    *shared.links.write() = links;
}

fn reach(row: &EngineRow, own: &Own) -> Reach {
    if let Some(urls) = &row.urls {
        return Reach::Here(urls.split(',').map(str::to_owned).collect());
    }
    match &own.system_url {
        Some(url) if row.instance.as_deref() == Some(&own.instance) => {
            Reach::Here(vec![url.clone()])
        }
        _ => Reach::Elsewhere,
    }
}

/// What another process tells.
fn hear(handle: &Handle, news: News) {
    match news {
        News::Engines => handle.engines_changed(),
        News::Wanted => handle.push_soon(),
        News::Applied {
            engine_id,
            account_id,
            generation,
        } => {
            // Nobody waiting is no failure.
            let _ = handle.shared.applied.send(Applied {
                engine_id,
                account_id,
                generation,
            });
        }
    }
}
