//! What is the same for every request: the operator, read once the database is reachable and proven
//! to belong to this vault and this data directory.

use std::time::Duration;

use accounts::OperatorBody;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::bootstrap;
use crate::clock;
use crate::engine;
use crate::mint;
use crate::store::{self, Db, StoreError};
use crate::vault::{Vault, VaultError, rotation};

/// How often an unreachable database is tried again while starting.
const RETRY: Duration = Duration::from_secs(1);

/// The operator that this process serves, and what its engines take.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    pub(crate) operator_id: String,
    /// Its public identity key.
    pub(crate) operator_key: String,
    /// Whether some engine is a cluster of stock servers.
    pub(crate) has_cluster: bool,
}

impl Installation {
    /// The largest account token that every engine takes.
    pub(crate) fn claims_bytes_max(&self) -> usize {
        match self.has_cluster {
            false => accounts::ACCOUNT_TOKEN_BYTES_MAX,
            true => mint::ACCOUNT_JWT_BYTES_MAX,
        }
    }
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database did not do what it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault key is not the one that the database was founded with.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database is empty although an operator exists.
    #[error(
        "the database is empty, but this data directory belongs to operator {operator}: \
         restore the database, or point database_url at the right one"
    )]
    Unfounded {
        /// The operator's public key.
        operator: String,
    },
    /// The database belongs to another operator.
    #[error(
        "the database belongs to operator {found}, but this data directory to {expected}: \
         point database_url at the right one"
    )]
    ForeignOperator {
        /// Whom the data directory belongs to.
        expected: String,
        /// Whom the database belongs to.
        found: String,
    },
    /// The operator JWT that was handed in is none.
    #[error("the operator JWT of this data directory cannot be read: restore it from your backup")]
    OperatorJwt(#[source] accounts::JwtError),
    /// The first-run token could not be written.
    #[error("write the admin token")]
    AdminToken(#[source] std::io::Error),
}

impl OpenError {
    fn is_outage(&self) -> bool {
        matches!(self, OpenError::Store(error) if error.is_outage())
    }
}

/// Whether requests can be served.
#[derive(Debug, Clone)]
pub(crate) enum Gate {
    /// Not yet, and why not.
    Closed(String),
    /// Yes.
    Open(Box<Installation>),
}

/// Migrates the database and checks that it belongs to this vault and to the operator whose JWT
/// the data plane runs with.
pub(crate) async fn load(
    db: &Db,
    vault: &Vault,
    operator_jwt: &str,
) -> Result<Installation, OpenError> {
    let expected = accounts::jwt::decode::<OperatorBody>(operator_jwt)
        .map_err(OpenError::OperatorJwt)?
        .sub;
    db.migrate().await?;
    let mut tx = db.write().await?;
    if let Some(canary) = store::foundation::vault_canary(&mut tx).await? {
        rotation::prepare::<OpenError>(&mut tx, vault, clock::now()).await?;
        vault.check_canary(&canary)?;
    }
    tx.commit().await?;
    let mut tx = db.read().await?;
    let has_cluster = store::engines::all(&mut tx)
        .await?
        .iter()
        .any(store::engines::EngineRow::is_cluster);
    match store::foundation::operator(&mut tx).await? {
        Some(operator) if operator.public_key != expected => Err(OpenError::ForeignOperator {
            expected,
            found: operator.public_key,
        }),
        Some(operator) => Ok(Installation {
            operator_id: operator.id,
            operator_key: operator.public_key,
            has_cluster,
        }),
        None => Err(OpenError::Unfounded { operator: expected }),
    }
}

/// Opens the gate: at once when the database answers, else as soon as it does. Fails only for
/// what waiting cannot mend.
pub(crate) async fn open_gate(app: &App, gate: &watch::Sender<Gate>) -> Result<(), OpenError> {
    load(&app.db, &app.vault, &app.operator_jwt).await?;
    engine::enter(&app.db, &app.vault, &app.engine, &app.instance).await?;
    let installation = load(&app.db, &app.vault, &app.operator_jwt).await?;
    bootstrap::renew_admin_token(&app.db, &app.vault, &app.data_dir, clock::now()).await?;
    gate.send_replace(Gate::Open(Box::new(installation)));
    Ok(())
}

/// [`open_gate`] that gives up only for what waiting cannot mend.
pub(crate) async fn try_open_gate(
    app: &App,
    gate: &watch::Sender<Gate>,
) -> Result<bool, OpenError> {
    match open_gate(app, gate).await {
        Ok(()) => Ok(true),
        Err(error) if error.is_outage() => {
            gate.send_replace(Gate::Closed("the database is not reachable".to_owned()));
            Ok(false)
        }
        Err(error) => {
            gate.send_replace(Gate::Closed(error.to_string()));
            Err(error)
        }
    }
}

/// Keeps trying until the gate is open.
pub(crate) async fn keep_opening(
    app: &App,
    gate: &watch::Sender<Gate>,
    cancel: &CancellationToken,
) {
    tracing::warn!("the database is not reachable; the admin API waits for it");
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
        match try_open_gate(app, gate).await {
            Ok(true) => {
                tracing::info!("the database is reachable; the admin API is open");
                return;
            }
            Ok(false) => {}
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the admin API stays closed until this is mended and the process restarted"
                );
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_broker_takes_claims_above_a_megabyte() {
        let with = |has_cluster| {
            Installation {
                operator_id: String::new(),
                operator_key: String::new(),
                has_cluster,
            }
            .claims_bytes_max()
        };
        assert_eq!(with(false), 8 << 20);
        assert_eq!(with(true), 1_000_000);
    }
}
