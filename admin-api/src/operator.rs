//! The operator: its claims, who is told of them, and the rotation of its signing key.
//!
//! A rotation goes from stage to stage, and each is in the database, so that any process goes on:
//! *trusting* until every server of every engine trusts both keys, *signing* until the new key has
//! signed every account, *pushing* until every engine holds those, *retiring* until nobody trusts
//! the old key any more. The identity key signs all forms of the claims when it begins; it is not
//! kept, and not needed again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use accounts::{Claims, KeyKind, KeyPair, OperatorBody, PublicKey};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::claims::republish;
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::mint::{self, MintError};
use crate::store::foundation::OperatorRow;
use crate::store::operators::RotationRow;
use crate::store::{self, StoreError};
use crate::vault::{Purpose, Vault};

/// How often it is looked whether the next stage may begin, and whether the claims have changed.
const EVERY: Duration = Duration::from_secs(1);
/// Accounts that are read at a time to be signed anew.
const ROUND: i64 = 100;

/// What the data plane of this process has to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// The operator's claims.
    pub operator_jwt: String,
    /// The system account's claims, signed by a key that is among them.
    pub system_account_jwt: String,
}

/// Tells the data plane of this process whom to trust from now on; it may say why it cannot.
type Tell = dyn Fn(&Trusted) -> Result<(), String> + Send + Sync;

/// Who is told when the operator's claims have changed.
#[derive(Clone)]
pub struct OnOperator(Arc<Tell>);

impl OnOperator {
    /// Calls `tell` with every change, and once at the start.
    pub fn new(tell: impl Fn(&Trusted) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Nobody: there is no data plane here.
    pub fn nobody() -> Self {
        Self::new(|_| Ok(()))
    }
}

impl fmt::Debug for OnOperator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnOperator").finish_non_exhaustive()
    }
}

/// What the operator's row says.
pub(crate) fn claims(row: &OperatorRow) -> Result<Claims<OperatorBody>, StoreError> {
    accounts::jwt::decode(&row.jwt).map_err(|_| StoreError::corrupt("operators.jwt", &row.id))
}

/// The operator's identity key, if this is its seed.
pub(crate) fn identity(row: &OperatorRow, seed: &str) -> Option<KeyPair> {
    let pair = KeyPair::from_seed(seed.trim()).ok()?;
    (pair.public().to_string() == row.public_key).then_some(pair)
}

/// Begins a rotation: a new key, and the claims for every stage of it.
pub(crate) fn rotation(
    vault: &Vault,
    row: &OperatorRow,
    identity: &KeyPair,
    now: i64,
) -> Result<RotationRow, MintError> {
    let claims = claims(row)?;
    let id = new_id(IdKind::OperatorRotation);
    let new = mint::new_sealed_key(vault, KeyKind::Operator, Purpose::OperatorRotation, &id);
    let old = PublicKey::parse_as(&row.signing_key, KeyKind::Operator)?;
    let with = |keys: Vec<PublicKey>| {
        let body = OperatorBody {
            signing_keys: keys,
            ..claims.nats.clone()
        };
        mint::operator(identity, &row.name, body, now)
    };
    let others = claims.nats.signing_keys.iter().copied();
    let others: Vec<PublicKey> = others.filter(|key| *key != old).collect();
    let both = match old == identity.public() {
        // It needs no mention.
        true => vec![new.public],
        false => vec![old, new.public],
    };
    Ok(RotationRow {
        id,
        operator_id: row.id.clone(),
        old_key: row.signing_key.clone(),
        new_key: new.public.to_string(),
        new_seed: Some(new.seed),
        jwt_old: row.jwt.clone(),
        jwt_both: with([both, others.clone()].concat())?,
        jwt_new: with([&[new.public], others.as_slice()].concat())?,
        stage: "trusting".to_owned(),
        started_at: now,
        stage_at: now,
        finished_at: None,
    })
}

