//! The domain of Tidegate, pure: keys, tokens, subjects, permissions, sharing, identity.
//!
//! It does no I/O, reads no clock and makes no randomness: `now` (unix seconds) and entropy are
//! arguments. The broker indexes what is decided here, and the admin API asks the same functions,
//! so both always give the same answer. Everything fails closed: what is not positively allowed
//! is refused.
//!
//! - [`nkeys`]: public keys and zeroizing key pairs; [`jwt`] and [`claims`]: tokens and what is
//!   in them; [`creds`]: the file a client logs in with.
//! - [`subject`], [`transform`], [`permissions`]: the algebra of subjects.
//! - [`policy`]: account claims compiled once; [`quotas`]: what only Tidegate bounds; [`trust`]:
//!   which account tokens we accept; [`sharing`]: imports and exports; [`identity`]: the one
//!   authorisation path; [`callout`]: accounts that leave it to a service of theirs.
//! - [`configured`]: accounts and users that a configuration names, in the place of tokens.
//! - [`mod@explain`]: the same verdicts with the rule that decided, for people and programs.
//! - [`xkeys`]: sealing texts for one reader.

pub mod callout;
pub mod claims;
mod conditions;
pub mod configured;
pub mod creds;
pub mod devices;
mod excess;
pub mod explain;
#[doc(hidden)]
pub mod fuzzing;
pub mod identity;
pub mod jwt;
pub mod nkeys;
pub mod permissions;
pub mod policy;
pub mod proxy;
pub mod quotas;
pub mod sharing;
pub mod subject;
mod template;
#[cfg(test)]
mod testing;
pub mod transform;
pub mod trust;
pub mod x509;
pub mod xkeys;
mod zone;

pub use callout::{Callout, CalloutError, Question, SentinelError};
pub use claims::account::{
    AccountBody, AccountLimits, DeviceAnchor, ExportClaim, ImportClaim, ShareKind, SigningKey,
    TidegateExtra, UserScope,
};
pub use claims::activation::ActivationBody;
pub use claims::authorization::{
    AuthorizationRequestBody, AuthorizationResponseBody, ClientInformation, ConnectInformation,
    ServerId,
};
pub use claims::generic::GenericBody;
pub use claims::operator::OperatorBody;
pub use claims::user::{
    PermissionSet, ResponseClaim, SubjectRules, TimeRange, UserBody, UserPermissionLimits,
};
pub use claims::validate::{Issue, Severity};
pub use conditions::{is_network, is_time_range};
pub use creds::{Creds, CredsError};
pub use excess::{Excess, Holder, excess};
pub use explain::{Explanation, explain};
pub use identity::{
    AuthError, ConnectFacts, ConnectionType, Identity, Proof, Recheck, Seen, UserLimits,
    account_of, authenticate, identify, recheck,
};
pub use jwt::{ACCOUNT_TOKEN_BYTES_MAX, ClaimBody, ClaimKind, Claims, JwtError, TOKEN_BYTES_MAX};
pub use nkeys::{KeyError, KeyKind, KeyPair, PublicKey};
pub use permissions::{Permissions, PermissionsError, ResponsePermission, Verdict};
pub use policy::{
    AccountPolicy, Export, Import, IssuerRight, Mapping, MappingError, Mappings, PolicyError,
    ResponseType, allows, ceiling,
};
pub use quotas::{QuotaError, Quotas, Rates};
pub use sharing::{SharingError, authorize_import, find_cycle};
pub use template::check_template;
pub use transform::{LenientTransform, Transform, TransformError};
pub use trust::{AcceptError, Trust, TrustError};
pub use xkeys::{CurveKeyPair, SealError};
pub use zone::Zone;
