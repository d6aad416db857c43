//! Makes keys and signs claims: operator, accounts, users, activations.
//!
//! Seeds are opened from the vault for one call and wiped after it. An account's claims are always
//! signed by the operator's signing key, and a user's by the account's signing key; identity keys
//! sign nothing but the operator's own claims.

use accounts::claims::account::{DeviceAnchor, ExternalAuthorization, TidegateExtra};
use accounts::{
    AccountBody, ActivationBody, AuthorizationResponseBody, Claims, ExportClaim, GenericBody,
    ImportClaim, Issue, JwtError, KeyError, KeyKind, KeyPair, OperatorBody, PublicKey, Quotas,
    ShareKind, SigningKey, UserBody, UserPermissionLimits,
};
use zeroize::Zeroizing;

use crate::claims::Ceilings;
use crate::random::random_bytes;
use crate::rights::extra_fields;
use crate::settings::AccountSettings;
use crate::sharing::{ExportDetails, ImportDetails};
use crate::store::StoreError;
use crate::store::account_roles::RoleRow;
use crate::store::accounts::AccountRow;
use crate::store::activations::{ActivationRow, RevokedActivation};
use crate::store::exports::ExportRow;
use crate::store::foundation::OperatorRow;
use crate::store::imports::ImportRow;
use crate::store::issuances::RevocationRow;
use crate::transfer::Carried;
use crate::vault::{Purpose, Vault, VaultError};

/// The largest account token that every server takes: the default `max_payload` is 1 MiB. Our own
/// broker takes more, see [`crate::installation::Installation::claims_bytes_max`].
pub(crate) const ACCOUNT_JWT_BYTES_MAX: usize = 1_000_000;

/// Whether an account token of `bytes` comes near its end, so that log and resource warn.
pub(crate) fn is_nearly_full(bytes: usize, max: usize) -> bool {
    bytes > max / 2
}

/// Whether it is so near that no credential may be given out any more whose revocation would stay
/// for good.
pub(crate) fn is_critically_full(bytes: usize, max: usize) -> bool {
    bytes > max / 5 * 4
}

