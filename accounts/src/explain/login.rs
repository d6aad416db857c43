//! Refused logins: which field of which claim decided.

use super::Explanation;
use super::source::{ClaimName, Rule};
use crate::identity::AuthError;
use crate::nkeys::PublicKey;
use crate::policy::{AccountPolicy, IssuerRight};

/// Who was refused, as its token says.
#[derive(Debug, Clone, Copy)]
pub struct Applicant {
    /// The user's key.
    pub user: PublicKey,
    /// Who signed the token.
    pub issuer: PublicKey,
    /// Unix seconds.
    pub issued_at: i64,
}

/// Explains why a login was refused, or why a live connection had to go.
pub fn refused_login(
    account: &AccountPolicy,
    applicant: &Applicant,
    error: &AuthError,
) -> Explanation {
    let answer = Explanation::refused(error.code(), format!("refused: {error}"));
    match deciding_rule(account, applicant, error) {
        Some(rule) => answer.by(rule),
        None => answer,
    }
}

fn deciding_rule(
    account: &AccountPolicy,
    applicant: &Applicant,
    error: &AuthError,
) -> Option<Rule> {
    let rule = |claim, key: &PublicKey, path: String| Rule {
        claim,
        key: key.to_string(),
        role: None,
        path,
        entry: None,
        filled_in: None,
    };
    let of_account = |path: &str| Some(rule(ClaimName::Account, &account.key, path.to_owned()));
    let of_user = |path: &str| Some(rule(ClaimName::User, &applicant.user, path.to_owned()));
    let of_rights = |path: &str| match account.may_issue(&applicant.issuer) {
        IssuerRight::Scoped(scope) => {
            let mut rule = rule(
                ClaimName::SigningKey,
                &scope.key,
                format!("template.{path}"),
            );
            rule.role = Some(scope.role.clone()).filter(|role| !role.is_empty());
            Some(rule)
        }
        _ => of_user(path),
    };
    match error {
        AuthError::Revoked => {
            let (key, at) = account.revocation_of(&applicant.user, applicant.issued_at)?;
            let path = format!("revocations[\"{key}\"]");
            let mut rule = rule(ClaimName::Account, &account.key, path);
            rule.entry = Some(at.to_string());
            Some(rule)
        }
        AuthError::AccountExpired => of_account("exp"),
        AuthError::AccountNotYetValid => of_account("nbf"),
        AuthError::BearerDisallowed => of_account("limits.disallow_bearer"),
        AuthError::IssuerNotAllowed | AuthError::IssuerRemoved | AuthError::DeviceWithoutRole => {
            of_account("signing_keys")
        }
        AuthError::AuthorityRemoved => of_account("tidegate.device_anchors"),
        AuthError::CalloutRequired | AuthError::CalloutPlacement | AuthError::CalloutWithdrawn => {
            of_account("authorization")
        }
        AuthError::Expired => of_user("exp"),
        AuthError::NotYetValid => of_user("nbf"),
        AuthError::IssuerAccountMissing => of_user("issuer_account"),
        AuthError::ScopedUserNotZero | AuthError::Permissions(_) => of_user("permissions"),
        AuthError::Template(_) => of_rights("permissions"),
        AuthError::ClientAddress => of_rights("src"),
        AuthError::OutsideHours => of_rights("times"),
        AuthError::TimesLocation(_) => of_rights("times_location"),
        AuthError::ConnectionType => of_rights("allowed_connection_types"),
        AuthError::ProxyRequired => of_rights("proxy_required"),
        AuthError::CertificateRequired => of_rights("tidegate.require_certificate"),
        AuthError::Invalid(_)
        | AuthError::BadCredentials
        | AuthError::NotConfigured
        | AuthError::Quotas(_)
        | AuthError::NotTrusted
        | AuthError::WrongAccount
        | AuthError::StrictIssuer
        | AuthError::SignatureMissing
        | AuthError::BadSignature
        | AuthError::BadCondition(_)
        | AuthError::Device(_) => None,
    }
}
