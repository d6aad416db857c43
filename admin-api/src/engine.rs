//! The engine that this process was started with enters the table of engines.

use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::store::engines::{CLUSTER, EMBEDDED, EngineRow, LOCAL};
use crate::store::{self, Db, StoreError, Tx};
use crate::vault::{Purpose, Vault};

/// The name of the cluster that the configuration names.
const CONFIGURED: &str = "cluster";
/// So much of an instance's id tells its broker's name from others.
const INSTANCE_CHARS: usize = 8;

/// What this process drives.
#[derive(Debug, Clone)]
pub enum Engine {
    /// The broker inside this process.
    Embedded {
        /// The private listener of the system account, for example `nats://127.0.0.1:40123`.
        system_url: String,
    },
    /// A cluster of nats-servers that runs elsewhere and trusts our operator.
    Cluster {
        /// Where its servers are, for example `nats://10.0.0.1,nats://10.0.0.2`.
        urls: String,
        /// A creds file of its system account, where that is not ours.
        creds: Option<String>,
    },
}

impl Engine {
    /// The embedded broker's listener for us.
    pub(crate) fn system_url(&self) -> Option<&str> {
        match self {
            Self::Embedded { system_url } => Some(system_url),
            Self::Cluster { .. } => None,
        }
    }
}

/// Enters the engine, or finds it as it was left.
pub(crate) async fn enter(
    db: &Db,
    vault: &Vault,
    engine: &Engine,
    instance: &str,
) -> Result<(), StoreError> {
    let mut tx = db.write().await?;
    match engine {
        Engine::Embedded { .. } => enter_broker(&mut tx, instance).await?,
        Engine::Cluster { urls, creds } => {
            enter_cluster(&mut tx, vault, urls, creds.as_deref()).await?;
        }
    }
    tx.commit().await
}

async fn enter_broker(tx: &mut Tx, instance: &str) -> Result<(), StoreError> {
    if store::engines::claim_embedded(tx, instance)
        .await?
        .is_some()
    {
        return Ok(());
    }
    let is_first = store::engines::find(tx, LOCAL).await?.is_none();
    let end: String = instance.chars().take(INSTANCE_CHARS).collect();
    let row = EngineRow {
        id: new_id(IdKind::Engine),
        name: match is_first {
            true => LOCAL.to_owned(),
            false => format!("{LOCAL}-{end}"),
        },
        kind: EMBEDDED.to_owned(),
        instance: Some(instance.to_owned()),
        urls: None,
        ca: None,
        creds: None,
        version: 1,
        created_at: clock::now(),
    };
    store::engines::insert(tx, &row).await
}

async fn enter_cluster(
    tx: &mut Tx,
    vault: &Vault,
    urls: &str,
    creds: Option<&str>,
) -> Result<(), StoreError> {
    let seal = |id: &str| creds.map(|text| vault.seal(Purpose::EngineCreds, id, text.as_bytes()));
    let Some(mut known) = store::engines::find(tx, CONFIGURED).await? else {
        let id = new_id(IdKind::Engine);
        let row = EngineRow {
            creds: seal(&id),
            id,
            name: CONFIGURED.to_owned(),
            kind: CLUSTER.to_owned(),
            instance: None,
            urls: Some(urls.to_owned()),
            ca: None,
            version: 1,
            created_at: clock::now(),
        };
        return store::engines::insert(tx, &row).await;
    };
    let open = |sealed: &Vec<u8>| {
        vault
            .open_sealed(Purpose::EngineCreds, &known.id, sealed)
            .ok()
    };
    let held = known.creds.as_ref().and_then(open);
    if known.urls.as_deref() == Some(urls)
        && held.as_deref().map(Vec::as_slice) == creds.map(str::as_bytes)
    {
        return Ok(());
    }
    known.urls = Some(urls.to_owned());
    known.creds = seal(&known.id);
    store::engines::set_reach(tx, &known).await.map(|_| ())
}
