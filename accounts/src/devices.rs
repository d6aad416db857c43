//! Devices: users whose certificate is their whole credential.
//!
//! The account's claims carry the authorities that issue certificates for its devices, each with
//! the role that its devices have. A device is named by exactly one alternative name of its
//! certificate, a URI `tidegate://<account>/<device>`; the subject says nothing. So trust travels
//! with the account's claims, and nothing is looked up when a device connects.

use std::fmt;

use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use crate::claims::account::DeviceAnchor;
use crate::nkeys::{KeyError, KeyKind, PublicKey};
use crate::x509::chain::{self, Anchor, ChainError};

/// What an alternative name begins with that says anything of a device of ours.
const SCHEME: &str = "tidegate:";
/// What a device's alternative name begins with. The account stands where other URIs have their
/// host: libraries that check name constraints refuse URIs without one.
const PREFIX: &str = "tidegate://";
/// The longest name of a device.
pub const NAME_BYTES_MAX: usize = 128;
/// The most authorities that an account may have for its devices: two for each role, and roles
/// are few. A bound for what a login has to look through.
pub const ANCHORS_MAX: usize = 1024;

/// Why a certificate is no device of the account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    #[error("{0}")]
    Chain(#[from] ChainError),
    #[error("a device's certificate must have one alternative name and no other")]
    AlternativeNames,
    #[error("the alternative name is not tidegate://<account>/<device>")]
    Uri,
    #[error("the account in the alternative name is not a key: {0}")]
    Account(KeyError),
    #[error(
        "a device's name must be 1 to {NAME_BYTES_MAX} letters, digits, `-`, `_` and `:`, and \
         begin with a letter or a digit"
    )]
    Name,
    #[error("the certificate names a device of another account")]
    OtherAccount,
}

/// Whether a device may have this name: one literal token of a subject, whatever a template makes
/// of it.
pub fn is_name(name: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte);
    let begins = name.as_bytes().first();
    begins.is_some_and(u8::is_ascii_alphanumeric)
        && name.len() <= NAME_BYTES_MAX
        && name.bytes().all(is_fine)
}

/// What a device is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceName {
    pub account: PublicKey,
    /// One literal token of a subject, as it may stand in a role's template.
    pub name: String,
}

impl DeviceName {
    /// A name for a device of an account.
    ///
    /// # Errors
    /// When it could be anything but a literal token.
    pub fn new(account: PublicKey, name: &str) -> Result<Self, DeviceError> {
        if !is_name(name) {
            return Err(DeviceError::Name);
        }
        Ok(Self {
            account,
            name: name.to_owned(),
        })
    }

    fn parse(uri: &str) -> Result<Self, DeviceError> {
        let both = uri.strip_prefix(PREFIX).and_then(|it| it.split_once('/'));
        let (account, name) = both.ok_or(DeviceError::Uri)?;
        let account =
            PublicKey::parse_as(account, KeyKind::Account).map_err(DeviceError::Account)?;
        Self::new(account, name)
    }
}

/// The URI in a certificate.
impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}/{}", self.account, self.name)
    }
}

/// Whether a certificate says that it is one of a device, rightly or not: then it is a login, and
/// the only one that counts. Any other certificate is none of our business.
pub fn is_device(der: &[u8]) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return false;
    };
    let is_ours = |name: &GeneralName<'_>| {
        let GeneralName::URI(uri) = name else {
            return false;
        };
        let scheme = uri.as_bytes().get(..SCHEME.len());
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME.as_bytes()))
    };
    certificate.extensions().iter().any(|extension| {
        let ParsedExtension::SubjectAlternativeName(names) = extension.parsed_extension() else {
            return false;
        };
        names.general_names.iter().any(is_ours)
    })
}

/// The device that a certificate is for. It is not verified.
///
/// # Errors
/// When it names none, or more than one thing.
pub fn name_in(der: &[u8]) -> Result<DeviceName, DeviceError> {
    name_of(&chain::parse(der)?)
}

fn name_of(certificate: &X509Certificate<'_>) -> Result<DeviceName, DeviceError> {
    let mut found = certificate.extensions().iter().filter_map(|extension| {
        match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => Some(names),
            _ => None,
        }
    });
    let names = found.next().ok_or(DeviceError::AlternativeNames)?;
    match names.general_names.as_slice() {
        [GeneralName::URI(uri)] => DeviceName::parse(uri),
        _ => Err(DeviceError::AlternativeNames),
    }
}

/// The user key of a device: the SHA-256 of its public key (`SubjectPublicKeyInfo` in DER form) in
/// the form of an nkey. Nobody can sign with it.
pub fn user_key(public_key: &[u8]) -> PublicKey {
    PublicKey::from_bytes(KeyKind::User, Sha256::digest(public_key).into())
}

/// A device whose certificate was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub name: String,
    /// See [`user_key`].
    pub user: PublicKey,
    /// The role that its authority gives: a scoped signing key.
    pub role: PublicKey,
    /// Unix seconds.
    pub not_before: i64,
    /// Unix seconds; it is good until the end of this one.
    pub not_after: i64,
    /// SHA-256 of the authority's certificate.
    pub authority: [u8; 32],
}

/// The authorities for an account's devices.
#[derive(Debug, Clone, Default)]
pub struct Authorities(Box<[Authority]>);

#[derive(Debug, Clone)]
struct Authority {
    anchor: Anchor,
    hash: [u8; 32],
    role: PublicKey,
}

impl Authorities {
    /// Reads the claims.
    ///
    /// # Errors
    /// When one of them is no certificate, or there are too many.
    pub fn compile(anchors: &[DeviceAnchor]) -> Result<Self, String> {
        if anchors.len() > ANCHORS_MAX {
            return Err(format!("more than {ANCHORS_MAX} of them"));
        }
        let read = |claim: &DeviceAnchor| {
            let der = BASE64.decode(claim.certificate.as_bytes());
            let der = der.map_err(|_| "the certificate is not base64".to_owned())?;
            Ok(Authority {
                anchor: Anchor::read(&der).map_err(|error| error.to_string())?,
                hash: Sha256::digest(&der).into(),
                role: claim.role,
            })
        };
        anchors.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an authority is still one, for this role.
    pub(crate) fn has(&self, hash: &[u8; 32], role: &PublicKey) -> bool {
        let mut all = self.0.iter();
        all.any(|authority| authority.hash == *hash && authority.role == *role)
    }

    /// Verifies the chain of a device of `account`, its own certificate first. That whoever shows
    /// it holds the key was proven by TLS.
    ///
    /// # Errors
    /// When it is no device of the account.
    pub fn verify(
        &self,
        account: &PublicKey,
        chain: &[&[u8]],
        now: i64,
    ) -> Result<Device, DeviceError> {
        let anchors: Vec<_> = self.0.iter().map(|it| &it.anchor).collect();
        let verified = chain::verify(chain, &anchors, now)?;
        let leaf = &verified.leaf;
        let name = name_of(leaf)?;
        if name.account != *account {
            return Err(DeviceError::OtherAccount);
        }
        let authority = &self.0[verified.anchor];
        let validity = leaf.validity();
        Ok(Device {
            name: name.name,
            user: user_key(leaf.public_key().raw),
            role: authority.role,
            not_before: validity.not_before.timestamp(),
            not_after: validity.not_after.timestamp(),
            authority: authority.hash,
        })
    }
}

#[cfg(test)]
mod tests;