/// Why a token could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// A seed does not open.
    #[error("open a sealed seed")]
    Vault(#[from] VaultError),
    /// There is no seed of the account: it came along without.
    #[error("no seed of this account is known")]
    NoKey,
    /// An opened seed or a stored key is not one.
    #[error("read a stored key")]
    Key(#[from] KeyError),
    /// The claims could not be encoded.
    #[error("encode claims")]
    Jwt(#[from] JwtError),
    /// Servers would refuse the claims: why, one line each.
    #[error("servers would refuse the claims: {}", .0.join("; "))]
    Refused(Vec<String>),
    /// The claims are too large to push to a server.
    #[error("account claims have {bytes} bytes, more than {max}")]
    TooLarge {
        /// Size of the token.
        bytes: usize,
        /// What the engine takes.
        max: usize,
    },
    /// What the claims are made from could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A new key whose seed is sealed.
#[derive(Debug)]
pub(crate) struct SealedKey {
    pub(crate) public: PublicKey,
    pub(crate) seed: Vec<u8>,
}

/// A fresh key pair.
pub(crate) fn new_key(kind: KeyKind) -> KeyPair {
    let entropy = Zeroizing::new(random_bytes::<32>());
    KeyPair::from_entropy(kind, *entropy)
}

/// A fresh key pair for the row `row_id`, its seed sealed for `purpose`.
pub(crate) fn new_sealed_key(
    vault: &Vault,
    kind: KeyKind,
    purpose: Purpose,
    row_id: &str,
) -> SealedKey {
    let pair = new_key(kind);
    let seed = vault.seal(purpose, row_id, pair.seed().as_bytes());
    SealedKey {
        public: pair.public(),
        seed,
    }
}

pub(crate) fn open_key(
    vault: &Vault,
    purpose: Purpose,
    row_id: &str,
    sealed: &[u8],
) -> Result<KeyPair, MintError> {
    let seed = vault.open_sealed(purpose, row_id, sealed)?;
    let text = std::str::from_utf8(&seed).map_err(|_| KeyError::Encoding)?;
    Ok(KeyPair::from_seed(text)?)
}

/// The operator's claims, signed by its identity key.
pub(crate) fn operator(
    identity: &KeyPair,
    name: &str,
    body: OperatorBody,
    now: i64,
) -> Result<String, MintError> {
    let claims = Claims::new(identity.public(), name, now, body);
    refuse_blocking(claims.validate(Some(now)))?;
    Ok(accounts::jwt::encode(&claims, identity)?)
}

/// Everything that an account's claims say.
#[derive(Debug)]
pub(crate) struct AccountFacts<'a> {
    pub(crate) public_key: &'a str,
    /// The slug: one literal token, safe in permission templates.
    pub(crate) name: &'a str,
    pub(crate) signing_keys: Vec<SigningKey>,
    pub(crate) settings: &'a AccountSettings,
    pub(crate) ceilings: Ceilings,
    pub(crate) generation: i64,
    pub(crate) exports: &'a [ExportRow],
    pub(crate) revoked_activations: &'a [RevokedActivation],
    pub(crate) imports: &'a [ImportRow],
    pub(crate) revocations: &'a [RevocationRow],
    pub(crate) device_anchors: Vec<DeviceAnchor>,
    /// Who is asked about logins, if anybody.
    pub(crate) callout: ExternalAuthorization,
    /// Whether its users come in where we do.
    pub(crate) of_installation: bool,
    /// What came along and stands in no row.
    pub(crate) carried: &'a Carried,
    /// The largest token that the engine takes.
    pub(crate) bytes_max: usize,
    pub(crate) now: i64,
}

/// An account's claims, signed by the operator's signing key.
pub(crate) fn account(
    vault: &Vault,
    operator: &OperatorRow,
    facts: AccountFacts<'_>,
) -> Result<String, MintError> {
    let signer = open_key(
        vault,
        Purpose::OperatorSigning,
        &operator.id,
        &operator.signing_seed,
    )?;
    let subject = PublicKey::parse_as(facts.public_key, KeyKind::Account)?;
    let mut extra = serde_json::Map::new();
    facts.ceilings.quotas().write(&mut extra);
    let imports: Result<Vec<_>, _> = facts.imports.iter().map(import_claim).collect();
    let revoked = facts.revoked_activations;
    let exports = facts.exports.iter().map(|row| export_claim(row, revoked));
    let exports: Result<Vec<_>, StoreError> = exports.collect();
    let mut body = AccountBody {
        limits: facts.ceilings.limits,
        signing_keys: facts.signing_keys,
        exports: exports?,
        imports: imports?,
        revocations: facts
            .revocations
            .iter()
            .map(|entry| (entry.user_key.clone(), entry.revoked_at))
            .collect(),
        authorization: facts.callout,
        tidegate: Some(TidegateExtra {
            generation: u64::try_from(facts.generation).unwrap_or_default(),
            device_anchors: facts.device_anchors,
            installation: facts.of_installation,
            extra,
        }),
        ..AccountBody::default()
    };
    let unusable = |_| MintError::Refused(vec!["the default permissions cannot be read".into()]);
    facts.settings.write(&mut body).map_err(unusable)?;
    facts.carried.add_to(&mut body);
    let name = facts.carried.name().unwrap_or(facts.name);
    let claims = Claims::new(subject, name, facts.now, body);
    refuse_blocking(claims.validate(None))?;
    let jwt = accounts::jwt::encode(&claims, &signer)?;
    let max = facts.bytes_max;
    match jwt.len() {
        bytes if bytes > max => Err(MintError::TooLarge { bytes, max }),
        _ => Ok(jwt),
    }
}

/// The operator's word that an account is to be deleted.
pub(crate) fn deletion(
    vault: &Vault,
    operator: &OperatorRow,
    account_key: &str,
    now: i64,
) -> Result<String, MintError> {
    let purpose = Purpose::OperatorSigning;
    let signer = open_key(vault, purpose, &operator.id, &operator.signing_seed)?;
    let mut body = GenericBody::default();
    let accounts = serde_json::Value::from(vec![account_key]);
    body.data.insert("accounts".to_owned(), accounts);
    let claims = Claims::new(signer.public(), "delete", now, body);
    Ok(accounts::jwt::encode(&claims, &signer)?)
}

fn export_claim(row: &ExportRow, revoked: &[RevokedActivation]) -> Result<ExportClaim, StoreError> {
    let mut claim = ExportClaim::new(share_kind(&row.kind), row.subject.as_str());
    claim.name.clone_from(&row.name);
    claim.advertise = row.advertised;
    ExportDetails::stored(row)?.write(&mut claim);
    if let Some(response_type) = row.response_type.as_deref() {
        claim.response_type = response_type_claim(response_type).to_owned();
    }
    if row.visibility == "private" {
        claim.token_req = true;
        // One that was made for an earlier export of the same subject must not open this one.
        claim.revocations.insert("*".to_owned(), row.created_at - 1);
        let own = revoked.iter().filter(|entry| entry.export_id == row.id);
        let entries = own.map(|entry| (entry.importer_key.clone(), entry.revoked_at));
        claim.revocations.extend(entries);
    }
    Ok(claim)
}

fn import_claim(row: &ImportRow) -> Result<ImportClaim, MintError> {
    let exporter = PublicKey::parse_as(&row.exporter_key, KeyKind::Account)?;
    let mut claim = ImportClaim::new(share_kind(&row.kind), exporter, row.subject.as_str());
    claim.name.clone_from(&row.name);
    if row.local_subject != row.subject {
        claim.local_subject.clone_from(&row.local_subject);
    }
    if let Some(token) = &row.token {
        claim.token.clone_from(token);
    }
    ImportDetails::stored(row)?.write(&mut claim);
    Ok(claim)
}

/// The kind of a stored export or import; the table's CHECK leaves no third one.
pub(crate) fn share_kind(stored: &str) -> ShareKind {
    if stored == "service" {
        ShareKind::Service
    } else {
        ShareKind::Stream
    }
}

fn response_type_claim(stored: &str) -> &'static str {
    match stored {
        "stream" => "Stream",
        "chunked" => "Chunked",
        _ => "Singleton",
    }
}

/// What a user's claims say.
#[derive(Debug)]
pub(crate) struct UserFacts<'a> {
    pub(crate) public_key: PublicKey,
    pub(crate) name: &'a str,
    /// All zero for a user of a role: its key's template counts.
    pub(crate) rights: UserPermissionLimits,
    pub(crate) quotas: Quotas,
    /// Whether the credential counts only together with the certificate of a device.
    pub(crate) require_certificate: bool,
    pub(crate) tags: Vec<String>,
    pub(crate) issued_at: i64,
    /// 0: never.
    pub(crate) expires_at: i64,
}

