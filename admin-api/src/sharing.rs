//! What exports and imports say besides their subjects, and the permissions that exporters give.

use accounts::claims::account::{Sampling, ServiceLatency};
use accounts::{ExportClaim, ImportClaim, KeyKind, PublicKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{IdKind, new_id};
use crate::mint::{self, MintError};
use crate::names;
use crate::problem::Problem;
use crate::settings::{description, tags};
use crate::store::accounts::AccountRow;
use crate::store::activations::ActivationRow;
use crate::store::exports::ExportRow;
use crate::store::imports::ImportRow;
use crate::store::{self, StoreError, Tx};
use crate::vault::Vault;

const THRESHOLD_MS_MAX: u32 = 3_600_000;
const NANOS_PER_MILLI: i64 = 1_000_000;

/// What an export says besides its subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ExportDetails {
    /// For people.
    pub(crate) description: String,
    /// A page about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) info_url: String,
    /// For people and filters; they are not in the claims.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
    /// This token of the subject (from 1), a `*`, must be the importing account's nkey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_token_position: Option<u32>,
    /// How long a service may take; the server's own two minutes when absent. Services only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3_600_000)]
    pub(crate) response_threshold_ms: Option<u32>,
    /// Measure how long answers take. Services only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latency: Option<Latency>,
    /// Let message traces of importers into the service. Services only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) allow_trace: bool,
}

/// Where latency samples go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Latency {
    /// A subject of the exporting account.
    pub(crate) results: String,
    /// Percent of the requests; those that carry a tracing header when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) sampling_percent: Option<u8>,
}

impl ExportDetails {
    pub(crate) fn stored(row: &ExportRow) -> Result<Self, StoreError> {
        let corrupt = |_| StoreError::corrupt("exports.details", &row.id);
        serde_json::from_str(&row.details).map_err(corrupt)
    }

    /// Names the field that is wrong for an export of this subject and kind.
    pub(crate) fn check(&self, subject: &str, is_service: bool) -> Result<(), Problem> {
        description(&self.description, "/details/description")?;
        tags(&self.tags).map_err(|problem| problem.below("/details"))?;
        let of_services = [
            (
                "response_threshold_ms",
                self.response_threshold_ms.is_some(),
            ),
            ("latency", self.latency.is_some()),
            ("allow_trace", self.allow_trace),
        ];
        if let Some((name, _)) = of_services.iter().find(|(_, set)| *set && !is_service) {
            let pointer = format!("/details/{name}");
            return Err(Problem::invalid(pointer, "is for services only"));
        }
        if let Some(position) = self.account_token_position {
            let at = usize::try_from(position).unwrap_or(usize::MAX);
            let token = at.checked_sub(1).and_then(|at| subject.split('.').nth(at));
            if token != Some("*") {
                return Err(Problem::invalid(
                    "/details/account_token_position",
                    "must be the place of a `*` in the subject, from 1",
                ));
            }
        }
        if let Some(ms) = self.response_threshold_ms
            && !(1..=THRESHOLD_MS_MAX).contains(&ms)
        {
            let text = format!("must be 1 to {THRESHOLD_MS_MAX}");
            return Err(Problem::invalid("/details/response_threshold_ms", text));
        }
        match &self.latency {
            Some(latency) => latency.check(),
            None => Ok(()),
        }
    }

    /// Puts it into a claim.
    pub(crate) fn write(&self, claim: &mut ExportClaim) {
        claim.description.clone_from(&self.description);
        claim.info_url.clone_from(&self.info_url);
        claim.account_token_position = self.account_token_position.unwrap_or_default();
        let ms = i64::from(self.response_threshold_ms.unwrap_or_default());
        claim.response_threshold = ms * NANOS_PER_MILLI;
        claim.allow_trace = self.allow_trace;
        claim.service_latency = self.latency.as_ref().map(|latency| ServiceLatency {
            sampling: match latency.sampling_percent {
                Some(percent) => Sampling::Percent(i64::from(percent)),
                None => Sampling::Named("headers".to_owned()),
            },
            results: latency.results.clone(),
        });
    }

    /// The export's subject as this importer may use it: its own part, where there are parts.
    pub(crate) fn subject_for(&self, subject: &str, importer_key: &str) -> String {
        let Some(position) = self.account_token_position else {
            return subject.to_owned();
        };
        let own = |(at, token)| match at + 1 == u64::from(position) {
            true => importer_key,
            false => token,
        };
        let tokens: Vec<&str> = (0_u64..).zip(subject.split('.')).map(own).collect();
        tokens.join(".")
    }
}

impl Latency {
    fn check(&self) -> Result<(), Problem> {
        let is_literal = accounts::subject::is_literal(self.results.as_bytes());
        if !names::is_subject(&self.results) || !is_literal {
            return Err(Problem::invalid(
                "/details/latency/results",
                "must be a subject without wildcards",
            ));
        }
        match self.sampling_percent {
            Some(percent) if !(1..=100).contains(&percent) => Err(Problem::invalid(
                "/details/latency/sampling_percent",
                "must be from 1 to 100",
            )),
            _ => Ok(()),
        }
    }
}

/// What an import says besides its subjects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImportDetails {
    /// Tell the exporter who asks. Services only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) share: bool,
    /// Let message traces of the exporter in. Streams only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) allow_trace: bool,
}

impl ImportDetails {
    pub(crate) fn stored(row: &ImportRow) -> Result<Self, StoreError> {
        let corrupt = |_| StoreError::corrupt("imports.details", &row.id);
        serde_json::from_str(&row.details).map_err(corrupt)
    }

    /// Names the field that is wrong for an import of this kind.
    pub(crate) fn check(self, is_service: bool) -> Result<(), Problem> {
        match (self.share, self.allow_trace, is_service) {
            (true, _, false) => Err(Problem::invalid("/details/share", "is for services only")),
            (_, true, true) => Err(Problem::invalid(
                "/details/allow_trace",
                "is for streams only",
            )),
            _ => Ok(()),
        }
    }

    /// Puts it into a claim.
    pub(crate) fn write(self, claim: &mut ImportClaim) {
        claim.share = self.share;
        claim.allow_trace = self.allow_trace;
    }
}

/// Permits an account to import a private export: the activation token, and what is kept of it.
/// A token that was revoked before does not come back with it.
pub(crate) async fn permit(
    tx: &mut Tx,
    vault: &Vault,
    exporter: &AccountRow,
    export: &ExportRow,
    importer_key: &str,
    (now, expires_at): (i64, i64),
) -> Result<(String, ActivationRow), MintError> {
    let revoked = store::activations::revoked_at(tx, &export.id, importer_key).await?;
    let row = ActivationRow {
        id: new_id(IdKind::Activation),
        account_id: exporter.id.clone(),
        export_id: export.id.clone(),
        importer_key: importer_key.to_owned(),
        // What is issued in the second of a revocation or before is refused by servers.
        issued_at: revoked
            .map_or(now, |at| now.max(at + 1))
            .max(export.created_at),
        expires_at,
        revoked_at: None,
        created_at: now,
    };
    let importer = PublicKey::parse_as(importer_key, KeyKind::Account)?;
    let token = mint::activation(vault, exporter, export, importer, &row)?;
    store::activations::insert(tx, &row).await?;
    Ok((token, row))
}
