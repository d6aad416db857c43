//! Renewal: a device shows the certificate that it has, over TLS that proves its key, and gets the
//! next one, for the same key or for a new one.

use accounts::claims::account::DeviceAnchor;
use accounts::devices::{Authorities, Device, DeviceError, name_in, user_key};
use accounts::x509::chain::ChainError;
use data_encoding::{BASE64, HEXLOWER};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Asked, Desk, Outcome, Wish, refusals, tally};
use crate::app::App;
use crate::clock;
use crate::pki::CertificateRequest;
use crate::problem::Problem;
use crate::store::devices::{ACTIVE, CertificateRow, DeviceRow};
use crate::store::places::PlaceRow;
use crate::store::{self, Tx};

/// A device that asks again within this time gets the same answer: the one before got lost.
const LOST_ANSWER_SECONDS: i64 = 60;

/// Renews the certificate at the beginning of `chain`, whose key TLS has proven.
pub(crate) async fn renew(
    app: &App,
    chain: &[Vec<u8>],
    asked: Asked<'_>,
) -> Result<Outcome, Problem> {
    let outcome = try_renew(app, chain, asked).await;
    app.metrics.enrolments.count(tally::Way::Renewal, &outcome);
    outcome
}

fn refused(error: &DeviceError) -> Problem {
    let code = match error {
        DeviceError::Chain(ChainError::Expired) => "certificate_expired",
        _ => "certificate_refused",
    };
    Problem::not_let_in(
        code,
        format!("The certificate does not count: {error}. Enrol the device again."),
    )
}

async fn try_renew(app: &App, chain: &[Vec<u8>], asked: Asked<'_>) -> Result<Outcome, Problem> {
    app.installation()?;
    let leaf = chain.first().ok_or_else(no_certificate)?;
    let account = name_in(leaf).map_err(|error| refused(&error))?.account;
    let request = CertificateRequest::read(asked.request).map_err(refusals::request)?;
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let account_id = store::places::account_id(&mut tx, &account.to_string()).await?;
    let account_id =
        account_id.ok_or_else(|| refused(&DeviceError::Chain(ChainError::UnknownIssuer)))?;
    let (shown, place) = verify(&mut tx, &account_id, chain, now).await?;
    let device = known(&mut tx, &place, &shown, leaf).await?;
    let (mut tx, desk) = Desk::open(app, tx, place, asked).await?;
    let user = user_key(request.public_key()).to_string();
    desk.own_key(&mut tx, &device, &user).await?;
    let newest = store::devices::newest_certificate(&mut tx, &account_id, &user, now).await?;
    let is_lost =
        |it: &CertificateRow| it.kind == "renewed" && it.created_at > now - LOST_ANSWER_SECONDS;
    let certificate = match newest.filter(is_lost) {
        Some(certificate) => certificate,
        None => {
            let wish = Wish {
                device: &device,
                request: &request,
                user: &user,
                kind: "renewed",
            };
            let made = desk.issue(&mut tx, wish).await?;
            let deed = ("device.renew", &device);
            desk.note(&mut tx, deed, &shown.user.to_string()).await?;
            made
        }
    };
    desk.done(tx, device, certificate).await
}

fn no_certificate() -> Problem {
    Problem::not_let_in(
        "certificate_needed",
        "Renewal needs the device's certificate in the TLS connection, and its key.",
    )
}

/// Verifies the chain against the account's own authorities, with the grace that the role gives.
async fn verify(
    tx: &mut Tx,
    account_id: &str,
    chain: &[Vec<u8>],
    now: i64,
) -> Result<(Device, PlaceRow), Problem> {
    let trusted = store::device_authorities::trusted(tx, account_id, now).await?;
    let account = name_in(&chain[0]).map_err(|error| refused(&error))?.account;
    let anchors: Vec<DeviceAnchor> = trusted
        .iter()
        .map(|row| DeviceAnchor {
            certificate: BASE64.encode(&row.certificate),
            role: account,
        })
        .collect();
    let authorities = Authorities::compile(&anchors).map_err(|text| {
        tracing::error!("the account's authorities cannot be read: {text}");
        Problem::internal()
    })?;
    let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    let (verified, late) = match authorities.verify(&account, &chain, now) {
        Err(DeviceError::Chain(ChainError::Expired)) => {
            // As if it were in time: how late it is decides.
            let end = end_of(chain[0]).unwrap_or_default();
            let verified = authorities.verify(&account, &chain, end);
            (verified, now - end)
        }
        verified => (verified, 0),
    };
    let device = verified.map_err(|error| refused(&error))?;
    let is_its = |hash: &str| hash == HEXLOWER.encode(&device.authority);
    let authority = trusted.iter().find(|row| is_its(&row.fingerprint));
    let authority = authority.ok_or_else(Problem::internal)?;
    let place = store::places::of_role(tx, &authority.role_id).await?;
    if late > place.policy()?.grace_seconds {
        return Err(refused(&DeviceError::Chain(ChainError::Expired)));
    }
    Ok((device, place))
}

fn end_of(der: &[u8]) -> Option<i64> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

/// The device whose certificate it is; neither may have been revoked.
async fn known(
    tx: &mut Tx,
    place: &PlaceRow,
    shown: &Device,
    leaf: &[u8],
) -> Result<DeviceRow, Problem> {
    let account_id = &place.account_id;
    let revoked = || Problem::refused("certificate_revoked", "The certificate was revoked.");
    if place
        .everybody_until
        .is_some_and(|until| shown.not_before <= until)
    {
        return Err(revoked());
    }
    let user = shown.user.to_string();
    let id = store::devices::owner(tx, account_id, &user).await?;
    let id = id.ok_or_else(|| {
        Problem::refused(
            "device_unknown",
            "The device is not known any more: enrol it again.",
        )
    })?;
    let device = store::devices::lock(tx, &id).await?;
    let device = device.ok_or_else(Problem::internal)?;
    refusals::state(&device)?;
    let (_, certificate) = X509Certificate::from_der(leaf).map_err(|_| Problem::internal())?;
    let serial = HEXLOWER.encode(certificate.raw_serial());
    let is_revoked = store::devices::is_certificate_revoked(tx, account_id, &user, &serial).await?;
    if is_revoked || device.state != ACTIVE || device.name != shown.name {
        return Err(revoked());
    }
    Ok(device)
}
