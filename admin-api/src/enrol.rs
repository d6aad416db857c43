//! Enrolment: from a token, or a certificate that the account takes for one, and a request with a
//! proof of possession to a certificate; and from that to the next.
//!
//! One transaction per device, without the account's lock: the authorities stand in the account's
//! claims already, so nothing has to reach a broker before the device connects. A token, or a
//! certificate of others, belongs to the first key that comes with it; that key may ask again.
//!
//! Devices come by the thousand, and all of an account write to one audit chain. So everything is
//! read and signed before a newcomer's transaction begins, and that has few steps.

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
use crate::store::enrolments::{Arrival, EnrolmentTokenRow};
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
    pub(crate) trace_id: Option<&'a str>,
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
    app.metrics.enrolments.count(tally::Way::Token, &outcome);
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
    let mut tx = app.db.look_up().await?;
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
    let (tx, desk) = Desk::open(app, tx, place, asked).await?;
    desk.enrol(tx, newcomer, &request).await
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

/// Where a device is served: its account and role, and who signs there.
#[derive(Debug)]
struct Desk<'a> {
    app: &'a App,
    place: PlaceRow,
    policy: Policy,
    authority: AuthorityRow,
    asked: Asked<'a>,
    now: i64,
}

impl<'a> Desk<'a> {
    /// Takes up a place that takes devices now, with a transaction to go on in: `tx`, or another
    /// one that writes, too.
    async fn open(
        app: &'a App,
        tx: Tx,
        place: PlaceRow,
        asked: Asked<'a>,
    ) -> Result<(Tx, Self), Problem> {
        if !place.is_open() {
            return Err(refusals::closed());
        }
        let policy = place.policy()?;
        let now = clock::now();
        let (tx, authority) = authorities::ready(app, tx, &place, &policy, now).await?;
        let desk = Self {
            app,
            place,
            policy,
            authority,
            asked,
            now,
        };
        Ok((tx, desk))
    }

    /// The common way of all newcomers: known already, or new; then it waits, or gets a
    /// certificate.
    async fn enrol(
        self,
        mut tx: Tx,
        newcomer: Newcomer<'_>,
        request: &CertificateRequest,
    ) -> Result<Outcome, Problem> {
        if self.asked.is_key_ours {
            let waits = newcomer.approval || self.policy.approval;
            refusals::server_key(self.policy.server_keys, waits)?;
        }
        let user = user_key(request.public_key()).to_string();
        let bound = (newcomer.source, newcomer.origin.unwrap_or(&user));
        if let Some(id) = store::enrolments::device_of(&mut tx, bound).await? {
            drop(tx);
            return self.again(&id, newcomer.source, (request, &user)).await;
        }
        let device = self.admit(&newcomer, &user)?;
        let certificate = match device.state == PENDING {
            true => None,
            false => {
                let wish = Wish {
                    device: &device,
                    request,
                    user: &user,
                    kind: "enrolled",
                };
                Some(self.sign(wish)?)
            }
        };
        drop(tx);
        let arrival = Arrival {
            device: &device,
            user_key: &user,
            bound,
            certificate: certificate.as_ref(),
        };
        match self.arrive(&arrival, newcomer.token).await? {
            Ok(()) => Ok(self.outcome(device, certificate)),
            Err(taken) => self.taken(taken, bound, (request, &user)).await,
        }
    }

    /// Stores a device that nobody has seen before; or what of it is taken.
    async fn arrive(
        &self,
        arrival: &Arrival<'_>,
        token: Option<&EnrolmentTokenRow>,
    ) -> Result<Result<(), StoreError>, Problem> {
        let mut tx = self.app.db.write().await?;
        match store::enrolments::arrive(&mut tx, arrival, self.now).await {
            Err(taken @ StoreError::Duplicate(_)) => return Ok(Err(taken)),
            stored => stored?,
        }
        if let Some(token) = token
            && !store::enrolments::use_once(&mut tx, &token.id, self.now).await?
        {
            return Err(refusals::token_ended(token.expires_at <= self.now));
        }
        let action = match arrival.certificate {
            Some(_) => "device.enroll",
            None => "device.request",
        };
        let (source, _) = arrival.bound;
        self.note(&mut tx, (action, arrival.device), source).await?;
        tx.commit().await?;
        self.app.bell.ring();
        Ok(Ok(()))
    }

    /// Either the same device came twice at once, and the other request was first, or its key or
    /// its name is another's.
    async fn taken(
        self,
        taken: StoreError,
        bound: (&str, &str),
        (request, user): (&CertificateRequest, &str),
    ) -> Result<Outcome, Problem> {
        let mut tx = self.app.db.look_up().await?;
        if let Some(id) = store::enrolments::device_of(&mut tx, bound).await? {
            drop(tx);
            return self.again(&id, bound.0, (request, user)).await;
        }
        let account_id = &self.place.account_id;
        let owner = store::devices::owner(&mut tx, account_id, user).await?;
        Err(match owner {
            Some(_) => refusals::key_taken(),
            None => refusals::name_taken(taken),
        })
    }

    /// A device that was here before, and lost its answer, or waits, or has another key.
    async fn again(
        self,
        id: &str,
        source: &str,
        (request, user): (&CertificateRequest, &str),
    ) -> Result<Outcome, Problem> {
        let mut tx = self.app.db.write().await?;
        let device = store::devices::lock(&mut tx, id).await?;
        let device = device.ok_or_else(Problem::internal)?;
        refusals::state(&device)?;
        self.own_key(&mut tx, &device, user).await?;
        if device.state == PENDING {
            tx.commit().await?;
            return Ok(self.outcome(device, None));
        }
        let account_id = &self.place.account_id;
        let given = store::devices::newest_certificate(&mut tx, account_id, user, self.now);
        let certificate = match given.await? {
            Some(certificate) => certificate,
            None => {
                let wish = Wish {
                    device: &device,
                    request,
                    user,
                    kind: "enrolled",
                };
                let made = self.issue(&mut tx, wish).await?;
                let deed = ("device.enroll", &device);
                self.note(&mut tx, deed, source).await?;
                made
            }
        };
        self.done(tx, device, certificate).await
    }

