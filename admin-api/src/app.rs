//! What every request handler can reach.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::auth::oidc::Discovery;
use crate::auth::password::Passwords;
use crate::engine::Engine;
use crate::enrol::authorities::fingerprint;
use crate::events::Bell;
use crate::http::{Door, Onboarding, Rates, RevocationLists};
use crate::installation::{Gate, Installation};
use crate::metrics::Metrics;
use crate::pki::Revocation;
use crate::problem::Problem;
use crate::reconciler;
use crate::store::Db;
use crate::vault::Vault;

/// How long an answer waits for the engine before it says `live: false`.
pub(crate) const LIVE_WAIT: Duration = Duration::from_secs(2);

/// Event streams at a time.
pub(crate) const STREAMS_MAX: usize = 256;

/// The state of the admin API.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) vault: Vault,
    /// Whether a copy of the data directory is a copy of the vault key, too.
    pub(crate) is_key_beside_data: bool,
    pub(crate) passwords: Passwords,
    pub(crate) discovery: Discovery,
    pub(crate) data_dir: PathBuf,
    pub(crate) operator_jwt: String,
    pub(crate) nats_url: String,
    pub(crate) server_name: String,
    pub(crate) version: String,
    pub(crate) gate: watch::Receiver<Gate>,
    pub(crate) reconciler: reconciler::Handle,
    pub(crate) bell: Bell,
    /// Wakes whoever works on operations.
    pub(crate) queue: Notify,
    /// Places for event streams.
    pub(crate) streams: Arc<Semaphore>,
    /// Ends what would go on for ever.
    pub(crate) closing: CancellationToken,
    pub(crate) door: Door,
    /// How devices get in, unless that is off.
    pub(crate) onboarding: Option<Onboarding>,
    /// Private networks that webhooks may lead to.
    pub(crate) webhook_networks: Vec<IpNet>,
    pub(crate) rates: Rates,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) revocation_lists: RevocationLists,
    /// How devices reach the onboarding listener, where there is one.
    pub(crate) onboarding_url: Option<String>,
    /// What this process was started with.
    pub(crate) engine: Engine,
    /// Names this process for as long as its data directory lives.
    pub(crate) instance: String,
}

impl App {
    /// What a device needs to enrol with a token, as a link that fits into a QR code.
    pub(crate) fn enrolment_link(&self, token: &str) -> Option<String> {
        let base = self.onboarding_url.as_deref()?;
        let roots = self.onboarding.as_ref().map(|it| it.server_roots.borrow());
        let root = roots.as_ref().and_then(|roots| roots.first());
        let root = root.map(|root| format!("&root={}", fingerprint(root)));
        Some(format!(
            "{base}/enroll#token={token}{}",
            root.unwrap_or_default()
        ))
    }

    /// What devices connect to with their certificate.
    pub(crate) fn device_nats_url(&self) -> &str {
        let own = self
            .onboarding
            .as_ref()
            .and_then(|it| it.nats_url.as_deref());
        own.unwrap_or(&self.nats_url)
    }

    /// Where it is told which certificates of an authority are revoked.
    pub(crate) fn revocation_of(&self, authority_id: &str) -> Option<Revocation> {
        let base = self.onboarding_url.as_deref()?;
        Some(Revocation {
            list: format!("{base}/crl/{authority_id}.crl"),
            answers: format!("{base}/ocsp/{authority_id}"),
        })
    }

    /// The installation, or 503 while the database was never reachable since the start.
    pub(crate) fn installation(&self) -> Result<Installation, Problem> {
        match &*self.gate.borrow() {
            Gate::Open(installation) => {
                let mut installation = (**installation).clone();
                installation.has_cluster |= self.reconciler.has_cluster();
                Ok(installation)
            }
            Gate::Closed(_) => Err(Problem::unavailable("The database is not reachable.")),
        }
    }
}
