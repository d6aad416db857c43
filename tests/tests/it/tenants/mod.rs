//! Operator mode: who gets in, what they may do, what crosses between tenants, and what a new
//! claim changes for those who are connected. Credentials are minted here; no API is involved.

mod advisories;
mod boundaries;
mod callout;
mod chains;
mod claims;
mod conditions;
mod devices;
mod events;
mod explain;
mod isolation;
mod latency;
mod limits;
mod login;
mod mappings;
mod operators;
mod permissions;
mod proxies;
mod quotas;
mod reload;
mod resolvers;
mod revocations;
mod roles;
mod scale;
mod services;
pub(crate) mod sharing;
mod sharing_names;
mod system;

use accounts::{ExportClaim, ImportClaim, ShareKind};
use anyhow::{Context as _, Result};
use tests::mint::{Operator, Tenant, User};
use tests::wait::eventually;
use tests::{Broker, Which, Wire};

/// A broker in operator mode with these tenants, known from memory.
fn broker_with(which: Which, operator: &Operator, tenants: &[&Tenant]) -> Result<Broker> {
    Broker::start(which, &operator.memory_config(tenants))
}

/// An export of `tenant`, for the caller to say more about.
fn export<'a>(tenant: &'a mut Tenant, kind: ShareKind, subject: &str) -> &'a mut ExportClaim {
    tenant.body.exports.push(ExportClaim::new(kind, subject));
    tenant.body.exports.last_mut().expect("just pushed")
}

/// An import of `exporter`'s `subject` under the name `local` (empty: the same name), for the
/// caller to say more about.
fn import<'a>(
    tenant: &'a mut Tenant,
    exporter: &Tenant,
    kind: ShareKind,
    (subject, local): (&str, &str),
) -> &'a mut ImportClaim {
    let mut import = ImportClaim::new(kind, exporter.public(), subject);
    import.name = subject.to_owned();
    import.local_subject = local.to_owned();
    tenant.body.imports.push(import);
    tenant.body.imports.last_mut().expect("just pushed")
}

/// Sends a request and returns the reply subject that its one responder was given.
async fn asked(requester: &mut Wire, subject: &str, responder: &mut Wire) -> Result<String> {
    requester.request(subject, "inbox", "?").await?;
    let request = responder.message().await?;
    request.reply.context("a request without a reply subject")
}

/// Sends a request that reaches nobody: the requester is told so at once.
async fn asked_in_vain(requester: &mut Wire, subject: &str) -> Result<()> {
    requester.request(subject, "inbox", "?").await?;
    let headers = requester.message().await?.headers.unwrap_or_default();
    anyhow::ensure!(headers.starts_with("NATS/1.0 503"), "answered {headers:?}");
    Ok(())
}

/// A connection of the system account that puts claims into the broker.
pub(crate) struct Pusher {
    wire: Wire,
}

impl Pusher {
    pub(crate) async fn new(broker: &Broker, operator: &Operator) -> Result<Self> {
        let user = operator.system.user("pusher");
        Self::over(Wire::login(broker.addr(), &user).await?).await
    }

    /// One that goes over a connection of the system account.
    async fn over(mut wire: Wire) -> Result<Self> {
        wire.subscribe("_INBOX.push", "push").await?;
        Ok(Self { wire })
    }

    /// Sends a request to the system services and returns the first answer.
    async fn ask(&mut self, subject: &str, body: &str) -> Result<Vec<u8>> {
        self.wire.request(subject, "_INBOX.push", body).await?;
        Ok(self.wire.message().await?.payload)
    }

    /// The same, for answers in JSON.
    async fn ask_json(&mut self, subject: &str, body: &str) -> Result<serde_json::Value> {
        Ok(serde_json::from_slice(&self.ask(subject, body).await?)?)
    }

    /// Pushes the tenant's claims as they stand; they must be taken.
    pub(crate) async fn push(&mut self, operator: &Operator, tenant: &Tenant) -> Result<()> {
        let answer = self.push_jwt(&operator.account_jwt(tenant)).await?;
        anyhow::ensure!(
            answer["data"]["code"] == 200,
            "the push was answered {answer}"
        );
        Ok(())
    }

    pub(crate) async fn push_jwt(&mut self, jwt: &str) -> Result<serde_json::Value> {
        self.ask_json("$SYS.REQ.CLAIMS.UPDATE", jwt).await
    }
}

/// Waits until a login with these credentials is refused.
async fn login_is_refused(broker: &Broker, user: &User) -> Result<String> {
    eventually("the login to be refused", async || {
        Ok(Wire::try_login(broker.addr(), user).await?.err())
    })
    .await
}
