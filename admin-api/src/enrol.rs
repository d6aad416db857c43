//! Enrolment: from a token, or a certificate that the account takes for one, and a request with a
//! proof of possession to a certificate; and from that to the next.
//!
//! One transaction per device, without the account's lock: the authorities stand in the account's
//! claims already, so nothing has to reach a broker before the device connects. A token, or a
//! certificate of others, belongs to the first key that comes with it; that key may ask again.

use std::net::IpAddr;

use accounts::PublicKey;
use accounts::devices::{DeviceName, user_key};
use data_encoding::HEXLOWER;
use ipnet::IpNet;

use crate::app::App;
use crate::clock;
use crate::devices::{Pattern, Policy};
use crate::ids::{IdKind, new_id};
use crate::pki::CertificateRequest;
use crate::problem::Problem;
use crate::store::device_authorities::AuthorityRow;
use crate::store::devices::{ACTIVE, CertificateRow, DeviceRow, PENDING};
use crate::store::enrolments::EnrolmentTokenRow;
use crate::store::places::PlaceRow;
use crate::store::{self, StoreError, Tx};
use crate::token::{Token, TokenKind};
use crate::trail;

pub(crate) mod authorities;
mod foreign;
mod refusals;
mod renewal;
pub(crate) mod tally;

pub(crate) use foreign::with_foreign;
pub(crate) use renewal::renew;

/// How long a device that waits for approval is told to wait before it asks again.
const RETRY_AFTER_SECONDS: u64 = 30;

/// What a device sends, and from where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The request, in any of its forms.
    pub(crate) request: &'a [u8],
    /// The name that the device wishes for.
    pub(crate) name: Option<&'a str>,
    pub(crate) ip: IpAddr,
    pub(crate) request_id: &'a str,
    /// The key was made here, for a device that cannot make one.
    pub(crate) is_key_ours: bool,
}

/// What a device gets.
#[derive(Debug)]
pub(crate) enum Outcome {
    Issued(Box<Issued>),
    /// Somebody has to approve it.
    Pending {
        device: Box<DeviceRow>,
        retry_after: u64,
    },
}

/// A certificate, and what belongs to it.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) device: DeviceRow,
    pub(crate) certificate: CertificateRow,
    /// The authority that signed it, in DER form.
    pub(crate) issuer: Vec<u8>,
    /// The account's nkey.
    pub(crate) account_key: String,
}

/// Enrols a device with a token. `account` is the tenant of the path, where it names one.
pub(crate) async fn with_token(
    app: &App,
    token: &str,
    account: Option<&str>,
    asked: Asked<'_>,
) -> Result<Outcome, Problem> {
    let outcome = try_with_token(app, token, account, asked).await;
    app.enrolments.count(tally::Way::Token, &outcome);
    outcome
}

async fn try_with_token(
    app: &App,
    token: &str,
    account: Option<&str>,
    asked: Asked<'_>,
) -> Result<Outcome, Problem> {
    app.installation()?;
    let token = Token::parse(token.trim(), &[TokenKind::Enrolment]);
    let token = token.ok_or_else(refusals::unknown_token)?;
    let request = CertificateRequest::read(asked.request).map_err(refusals::request)?;
    let hash = app.vault.hash_token(token.expose());
    let mut tx = app.db.write().await?;
    let row = store::enrolments::by_hash(&mut tx, &hash).await?;
    let row = row
        .filter(|row| row.revoked_at.is_none())
        .ok_or_else(refusals::unknown_token)?;
    let place = store::places::of_role(&mut tx, &row.role_id).await?;
    if account.is_some_and(|named| !place.is_called(named)) {
        return Err(refusals::unknown_token());
    }
    check_networks(row.cidrs.as_deref(), asked.ip)?;
    let newcomer = Newcomer {
        source: &row.id,
        origin: None,
        pattern: &row.pattern,
        approval: row.approval,
        tags: &row.tags,
        token: Some(&row),
    };
    enrol(app, tx, place, newcomer, &request, asked).await
}

