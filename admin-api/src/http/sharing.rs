//! What exports and imports have in common: the claims that a change leads to are checked with
//! the broker's own rules before they are committed.

use std::collections::HashMap;
use std::sync::Arc;

use accounts::{AccountBody, AccountPolicy, PublicKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::store::accounts::AccountRow;
use crate::store::{self, Scope, StoreError, Tx};

/// The most accounts that one search for a cycle looks at.
const CYCLE_ACCOUNTS_MAX: usize = 1000;

/// Messages that flow out, or requests that are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Others may subscribe.
    Stream,
    /// Others may send requests.
    Service,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Kind::Stream => "stream",
            Kind::Service => "service",
        }
    }

    pub(crate) fn of(stored: &str) -> Self {
        if stored == "service" {
            Kind::Service
        } else {
            Kind::Stream
        }
    }
}

/// The compiled policy of claims that this process minted.
pub(crate) fn policy(account: &AccountRow) -> Result<AccountPolicy, StoreError> {
    let corrupt = || StoreError::corrupt("accounts.jwt", &account.id);
    let claims = accounts::jwt::decode::<AccountBody>(&account.jwt).map_err(|_| corrupt())?;
    AccountPolicy::compile(&claims).map_err(|_| corrupt())
}

/// Refuses imports that lead back to the account they start from, and names the path.
pub(crate) async fn refuse_cycle(
    tx: &mut Tx,
    importer: &AccountRow,
    importer_policy: AccountPolicy,
) -> Result<(), Problem> {
    let start = importer_policy.key;
    let mut names = HashMap::from([(start, importer.slug.clone())]);
    let mut policies = HashMap::from([(start, Arc::new(importer_policy))]);
    let mut unseen = vec![start];
    while let Some(key) = unseen.pop() {
        let exporters: Vec<PublicKey> = policies[&key]
            .imports
            .iter()
            .map(|import| import.exporter)
            .collect();
        for exporter in exporters {
            if policies.contains_key(&exporter) {
                continue;
            }
            if policies.len() >= CYCLE_ACCOUNTS_MAX {
                return Err(Problem::unprocessable(
                    "import_cycle",
                    "The imports reach too many accounts to be sure that they form no cycle.",
                ));
            }
            let reference = exporter.to_string();
            if let Some(row) = store::accounts::find(tx, &Scope::default(), &reference).await? {
                policies.insert(exporter, Arc::new(policy(&row)?));
                names.insert(exporter, row.slug);
                unseen.push(exporter);
            }
        }
    }
    match accounts::find_cycle(&start, |key| policies.get(key).cloned()) {
        None => Ok(()),
        Some(path) => {
            let path: Vec<&str> = path
                .iter()
                .chain(path.first())
                .map(|key| names.get(key).map_or("?", String::as_str))
                .collect();
            Err(Problem::conflict(
                "import_cycle",
                format!("The import would form a cycle: {}.", path.join(" → ")),
            ))
        }
    }
}
