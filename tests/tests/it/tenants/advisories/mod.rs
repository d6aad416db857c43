//! The published holes of nats-server, each tried as its finder would have.
//! `docs/security-tests.md` lists them all, those that cannot apply yet with the reason.

mod since_2025;
mod traps;
mod until_2023;

use accounts::{KeyPair, PublicKey};
use anyhow::{Context, Result};
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use serde_json::{Value, json};
use tests::mint::{Tenant, User, now};
use tests::{Broker, Wire};

const REFUSED: &str = "Authorization Violation";

/// A token of any payload, with a good signature.
fn craft(payload: &Value, signer: &KeyPair) -> String {
    craft_as("ed25519-nkey", payload, signer)
}

/// The same of version 1, which signs the payload only.
fn craft_v1(payload: &Value, signer: &KeyPair) -> String {
    craft_as("ed25519", payload, signer)
}

fn craft_as(algorithm: &str, payload: &Value, signer: &KeyPair) -> String {
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let payload = encode(payload);
    let both = format!(
        "{}.{payload}",
        encode(&json!({"typ": "JWT", "alg": algorithm}))
    );
    let signed = if algorithm == "ed25519" {
        &payload
    } else {
        &both
    };
    let signature = BASE64URL_NOPAD.encode(&signer.sign(signed.as_bytes()));
    format!("{both}.{signature}")
}

/// A user's payload with this `nats` object.
fn user_payload(tenant: &Tenant, user: &PublicKey, nats: Value) -> Value {
    json!({
        "iss": tenant.public(), "sub": user, "iat": now(), "jti": "x", "name": "crafted",
        "nats": nats,
    })
}

/// A user whose token was crafted from what `payload` makes of its key.
fn crafted_user(signer: &KeyPair, payload: impl FnOnce(&PublicKey) -> Value) -> User {
    let keys = tests::mint::keys(accounts::KeyKind::User);
    let jwt = craft(&payload(&keys.public()), signer);
    User { keys, jwt }
}

/// Base32 of bytes and their CRC16, as keys are written, however long.
fn nkey_text(prefix: u8, bytes: &[u8]) -> String {
    let mut raw = vec![prefix];
    raw.extend(bytes);
    let crc = raw.iter().fold(0_u16, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| match crc & 0x8000 {
            0 => crc << 1,
            _ => (crc << 1) ^ 0x1021,
        })
    });
    raw.extend(crc.to_le_bytes());
    BASE32_NOPAD.encode(&raw)
}

/// Somebody who must not notice anything.
struct Bystander {
    wire: Wire,
    user: User,
}

impl Bystander {
    async fn new(broker: &Broker, tenant: &Tenant) -> Result<Self> {
        let user = tenant.user("bystander");
        let wire = Wire::login(broker.addr(), &user).await?;
        Ok(Self { wire, user })
    }

    /// Still served, and so is who comes new.
    async fn is_unharmed(&mut self, broker: &Broker) -> Result<()> {
        assert_eq!(self.wire.sync().await.context("a bystander was hit")?, []);
        assert_eq!(Wire::try_login(broker.addr(), &self.user).await?, Ok(()));
        Ok(())
    }
}

async fn refused(broker: &Broker, user: &User, case: &str) -> Result<()> {
    let answer = Wire::try_login(broker.addr(), user).await?;
    assert_eq!(answer, Err(REFUSED.to_owned()), "{case}");
    Ok(())
}
