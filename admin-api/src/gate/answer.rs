//! One question of a nats-server about one connection, and the answer.

use std::net::IpAddr;

use accounts::callout::AUDIENCE;
use accounts::claims::authorization::{AuthorizationRequestBody, ClientTls};
use accounts::devices::name_in;
use accounts::identity::{ConnectFacts, ConnectionType, Identity, Proof, admit_device};
use accounts::{AuthorizationResponseBody, Claims, Quotas, UserPermissionLimits, Zone};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::app::App;
use crate::claims::{policy_of, trust_of};
use crate::clock;
use crate::mint::{self, UserFacts};
use crate::store::accounts::AccountRow;
use crate::store::admissions::AdmissionRow;
use crate::store::{self, Scope};

/// Why a device is not let in; for the server's log.
type Refusal = String;

/// The answer to a question, or `None` for what is none.
pub(crate) async fn answer(app: &App, gate: &AccountRow, question: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(question).ok()?;
    let asked = accounts::jwt::decode::<AuthorizationRequestBody>(text).ok()?;
    if asked.aud.as_deref() != Some(AUDIENCE) || asked.sub != gate.public_key {
        return None;
    }
    let request = &asked.nats;
    let mut body = AuthorizationResponseBody::default();
    match admit(app, request).await {
        Ok(jwt) => body.jwt = jwt,
        Err(refusal) => {
            tracing::debug!(client.ip = request.client.host, "device refused: {refusal}");
            body.error = refusal;
        }
    }
    let mut claims = Claims::new(request.user_nkey, "", clock::now(), body);
    claims.aud = Some(request.server.id.to_string());
    match mint::callout_answer(&app.vault, gate, claims) {
        Ok(answer) => Some(answer),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the answer to an auth callout could not be made"
            );
            None
        }
    }
}

fn chain_of(tls: Option<&ClientTls>) -> Vec<Vec<u8>> {
    let Some(tls) = tls else {
        return Vec::new();
    };
    let shown = tls.verified_chains.first().unwrap_or(&tls.certs);
    let der = |pem: &String| CertificateDer::from_pem_slice(pem.as_bytes()).ok();
    shown
        .iter()
        .filter_map(der)
        .map(|der| der.to_vec())
        .collect()
}

/// How the client comes, as our own broker would have it.
fn connection_type(request: &AuthorizationRequestBody) -> ConnectionType {
    let client = &request.client;
    match (client.kind.as_str(), client.protocol.as_str()) {
        ("Leafnode", "websocket") => ConnectionType::LeafnodeWs,
        ("Leafnode", _) => ConnectionType::Leafnode,
        (_, "websocket") => ConnectionType::Websocket,
        (_, "mqtt") => ConnectionType::Mqtt,
        _ => ConnectionType::Standard,
    }
}

async fn admit(app: &App, request: &AuthorizationRequestBody) -> Result<String, Refusal> {
    let away = |error: store::StoreError| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "a device could not be looked up"
        );
        "the device could not be looked up: try again".to_owned()
    };
    let chain = chain_of(request.tls.as_ref());
    let leaf = chain.first().ok_or("there is no certificate")?;
    let name = name_in(leaf).map_err(|error| error.to_string())?;
    let now = clock::now();
    let mut tx = app.db.write().await.map_err(away)?;
    let key = name.account.to_string();
    let everywhere = Scope::default();
    let account = store::accounts::find(&mut tx, &everywhere, &key).await;
    let account = account.map_err(away)?.ok_or("there is no such account")?;
    let operator = store::foundation::the_operator(&mut tx).await;
    let trust = trust_of(&operator.map_err(away)?).map_err(away)?;
    let policy = policy_of(&account).map_err(away)?;
    let shown: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    let facts = ConnectFacts {
        now,
        proof: Proof::Nonce {
            nonce: &[],
            signature: None,
        },
        client_ip: request.client.host.parse::<IpAddr>().ok(),
        connection_type: connection_type(request),
        proxied: false,
        certificates: &shown,
        local_zone: &Zone::utc(),
    };
    let identity =
        admit_device(&trust, &policy, &shown, &facts).map_err(|error| error.to_string())?;
    let user_key = identity.user.to_string();
    let device = store::devices::active_owner(&mut tx, &account.id, &user_key).await;
    let device = device
        .map_err(away)?
        .ok_or("the device is not known, or not active")?;
    let jwt = user_jwt(app, &mut tx, &account, &identity, request).await?;
    let row = AdmissionRow {
        one_time_key: request.user_nkey.to_string(),
        account_id: account.id.clone(),
        device_id: device,
        user_key,
        admitted_at: now,
        expires_at: identity.expires_at.unwrap_or(now),
    };
    store::admissions::insert(&mut tx, &row)
        .await
        .map_err(away)?;
    let from = &request.client.host;
    let seen = store::devices::seen(&mut tx, &row.device_id, now, from);
    seen.await.map_err(away)?;
    tx.commit().await.map_err(away)?;
    Ok(jwt)
}

/// The user that the connection becomes: of the device's name and role, for the server's own key.
async fn user_jwt(
    app: &App,
    tx: &mut store::Tx,
    account: &AccountRow,
    identity: &Identity,
    request: &AuthorizationRequestBody,
) -> Result<String, Refusal> {
    let failed = |error: mint::MintError| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a device's user could not be made"
        );
        "the device's user could not be made".to_owned()
    };
    let roles = store::account_roles::of_account(tx, &account.id).await;
    let roles = roles.map_err(|error| failed(error.into()))?;
    let issuer = identity.issuer.to_string();
    let role = roles.iter().find(|role| role.signing_key == issuer);
    let role = role.ok_or("the device's role is no more")?;
    let facts = UserFacts {
        public_key: request.user_nkey,
        name: &identity.name,
        rights: UserPermissionLimits::default(),
        quotas: Quotas::default(),
        require_certificate: false,
        tags: Vec::new(),
        issued_at: clock::now(),
        expires_at: identity.expires_at.unwrap_or_default(),
    };
    mint::user(&app.vault, account, Some(role), facts).map_err(failed)
}
