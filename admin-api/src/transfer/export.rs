//! Everything that files of other tools can hold: tokens, and seeds for who may have them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::issue;
use crate::mint::{self, MintError};
use crate::store::accounts::AccountRow;
use crate::store::list::{Order, Query};
use crate::store::users::UserRow;
use crate::store::{self, StoreError, Tx, Window};
use crate::vault::{Purpose, Vault};

/// Rows that are read at a time.
const PAGE: i64 = 500;

/// Operator, accounts and users as tokens.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Exported {
    pub operator: ExportedOperator,
    /// The system account's nkey.
    pub system_account: String,
    pub accounts: Vec<ExportedAccount>,
    /// Seeds of the operator's signing key, of accounts and of roles, if they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<String>,
}

/// The operator.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ExportedOperator {
    pub name: String,
    pub public_key: String,
    pub jwt: String,
}

/// An account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ExportedAccount {
    /// As its claims call it.
    pub name: String,
    pub public_key: String,
    pub jwt: String,
    pub users: Vec<ExportedUser>,
}

/// A user, without its seed: that was never kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ExportedUser {
    pub name: String,
    pub public_key: String,
    pub jwt: String,
}

/// Reads all of it, with the seeds only when `with_seeds`.
pub(crate) async fn export(
    tx: &mut Tx,
    vault: &Vault,
    with_seeds: bool,
) -> Result<Exported, MintError> {
    let operator = store::foundation::the_operator(tx).await?;
    let system = store::accounts::system(tx).await?;
    let system = system.ok_or_else(|| StoreError::corrupt("accounts.kind", "system"))?;
    let mut exported = Exported {
        operator: ExportedOperator {
            name: operator.name.clone(),
            public_key: operator.public_key.clone(),
            jwt: operator.jwt.clone(),
        },
        system_account: system.public_key,
        accounts: Vec::new(),
        seeds: Vec::new(),
    };
    if with_seeds {
        let purpose = Purpose::OperatorSigning;
        exported.add_seed(vault, purpose, &operator.id, &operator.signing_seed)?;
    }
    let mut window = Window {
        after: String::new(),
        limit: PAGE,
    };
    loop {
        let rows = store::accounts::all(tx, &window).await?;
        let Some(last) = rows.last() else {
            return Ok(exported);
        };
        window.after.clone_from(&last.id);
        for row in rows {
            if with_seeds {
                exported.add_account_seeds(tx, vault, &row).await?;
            }
            let users = users(tx, vault, &row).await?;
            exported.accounts.push(ExportedAccount {
                name: name_of(&row),
                public_key: row.public_key,
                jwt: row.jwt,
                users,
            });
        }
    }
}

/// What the claims call the account.
fn name_of(row: &AccountRow) -> String {
    let claims = accounts::jwt::decode::<accounts::AccountBody>(&row.jwt);
    let name = claims.map(|claims| claims.name).unwrap_or_default();
    if name.is_empty() {
        row.slug.clone()
    } else {
        name
    }
}

impl Exported {
    fn add_seed(
        &mut self,
        vault: &Vault,
        purpose: Purpose,
        row_id: &str,
        sealed: &[u8],
    ) -> Result<(), MintError> {
        // There is none of an account that came along without.
        if !sealed.is_empty() {
            let key = mint::open_key(vault, purpose, row_id, sealed)?;
            let seed = key.seed();
            if !self.seeds.contains(&seed) {
                self.seeds.push(seed.to_string());
            }
        }
        Ok(())
    }

    async fn add_account_seeds(
        &mut self,
        tx: &mut Tx,
        vault: &Vault,
        row: &AccountRow,
    ) -> Result<(), MintError> {
        let identity = store::transfer::identity_seed(tx, &row.id).await?;
        self.add_seed(vault, Purpose::AccountIdentity, &row.id, &identity)?;
        self.add_seed(vault, Purpose::AccountSigning, &row.id, &row.signing_seed)?;
        for role in store::account_roles::of_account(tx, &row.id).await? {
            self.add_seed(vault, Purpose::RoleSigning, &role.id, &role.signing_seed)?;
        }
        Ok(())
    }
}

/// The account's users, each with the credential that was issued last.
async fn users(
    tx: &mut Tx,
    vault: &Vault,
    account: &AccountRow,
) -> Result<Vec<ExportedUser>, MintError> {
    let brought = store::transfer::brought_users(tx, &account.id).await?;
    let roles = store::account_roles::of_account(tx, &account.id).await?;
    let mut query = Query {
        limit: PAGE,
        order: Order::by_id(),
        filters: Vec::new(),
        begins_with: None,
        ends_before: None,
        since: None,
        until: None,
    };
    let mut users = Vec::new();
    loop {
        let of_account = store::users::of(&account.id);
        let rows: Vec<UserRow> = store::list::page(tx, of_account, &query).await?;
        let Some(last) = rows.last() else {
            return Ok(users);
        };
        query.order.after = Some((None, last.id.clone()));
        for row in rows {
            let own = brought
                .iter()
                .find(|own| own.id == row.id)
                .map(|own| own.jwt.clone());
            let jwt = match own.filter(|jwt| is_of(jwt, &row)) {
                Some(jwt) => jwt,
                None => {
                    let role = row.role_id.as_deref();
                    let role = role.and_then(|id| roles.iter().find(|role| role.id == id));
                    issue::again(vault, account, role, &row)?
                }
            };
            users.push(ExportedUser {
                name: row.name,
                public_key: row.public_key,
                jwt,
            });
        }
    }
}

/// Whether a token is the one that was issued last.
fn is_of(jwt: &str, row: &UserRow) -> bool {
    let claims = accounts::jwt::decode::<accounts::UserBody>(jwt);
    claims.is_ok_and(|claims| claims.jti == row.jwt_id)
}