/// Looks after the operator until cancelled.
pub(crate) async fn run(app: Arc<App>, tell: OnOperator, cancel: CancellationToken) {
    let mut told = None;
    let work = async {
        loop {
            if app.installation().is_ok()
                && let Err(error) = keep(&app, &tell, &mut told).await
            {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the operator was not looked after"
                );
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    cancel.run_until_cancelled(work).await;
}

/// One round.
async fn keep(
    app: &App,
    tell: &OnOperator,
    told: &mut Option<(String, String)>,
) -> Result<(), MintError> {
    let mut tx = app.db.read().await?;
    let operator = store::foundation::the_operator(&mut tx).await?;
    let rotation = store::operators::open_rotation(&mut tx).await?;
    let system = store::accounts::system(&mut tx).await?;
    drop(tx);
    if let Some(system) = system {
        // Other changes of the system account are the reconciler's.
        let state = (operator.jwt.clone(), operator.signing_key.clone());
        if told.as_ref() != Some(&state) {
            let trusted = Trusted {
                operator_jwt: operator.jwt.clone(),
                system_account_jwt: system.jwt,
            };
            match (tell.0)(&trusted) {
                Ok(()) => *told = Some(state),
                Err(reason) => tracing::error!(reason, "the operator's claims were not taken"),
            }
        }
    }
    let Some(rotation) = rotation else {
        return Ok(());
    };
    if rotation.stage != "trusting" {
        sign_anew(app, &operator.signing_key).await?;
    }
    advance(app, &operator, &rotation).await
}

/// Mints the claims that another key than the operator's present one has signed.
async fn sign_anew(app: &App, key: &str) -> Result<(), MintError> {
    let Ok(installation) = app.installation() else {
        return Ok(());
    };
    let mut after = String::new();
    loop {
        let mut tx = app.db.read().await?;
        let ids = store::operators::accounts_of_others(&mut tx, key, &after, ROUND).await?;
        drop(tx);
        let Some(last) = ids.last() else {
            return Ok(());
        };
        after.clone_from(last);
        for id in &ids {
            let mut tx = app.db.write().await?;
            if !store::operators::lock_of_other(&mut tx, id, key).await? {
                continue;
            }
            let Some(mut account) = store::accounts::by_id(&mut tx, id).await? else {
                continue;
            };
            let now = clock::now();
            let minted = republish(&mut tx, &app.vault, &installation, &mut account, now).await;
            match minted {
                Ok(()) => tx.commit().await?,
                // The others can go on; this one holds the rotation up.
                Err(error) => tracing::error!(
                    account.id = id,
                    error = &error as &dyn std::error::Error,
                    "an account cannot be signed with the operator's new key"
                ),
            }
        }
        app.reconciler.push_soon();
    }
}

/// Begins the next stage, if nothing is left to do in this one.
async fn advance(
    app: &App,
    operator: &OperatorRow,
    rotation: &RotationRow,
) -> Result<(), MintError> {
    let now = clock::now();
    let mut tx = app.db.write().await?;
    // Whoever mints meanwhile, and other processes here, take turns.
    store::foundation::lock_sharing(&mut tx, now).await?;
    let engines = store::operators::trusts(&mut tx).await?;
    let (accounts, signed) = store::operators::signed_by(&mut tx, &rotation.new_key).await?;
    let id = rotation.id.as_str();
    let next = match rotation.stage.as_str() {
        "trusting" if engines.iter().all(|engine| engine.has(&rotation.new_key)) => "signing",
        "signing" if accounts == signed => "pushing",
        "pushing" if accounts == signed && store::operators::count_behind(&mut tx).await? == 0 => {
            "retiring"
        }
        "retiring" if accounts == signed && !engines.iter().any(|it| it.has(&rotation.old_key)) => {
            "done"
        }
        _ => return Ok(()),
    };
    if !store::operators::set_stage(&mut tx, id, (&rotation.stage, next), now).await? {
        return Ok(());
    }
    if next == "signing" {
        let sealed = rotation.new_seed.as_deref().unwrap_or_default();
        let purpose = Purpose::OperatorRotation;
        let seed = app.vault.open_sealed(purpose, id, sealed)?;
        let purpose = Purpose::OperatorSigning;
        let sealed = app.vault.seal(purpose, &operator.id, &seed);
        let key = &rotation.new_key;
        store::operators::set_signer(&mut tx, &operator.id, key, &sealed, now).await?;
    }
    if next == "retiring" {
        let jwt = &rotation.jwt_new;
        store::operators::set_claims(&mut tx, &operator.id, &operator.name, jwt, now).await?;
    }
    tx.commit().await?;
    tracing::info!(stage = next, "the operator's signing key is being changed");
    Ok(())
}