/// Where a device comes from, and what that lets it be.
#[derive(Debug, Clone, Copy)]
struct Newcomer<'a> {
    /// The token or the authority of others.
    source: &'a str,
    /// What tells it apart from others of the same source: its new key when absent.
    origin: Option<&'a str>,
    pattern: &'a str,
    approval: bool,
    tags: &'a str,
    token: Option<&'a EnrolmentTokenRow>,
}

/// The common way of all newcomers: known already, or new; then it waits, or gets a certificate.
async fn enrol(
    app: &App,
    mut tx: Tx,
    place: PlaceRow,
    newcomer: Newcomer<'_>,
    request: &CertificateRequest,
    asked: Asked<'_>,
) -> Result<Outcome, Problem> {
    check_place(&place)?;
    let (policy, _) = Policy::of(&mut tx, &place.role_id).await?;
    if asked.is_key_ours {
        refusals::server_key(policy.server_keys, newcomer.approval || policy.approval)?;
    }
    let now = clock::now();
    let (mut tx, authority) = authorities::ready(app, tx, &place, &policy, now).await?;
    let user = user_key(request.public_key()).to_string();
    let origin = newcomer.origin.unwrap_or(&user);
    let known = store::enrolments::device_of(&mut tx, newcomer.source, origin).await?;
    let (device, is_new) = match known {
        Some(id) => (store::devices::lock(&mut tx, &id).await?, false),
        None => (
            Some(admit(&mut tx, &place, newcomer, &user, &policy, asked, now).await?),
            true,
        ),
    };
    let device = device.ok_or_else(Problem::internal)?;
    refusals::state(&device)?;
    let owns = store::devices::own_key(&mut tx, (&place.account_id, &device.id), &user, now);
    if !owns.await? {
        return Err(refusals::key_taken());
    }
    if is_new {
        let bound = (newcomer.source, origin);
        store::enrolments::bind(&mut tx, bound, &place.account_id, &device.id, now).await?;
    }
    if device.state == PENDING {
        if is_new {
            note(
                &mut tx,
                &place,
                ("device.request", &device),
                &newcomer,
                asked,
            )
            .await?;
        }
        tx.commit().await?;
        app.bell.ring();
        return Ok(Outcome::Pending {
            device: Box::new(device),
            retry_after: RETRY_AFTER_SECONDS,
        });
    }
    let account_id = &place.account_id;
    let given = store::devices::newest_certificate(&mut tx, account_id, &user, now).await?;
    let certificate = match given {
        Some(certificate) => certificate,
        None => {
            let wish = Wish {
                device: &device,
                request,
                user: &user,
                kind: "enrolled",
            };
            let made = issue(app, &mut tx, &place, &policy, &authority, wish, now).await?;
            note(
                &mut tx,
                &place,
                ("device.enroll", &device),
                &newcomer,
                asked,
            )
            .await?;
            made
        }
    };
    let from = asked.ip.to_string();
    store::devices::seen(&mut tx, &device.id, now, &from).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(issued(device, certificate, authority, place))
}

fn issued(
    device: DeviceRow,
    certificate: CertificateRow,
    authority: AuthorityRow,
    place: PlaceRow,
) -> Outcome {
    Outcome::Issued(Box::new(Issued {
        device,
        certificate,
        issuer: authority.certificate,
        account_key: place.account_key,
    }))
}

/// Whether the account and the role take devices now.
fn check_place(place: &PlaceRow) -> Result<(), Problem> {
    match place.is_open() {
        true => Ok(()),
        false => Err(Problem::refused(
            "closed",
            "The account is suspended, or the role is disabled: its devices are out for now.",
        )),
    }
}

fn check_networks(networks: Option<&str>, ip: IpAddr) -> Result<(), Problem> {
    let Some(networks) = networks else {
        return Ok(());
    };
    let mut networks = networks
        .split(' ')
        .filter_map(|it| it.parse::<IpNet>().ok());
    match networks.any(|network| network.contains(&ip)) {
        true => Ok(()),
        false => Err(Problem::refused(
            "address_not_allowed",
            format!("The token is not for use from {ip}."),
        )),
    }
}

