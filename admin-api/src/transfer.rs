//! Operators, accounts and users from elsewhere, and back: what nsc and nats-server keep in files.
//!
//! Tokens are taken as they are and stay as they are until something is changed, so that every
//! credential that was good before is good here. What the rows of an account cannot say is
//! *carried* along and written into its claims again.

mod bundle;
mod carried;
mod export;
mod found;
mod import;

pub(crate) use bundle::Brought;
pub use bundle::{Bundle, BundleError};
pub(crate) use carried::Carried;
pub(crate) use export::export;
pub use export::{Exported, ExportedAccount, ExportedOperator, ExportedUser};
pub(crate) use found::adopt;
pub(crate) use import::Importer;
pub use import::{Imported, ImportedAccount};

use crate::mint::MintError;
use crate::problem::Problem;
use crate::store::StoreError;

/// Why something from elsewhere cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The accounts' claims are such that servers would refuse them, or were signed by others.
    #[error("account {name} ({key}): {reason}")]
    Account {
        /// As its claims call it.
        name: String,
        /// Its public key.
        key: String,
        /// Why.
        reason: String,
    },
    /// There is no operator among what was brought.
    #[error("there is no operator's token among them; give the operator's JWT too")]
    NoOperator,
    /// None of the operator's keys was brought.
    #[error(
        "there is no seed of operator {name} to sign accounts with: bring the seed of one of its \
         keys, {keys}"
    )]
    NoOperatorSeed {
        /// As its claims call it.
        name: String,
        /// The keys that would do.
        keys: String,
    },
    /// Keys or claims could not be made.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// The database did not do what it should.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<TransferError> for Problem {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::Mint(error) => error.into(),
            TransferError::Store(error) => error.into(),
            refused => Self::invalid("/tokens", refused.to_string()),
        }
    }
}
