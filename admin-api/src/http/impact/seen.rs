//! Who a live connection may be: by what its server shows, and by what was issued for its key.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use accounts::{
    AccountBody, Identity, IssuerRight, KeyKind, PublicKey, Seen, Trust, UserBody, recheck,
};
use data_encoding::HEXLOWER_PERMISSIVE;
use sha2::{Digest as _, Sha256};

use super::Claims;
use crate::app::App;
use crate::clock;
use crate::reconciler::Connection;
use crate::store::{self, StoreError};

/// How far the clocks of servers may be apart.
const SKEW_SECONDS: i64 = 60;

/// A credential that a connection may have come with.
#[derive(Debug, Clone, Copy)]
struct Credential {
    issuer: Option<PublicKey>,
    issued_at: i64,
    bearer: bool,
    authority: Option<[u8; 32]>,
}

/// What is known of users' credentials.
#[derive(Debug)]
pub(super) struct Known {
    revocations: BTreeMap<String, i64>,
    /// Whether it matters who needs no proof of its own.
    with_bearers: bool,
    /// By key; where nothing is known of a key, that is empty.
    found: HashMap<String, Vec<Credential>>,
}

impl Known {
    pub(super) fn new(before: &AccountBody, with_bearers: bool) -> Self {
        Self {
            revocations: before.revocations.clone(),
            with_bearers,
            found: HashMap::new(),
        }
    }

    /// Between when and when the credential was issued: after what is revoked, and before it was
    /// used.
    pub(super) fn issued_within(&self, one: &Connection) -> (i64, i64) {
        let own = self.revocations.get(&one.authorized_user);
        let revoked = own.max(self.revocations.get("*"));
        let from = revoked.map_or(0, |at| at.saturating_add(1));
        let until = clock::parse_rfc3339(&one.start).unwrap_or(i64::MAX);
        (from, until.max(from))
    }

    /// Looks up what was issued for the connection's key. Answers `false` when the time is up.
    pub(super) async fn look_up(
        &mut self,
        app: &App,
        account_id: &str,
        one: &Connection,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let key = &one.authorized_user;
        if self.found.contains_key(key) {
            return Ok(true);
        }
        if Instant::now() >= until {
            return Ok(false);
        }
        let mut found: Vec<_> = shown(one).into_iter().collect();
        if found.is_empty() {
            let mut tx = app.db.read().await?;
            for row in store::issuances::credentials(&mut tx, account_id, key).await? {
                found.push(Credential {
                    issuer: PublicKey::parse_as(&row.issuer_key, KeyKind::Account).ok(),
                    issued_at: row.issued_at,
                    bearer: row.bearer,
                    authority: None,
                });
            }
            for row in store::devices::credentials(&mut tx, account_id, key).await? {
                found.push(Credential {
                    issuer: None,
                    issued_at: row.not_before,
                    bearer: false,
                    authority: Some(Sha256::digest(&row.authority).into()),
                });
            }
        }
        self.found.insert(key.clone(), found);
        Ok(true)
    }

    /// All that the connection may be, given that the account's claims before have let it in;
    /// `None` when its server shows too little.
    pub(super) fn identities(
        &self,
        one: &Connection,
        trust: &Trust,
        before: &Claims,
    ) -> Option<Vec<Identity>> {
        let user = PublicKey::parse_as(&one.authorized_user, KeyKind::User).ok()?;
        let issuer = PublicKey::parse_as(&one.issuer_key, KeyKind::Account).ok()?;
        let (from, until) = self.issued_within(one);
        let found = self.found.get(&one.authorized_user);
        let mut credentials: Vec<_> = found.into_iter().flatten().copied().collect();
        credentials.retain(|it| {
            it.issuer.is_none_or(|key| key == issuer)
                && it.issued_at <= until.saturating_add(SKEW_SECONDS)
        });
        if credentials.is_empty() {
            // It was issued elsewhere, or it does not matter when.
            let unknown = |(issued_at, bearer)| Credential {
                issuer: None,
                issued_at,
                bearer,
                authority: None,
            };
            let all = [(from, false), (until, false), (from, true), (until, true)];
            let all = all.into_iter().filter(|it| self.with_bearers || !it.1);
            credentials.extend(all.map(unknown));
        }
        let of_role = match before.policy.may_issue(&issuer) {
            IssuerRight::Scoped(scope) => Some(scope.template.rights.bearer_token),
            _ => None,
        };
        let now = clock::now();
        let identity = |it: Credential| {
            let seen = Seen {
                user,
                issuer,
                issued_at: it.issued_at,
                bearer: of_role.unwrap_or(it.bearer) && self.with_bearers,
                authority: it.authority,
            };
            let policy = &before.policy;
            let identity = Identity::seen(trust, policy, &seen).ok()?;
            let is_in = recheck(&identity, trust, policy, Some(policy), now).is_ok();
            is_in.then_some(identity)
        };
        Some(credentials.into_iter().filter_map(identity).collect())
    }
}

/// What a server shows of the token itself, unless somebody else's word let the user in.
fn shown(one: &Connection) -> Option<Credential> {
    let claims = accounts::jwt::decode::<UserBody>(&one.jwt.0).ok()?;
    (claims.sub == one.authorized_user).then_some(Credential {
        issuer: Some(claims.iss),
        issued_at: claims.iat,
        bearer: claims.nats.rights.bearer_token,
        authority: None,
    })
}

/// The user key of a device whose certificate the client has shown.
pub(super) fn certificate_key(one: &Connection) -> Option<String> {
    let shown = one.tls_peer_certs.first()?;
    let hash = HEXLOWER_PERMISSIVE
        .decode(shown.spki_sha256.as_bytes())
        .ok()?;
    let hash: [u8; 32] = hash.try_into().ok()?;
    Some(PublicKey::from_bytes(KeyKind::User, hash).to_string())
}