/// A user's claims, signed by the key of its role, or by the account's own signing key.
pub(crate) fn user(
    vault: &Vault,
    account: &AccountRow,
    role: Option<&RoleRow>,
    facts: UserFacts<'_>,
) -> Result<String, MintError> {
    let signer = match role {
        None => account_signer(vault, account)?,
        Some(role) if role.signing_seed.is_empty() => return Err(MintError::NoKey),
        Some(role) => open_key(vault, Purpose::RoleSigning, &role.id, &role.signing_seed)?,
    };
    let mut claims = user_claims(account, facts)?;
    // Servers look for the issuer among the signing keys when the account is named beside it.
    if signer.public().to_string() == account.public_key {
        claims.nats.issuer_account = None;
    }
    refuse_blocking(claims.validate(None))?;
    Ok(accounts::jwt::encode(&claims, &signer)?)
}

/// A user's claims before somebody signs them.
pub(crate) fn user_claims(
    account: &AccountRow,
    facts: UserFacts<'_>,
) -> Result<Claims<UserBody>, MintError> {
    let body = UserBody {
        rights: facts.rights,
        issuer_account: Some(PublicKey::parse_as(&account.public_key, KeyKind::Account)?),
        tags: facts.tags,
        extra: extra_fields(&facts.quotas, facts.require_certificate),
    };
    let mut claims = Claims::new(facts.public_key, facts.name, facts.issued_at, body);
    claims.exp = facts.expires_at;
    Ok(claims)
}

/// What a broker would refuse is not given out: it is judged by the broker's own rules.
fn refuse_blocking(issues: Vec<Issue>) -> Result<(), MintError> {
    let blocking = issues.into_iter().filter(Issue::is_blocking);
    let reasons: Vec<String> = blocking.map(|issue| issue.text).collect();
    if reasons.is_empty() {
        Ok(())
    } else {
        Err(MintError::Refused(reasons))
    }
}

/// An answer to an auth callout, by the account that was asked.
pub(crate) fn callout_answer(
    vault: &Vault,
    gate: &AccountRow,
    mut answer: Claims<AuthorizationResponseBody>,
) -> Result<String, MintError> {
    let gate_key = PublicKey::parse_as(&gate.public_key, KeyKind::Account)?;
    answer.nats.issuer_account = Some(gate_key);
    Ok(accounts::jwt::encode(
        &answer,
        &account_signer(vault, gate)?,
    )?)
}

/// The permission of `exporter` for `importer` to import this export.
pub(crate) fn activation(
    vault: &Vault,
    exporter: &AccountRow,
    export: &ExportRow,
    importer: PublicKey,
    permission: &ActivationRow,
) -> Result<String, MintError> {
    let signer = account_signer(vault, exporter)?;
    let exporter_key = PublicKey::parse_as(&exporter.public_key, KeyKind::Account)?;
    let body = ActivationBody {
        subject: export.subject.clone(),
        kind: share_kind(&export.kind),
        issuer_account: Some(exporter_key).filter(|key| *key != signer.public()),
        tags: Vec::new(),
        extra: serde_json::Map::new(),
    };
    let (id, issued_at) = (permission.id.as_str(), permission.issued_at);
    let mut claims = Claims::new(importer, id, issued_at, body);
    claims.exp = permission.expires_at;
    Ok(accounts::jwt::encode(&claims, &signer)?)
}

fn account_signer(vault: &Vault, account: &AccountRow) -> Result<KeyPair, MintError> {
    if account.is_read_only() {
        return Err(MintError::NoKey);
    }
    open_key(
        vault,
        Purpose::AccountSigning,
        &account.id,
        &account.signing_seed,
    )
}
