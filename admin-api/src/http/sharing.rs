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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
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

#[cfg(test)]
mod tests {
    use accounts::claims::account::WeightedMapping;
    use accounts::{Claims, ImportClaim, KeyKind, KeyPair, ShareKind, jwt};

    use super::*;
    use crate::store::Db;
    use crate::store::accounts::NewAccount;
    use crate::store::orgs::OrgRow;

    const NOW: i64 = 1_700_000_000;

    fn keys(byte: u8) -> KeyPair {
        KeyPair::from_entropy(KeyKind::Account, [byte; 32])
    }

    /// Claims that take the service `x` of another account under a name of their own.
    fn importing(from: &KeyPair, local: &str) -> AccountBody {
        let mut import = ImportClaim::new(ShareKind::Service, from.public(), "x");
        import.local_subject = local.to_owned();
        AccountBody {
            imports: vec![import],
            ..AccountBody::default()
        }
    }

    async fn add(tx: &mut Tx, slug: &str, keys: &KeyPair, body: AccountBody) -> AccountRow {
        let operator = KeyPair::from_entropy(KeyKind::Operator, [9; 32]);
        let claims = Claims::new(keys.public(), slug, NOW, body);
        let new = NewAccount {
            id: slug,
            org_id: "org",
            slug,
            name: slug,
            kind: "tenant",
            public_key: &keys.public().to_string(),
            identity_seed: b"sealed",
            signing_key: &format!("AS{slug}"),
            signing_seed: b"sealed",
            limits: "{}",
            settings: "{}",
            generation: 1,
            jwt: &jwt::encode(&claims, &operator).unwrap(),
            signed_by: "OS",
            now: NOW,
        };
        store::accounts::insert(tx, &new).await.unwrap();
        store::accounts::by_id(tx, slug).await.unwrap().unwrap()
    }

    /// Imports alone form none here: the mapping does.
    #[tokio::test]
    async fn a_cycle_that_a_subject_mapping_closes_is_refused_with_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(None, &dir.path().join("test.db")).unwrap();
        db.migrate().await.unwrap();
        for (mapped, is_refused) in [("y", true), ("z", false)] {
            let mut tx = db.write().await.unwrap();
            let org = OrgRow {
                id: "org".into(),
                slug: "org".into(),
                name: "org".into(),
                created_at: NOW,
                version: 1,
            };
            store::orgs::insert(&mut tx, &org).await.unwrap();
            let (aa, bb) = (keys(1), keys(2));
            let mut of_bb = importing(&aa, "y");
            let destination = WeightedMapping {
                subject: mapped.to_owned(),
                ..WeightedMapping::default()
            };
            of_bb.mappings.insert("x".to_owned(), vec![destination]);
            add(&mut tx, "bb", &bb, of_bb).await;
            let importer = add(&mut tx, "aa", &aa, importing(&bb, "x")).await;
            let policy = policy(&importer).unwrap();
            let answer = refuse_cycle(&mut tx, &importer, policy).await;
            assert_eq!(answer.is_err(), is_refused, "mapped to {mapped}");
            if let Err(problem) = answer {
                let text = format!("{problem:?}");
                assert!(text.contains("aa → bb → aa"), "{text}");
            }
        }
    }
}
