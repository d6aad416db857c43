//! Second factors: time-based one-time codes (RFC 6238), sealed at rest, each good once.

use data_encoding::BASE32_NOPAD;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::problem::Problem;
use crate::random::random_bytes;
use crate::store::members::MemberRow;
use crate::store::{self, Tx};
use crate::vault::{Purpose, Vault};

const SEED_BYTES: usize = 20;

/// A seed that was just made, in the forms that an authenticator takes.
#[derive(Debug)]
pub(crate) struct NewSeed {
    pub(crate) sealed: Vec<u8>,
    pub(crate) base32: String,
    pub(crate) url: String,
}

/// Makes a seed for the person.
pub(crate) fn new_seed(vault: &Vault, member: &MemberRow) -> NewSeed {
    let seed = Zeroizing::new(random_bytes::<SEED_BYTES>());
    let base32 = BASE32_NOPAD.encode(seed.as_slice());
    let label: String = member.email.bytes().map(url_byte).collect();
    NewSeed {
        sealed: vault.seal(Purpose::TotpSeed, &member.id, seed.as_slice()),
        url: format!("otpauth://totp/Tidegate:{label}?secret={base32}&issuer=Tidegate"),
        base32,
    }
}

fn url_byte(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    }
}

/// Takes the code if it is the person's and was not used before.
pub(crate) async fn take_code(
    tx: &mut Tx,
    vault: &Vault,
    member: &MemberRow,
    code: &str,
    now: i64,
) -> Result<bool, Problem> {
    let Some(sealed) = &member.totp_seed else {
        return Ok(false);
    };
    let seed = vault
        .open_sealed(Purpose::TotpSeed, &member.id, sealed)
        .map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a TOTP seed is sealed"
            );
            Problem::internal()
        })?;
    let Some(step) = totp(&seed)?.check(code, u64::try_from(now).unwrap_or_default()) else {
        return Ok(false);
    };
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    Ok(store::members::use_totp_step(tx, &member.id, step).await?)
}

fn totp(seed: &[u8]) -> Result<Totp, Problem> {
    Builder::new()
        .with_secret(seed.to_vec())
        .build()
        .map_err(|error| {
            tracing::error!(%error, "a TOTP seed has the wrong length");
            Problem::internal()
        })
}