    async fn own_key(&self, tx: &mut Tx, device: &DeviceRow, user: &str) -> Result<(), Problem> {
        let owner = (self.place.account_id.as_str(), device.id.as_str());
        if !store::devices::own_key(tx, owner, user, self.now).await? {
            return Err(refusals::key_taken());
        }
        // Its revocation goes when the certificate that it was about has ended.
        match store::devices::is_key_revoked(tx, &self.place.account_id, user).await? {
            false => Ok(()),
            true => Err(refusals::key_revoked()),
        }
    }

    /// What a device that nobody has seen before is to be.
    fn admit(&self, newcomer: &Newcomer<'_>, user: &str) -> Result<DeviceRow, Problem> {
        let now = self.now;
        // Saves work; what counts is whether it can be used in the end.
        if let Some(token) = newcomer.token
            && !token.is_good(now)
        {
            return Err(refusals::token_ended(token.expires_at <= now));
        }
        let corrupt = || StoreError::corrupt("enrolment_tokens.pattern", newcomer.source);
        let pattern = Pattern::parse(newcomer.pattern).ok_or_else(corrupt)?;
        let name = pattern
            .name(self.asked.name, user)
            .map_err(|text| Problem::invalid("/name", text))?;
        let state = match newcomer.approval || self.policy.approval {
            true => PENDING,
            false => ACTIVE,
        };
        Ok(DeviceRow {
            id: new_id(IdKind::Device),
            account_id: self.place.account_id.clone(),
            role_id: self.place.role_id.clone(),
            name,
            description: String::new(),
            state: state.to_owned(),
            tags: newcomer.tags.to_owned(),
            source: newcomer.source.to_owned(),
            expires_at: 0,
            seen_at: now,
            seen_from: Some(self.asked.ip.to_string()),
            created_at: now,
            updated_at: now,
            version: 1,
        })
    }

    /// Signs a certificate and stores it.
    async fn issue(&self, tx: &mut Tx, wish: Wish<'_>) -> Result<CertificateRow, Problem> {
        let row = self.sign(wish)?;
        store::devices::insert_certificate(tx, &row).await?;
        Ok(row)
    }

    /// Signs a certificate.
    fn sign(&self, wish: Wish<'_>) -> Result<CertificateRow, Problem> {
        let (place, authority, now) = (&self.place, &self.authority, self.now);
        // One that begins in the second of a revocation of everybody, or before, is refused.
        let revoked = place.everybody_until;
        let not_before = revoked.map_or(now, |at| now.max(at + 1));
        let life = self.policy.certificate_seconds;
        let not_after = authority.not_after.min(not_before + life);
        let account = PublicKey::parse(&place.account_key).map_err(|_| Problem::internal())?;
        let name = DeviceName::new(account, &wish.device.name).map_err(|_| Problem::internal())?;
        let signer = authorities::open(self.app, authority)?;
        let told = self.app.revocation_of(&authority.id);
        let times = (not_before, not_after);
        let issued = signer
            .issue(&name, wish.request, times, told.as_ref())
            .map_err(refusals::signing)?;
        Ok(CertificateRow {
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
        })
    }

    /// Writes the audit row of what a device did by itself, with what it came with.
    async fn note(
        &self,
        tx: &mut Tx,
        (action, device): (&str, &DeviceRow),
        credential: &str,
    ) -> Result<(), StoreError> {
        let after = serde_json::json!({
            "name": device.name, "role": device.role_id, "state": device.state,
        });
        let mut row = trail::system_entry(action, &device.id, &after);
        row.org_id = Some(self.place.org_id.clone());
        row.account_id = Some(self.place.account_id.clone());
        row.actor.clone_from(&device.id);
        row.credential_id = Some(credential.to_owned());
        row.request_id = Some(self.asked.request_id.to_owned());
        row.client_ip = Some(self.asked.ip.to_string());
        row.trace_id = self.asked.trace_id.map(str::to_owned);
        trail::publish(tx, row).await
    }

    /// Notes that the device was here, and commits.
    async fn done(
        self,
        mut tx: Tx,
        device: DeviceRow,
        certificate: CertificateRow,
    ) -> Result<Outcome, Problem> {
        let from = self.asked.ip.to_string();
        store::devices::seen(&mut tx, &device.id, self.now, &from).await?;
        tx.commit().await?;
        self.app.bell.ring();
        Ok(self.outcome(device, Some(certificate)))
    }

    /// Hands the certificate out, if there is one already.
    fn outcome(self, device: DeviceRow, certificate: Option<CertificateRow>) -> Outcome {
        match certificate {
            Some(certificate) => Outcome::Issued(Box::new(Issued {
                device,
                certificate,
                issuer: self.authority.certificate,
                account_key: self.place.account_key,
            })),
            None => Outcome::Pending {
                device: Box::new(device),
                retry_after: RETRY_AFTER_SECONDS,
            },
        }
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

/// What a certificate is to be for.
#[derive(Debug, Clone, Copy)]
struct Wish<'a> {
    device: &'a DeviceRow,
    request: &'a CertificateRequest,
    user: &'a str,
    /// `enrolled` or `renewed`.
    kind: &'a str,
}