/// Stores a device that nobody has seen before.
async fn admit(
    tx: &mut Tx,
    place: &PlaceRow,
    newcomer: Newcomer<'_>,
    user: &str,
    policy: &Policy,
    asked: Asked<'_>,
    now: i64,
) -> Result<DeviceRow, Problem> {
    if let Some(token) = newcomer.token
        && !store::enrolments::use_once(tx, &token.id, now).await?
    {
        return Err(match token.expires_at <= now {
            true => Problem::refused("token_expired", "The token has expired: ask for another."),
            false => Problem::refused(
                "token_used",
                "The token is used up: another key came with it. Ask for a token of your own.",
            ),
        });
    }
    let corrupt = || StoreError::corrupt("enrolment_tokens.pattern", newcomer.source);
    let pattern = Pattern::parse(newcomer.pattern).ok_or_else(corrupt)?;
    let name = pattern
        .name(asked.name, user)
        .map_err(|text| Problem::invalid("/name", text))?;
    let state = match newcomer.approval || policy.approval {
        true => PENDING,
        false => ACTIVE,
    };
    let row = DeviceRow {
        id: new_id(IdKind::Device),
        account_id: place.account_id.clone(),
        role_id: place.role_id.clone(),
        name,
        description: String::new(),
        state: state.to_owned(),
        tags: newcomer.tags.to_owned(),
        source: newcomer.source.to_owned(),
        expires_at: 0,
        seen_at: now,
        seen_from: Some(asked.ip.to_string()),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    store::devices::insert(tx, &row)
        .await
        .map_err(refusals::name_taken)?;
    Ok(row)
}

/// What a certificate is to be for.
#[derive(Debug, Clone, Copy)]
struct Wish<'a> {
    device: &'a DeviceRow,
    request: &'a CertificateRequest,
    user: &'a str,
    /// `enrolled` or `renewed`.
    kind: &'a str,
}

/// Signs a certificate and stores it.
async fn issue(
    app: &App,
    tx: &mut Tx,
    place: &PlaceRow,
    policy: &Policy,
    authority: &AuthorityRow,
    wish: Wish<'_>,
    now: i64,
) -> Result<CertificateRow, Problem> {
    // One that begins in the second of a revocation of everybody, or before, is refused.
    let revoked = store::places::everybody_until(tx, &place.account_id).await?;
    let not_before = revoked.map_or(now, |at| now.max(at + 1));
    let not_after = authority
        .not_after
        .min(not_before + policy.certificate_seconds);
    let account = PublicKey::parse(&place.account_key).map_err(|_| Problem::internal())?;
    let name = DeviceName::new(account, &wish.device.name).map_err(|_| Problem::internal())?;
    let signer = authorities::open(app, authority)?;
    let list = app.revocation_list_url(&authority.id);
    let issued = signer
        .issue(
            &name,
            wish.request,
            (not_before, not_after),
            list.as_deref(),
        )
        .map_err(refusals::signing)?;
    let row = CertificateRow {
        id: new_id(IdKind::DeviceCertificate),
        account_id: place.account_id.clone(),
        device_id: wish.device.id.clone(),
        authority_id: authority.id.clone(),
        serial: HEXLOWER.encode(&issued.serial),
        user_key: wish.user.to_owned(),
        kind: wish.kind.to_owned(),
        certificate: issued.certificate,
        not_before,
        not_after,
        revoked_at: None,
        created_at: now,
    };
    store::devices::insert_certificate(tx, &row).await?;
    Ok(row)
}

/// Writes the audit row of what a device did by itself.
async fn note(
    tx: &mut Tx,
    place: &PlaceRow,
    (action, device): (&str, &DeviceRow),
    newcomer: &Newcomer<'_>,
    asked: Asked<'_>,
) -> Result<(), StoreError> {
    let after = serde_json::json!({
        "name": device.name, "role": device.role_id, "state": device.state,
    });
    let mut row = trail::system_entry(action, &device.id, &after);
    row.org_id = Some(place.org_id.clone());
    row.account_id = Some(place.account_id.clone());
    row.actor.clone_from(&device.id);
    row.credential_id = Some(newcomer.source.to_owned());
    row.request_id = Some(asked.request_id.to_owned());
    row.client_ip = Some(asked.ip.to_string());
    let entry = trail::append(tx, row).await?;
    store::events::enqueue(tx, &entry.id).await
}
