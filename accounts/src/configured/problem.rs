//! What is wrong with a configuration, and with which part of it.

/// A part of a [`Setup`](super::Setup): whoever read it knows where that stood.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// The account of this name.
    Account(String),
    /// An export of the account, by its place in the list.
    Export(String, usize),
    /// An import of the account, by its place in the list.
    Import(String, usize),
    /// The mapping of the account from this source.
    Mapping(String, String),
    /// A user, by its place in the list.
    User(usize),
    NoAuthUser,
    SystemAccount,
    Callout,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SetupProblem {
    pub place: Place,
    pub message: String,
}

/// All findings of a setup that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct SetupError(pub Vec<SetupProblem>);
