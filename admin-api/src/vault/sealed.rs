//! What is sealed: every column of the database that holds secrets, and what each is for.

/// What a sealed secret is for; part of its associated data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    AccountIdentity,
    AccountSigning,
    Canary,
    ClientSecret,
    DeviceAuthority,
    EngineCreds,
    OperationPart,
    OperatorRotation,
    OperatorSigning,
    RoleSigning,
    TokenKey,
    TotpSeed,
    WebhookSecret,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Purpose::AccountIdentity => "account-identity-seed",
            Purpose::AccountSigning => "account-signing-seed",
            Purpose::Canary => "canary",
            Purpose::ClientSecret => "client-secret",
            Purpose::DeviceAuthority => "device-authority-key",
            Purpose::EngineCreds => "engine-creds",
            Purpose::OperationPart => "operation-part",
            Purpose::OperatorRotation => "operator-rotation-seed",
            Purpose::OperatorSigning => "operator-signing-seed",
            Purpose::RoleSigning => "role-signing-seed",
            Purpose::TokenKey => "token-key",
            Purpose::TotpSeed => "totp-seed",
            Purpose::WebhookSecret => "webhook-secret",
        }
    }

    pub(super) fn associated_data(self, row_id: &str) -> Vec<u8> {
        [self.label().as_bytes(), b"\0", row_id.as_bytes()].concat()
    }
}

/// A column whose values the vault sealed, each for the `id` of its row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealed {
    pub(super) table: &'static str,
    pub(super) column: &'static str,
    pub(super) purpose: Purpose,
}

const fn sealed(table: &'static str, column: &'static str, purpose: Purpose) -> Sealed {
    Sealed {
        table,
        column,
        purpose,
    }
}

/// All of them: a new data key seals these anew. A test finds a column of bytes that is missing
/// here.
pub(super) const SEALED: [Sealed; 14] = [
    sealed("vault", "canary", Purpose::Canary),
    sealed("vault", "token_key", Purpose::TokenKey),
    sealed("operators", "signing_seed", Purpose::OperatorSigning),
    sealed("operator_rotations", "new_seed", Purpose::OperatorRotation),
    sealed("engines", "creds", Purpose::EngineCreds),
    sealed("identity_providers", "client_secret", Purpose::ClientSecret),
    sealed("members", "totp_seed", Purpose::TotpSeed),
    sealed("accounts", "identity_seed", Purpose::AccountIdentity),
    sealed("accounts", "signing_seed", Purpose::AccountSigning),
    sealed("roles", "signing_seed", Purpose::RoleSigning),
    sealed("device_authorities", "secret", Purpose::DeviceAuthority),
    sealed("operation_parts", "content", Purpose::OperationPart),
    sealed("webhooks", "secret", Purpose::WebhookSecret),
    sealed("webhooks", "old_secret", Purpose::WebhookSecret),
];

#[cfg(test)]
mod tests {
    use super::SEALED;
    use crate::store::dump::{self, Kind};
    use crate::store::{Db, Tx};

    /// Bytes that are no box of the vault: data keys are wrapped, kept answers have their own keys,
    /// certificates are public.
    const OTHERS: [(&str, &str); 6] = [
        ("device_authorities", "certificate"),
        ("device_certificates", "certificate"),
        ("enrolment_authorities", "certificate"),
        ("vault_keys", "wrapped"),
        ("idempotency", "answer"),
        ("idempotency", "remains"),
    ];

    #[tokio::test]
    async fn every_column_of_bytes_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(None, &dir.path().join("test.db")).unwrap();
        db.migrate().await.unwrap();
        let mut tx: Tx = db.read().await.unwrap();
        let mut found = Vec::new();
        for table in dump::tables(&mut tx).await.unwrap() {
            let bytes = table.columns.iter().filter(|it| it.kind == Kind::Bytes);
            found.extend(bytes.map(|column| (table.name.clone(), column.name.clone())));
        }
        found.sort();
        let listed = SEALED.iter().map(|it| (it.table, it.column)).chain(OTHERS);
        let mut listed: Vec<_> = listed
            .map(|(table, column)| (table.to_owned(), column.to_owned()))
            .collect();
        listed.sort();
        assert_eq!(
            found, listed,
            "put a sealed column into SEALED, so that it is sealed anew with a new key"
        );
    }
}
