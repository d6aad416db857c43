//! Sharing between accounts: may this import be used, and do imports form a cycle.
//!
//! Both ends speak: the importer's claims name the export, the exporter's claims decide. All
//! exports that contain the imported subject must agree, so that a public one never opens a
//! private one that it overlaps.

use std::collections::HashSet;
use std::sync::Arc;

use crate::claims::activation::ActivationBody;
use crate::configured;
use crate::jwt::Claims;
use crate::nkeys::PublicKey;
use crate::policy::{AccountPolicy, Export, Import, IssuerRight, ShareKind};
use crate::subject;

/// Accounts in a row that a cycle is searched through.
const CYCLE_DEPTH_MAX: usize = 64;
/// Import edges that one search looks at.
const CYCLE_STEPS_MAX: usize = 1 << 16;
/// Subject mappings that cost a search as much as one import.
const MAPPINGS_PER_STEP: usize = 256;

/// Why an import gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SharingError {
    #[error("the import names another exporting account")]
    OtherExporter,
    #[error("the exporting account has expired")]
    ExporterExpired,
    #[error("the exporting account is not valid yet")]
    ExporterNotYetValid,
    #[error("the exporting account does not export this subject")]
    NotExported,
    #[error("the export needs an activation token of the exporting account")]
    TokenMissing,
    #[error("the activation token was not issued by the exporting account")]
    TokenIssuer,
    #[error("the activation token is for another importing account")]
    TokenImporter,
    #[error("the activation token is for another kind of import")]
    TokenKind,
    #[error("the activation token is for another subject")]
    TokenSubject,
    #[error("the activation token has expired or is not valid yet")]
    TokenTime,
    #[error("the activation token was revoked by the exporting account")]
    TokenRevoked,
    #[error("the export is for other accounts")]
    NotApproved,
    #[error("the imported subject must have the importing account's key at the export's position")]
    AccountToken,
}

/// The export that lets `importer` use `import` at `now` (unix seconds). Ask again whenever the
/// claims of either account change, or the activation token expires.
pub fn authorize_import<'a>(
    exporter: &'a AccountPolicy,
    importer: &PublicKey,
    import: &Import,
    now: i64,
) -> Result<&'a Export, SharingError> {
    if import.exporter != exporter.key {
        return Err(SharingError::OtherExporter);
    }
    if exporter.is_expired(now) {
        return Err(SharingError::ExporterExpired);
    }
    if exporter.is_early(now) {
        return Err(SharingError::ExporterNotYetValid);
    }
    let covering = exporter.exports.iter().filter(|export| {
        export.kind == import.kind && subject::is_subset(&import.remote, &export.subject)
    });
    // An export of just that subject is the last word on it.
    let exact = covering
        .clone()
        .find(|export| export.subject == import.remote);
    if let Some(export) = exact {
        authorize_export(exporter, export, importer, import, now)?;
        return Ok(export);
    }
    let mut first = None;
    for export in covering {
        authorize_export(exporter, export, importer, import, now)?;
        first = first.or(Some(export));
    }
    first.ok_or(SharingError::NotExported)
}

fn authorize_export(
    exporter: &AccountPolicy,
    export: &Export,
    importer: &PublicKey,
    import: &Import,
    now: i64,
) -> Result<(), SharingError> {
    if export
        .approved
        .as_ref()
        .is_some_and(|approved| !approved.contains(importer))
    {
        return Err(SharingError::NotApproved);
    }
    if let Some(at) = export.account_token_position.checked_sub(1) {
        // A wildcard there would reach every account's part.
        let token = subject::tokens(&import.remote).nth(at);
        if !token.is_some_and(|token| is_called(importer, token, exporter)) {
            return Err(SharingError::AccountToken);
        }
    }
    if export.token_required {
        let token = import.token.as_deref().ok_or(SharingError::TokenMissing)?;
        check_token(token, exporter, importer, import)?;
        if (token.exp != 0 && token.exp <= now) || token.nbf > now {
            return Err(SharingError::TokenTime);
        }
        if export.revocations.covers(importer, token.iat) {
            return Err(SharingError::TokenRevoked);
        }
    }
    Ok(())
}

/// Whether a subject's token is the importer: its key, or its name where accounts are configured.
fn is_called(importer: &PublicKey, token: &[u8], exporter: &AccountPolicy) -> bool {
    if exporter.shown.is_some() {
        let name = std::str::from_utf8(token);
        return name.is_ok_and(|name| configured::account_key(name) == *importer);
    }
    token == importer.to_string().as_bytes()
}

/// What a token says, without the clock and the exporter's revocations.
fn check_token(
    token: &Claims<ActivationBody>,
    exporter: &AccountPolicy,
    importer: &PublicKey,
    import: &Import,
) -> Result<(), SharingError> {
    let body = &token.nats;
    let named = body
        .issuer_account
        .is_none_or(|account| account == exporter.key);
    let signed = match exporter.may_issue(&token.iss) {
        IssuerRight::Account => true,
        // A signing key speaks for the account only when the token names the account.
        IssuerRight::Signing => body.issuer_account.is_some(),
        // A scoped key is for users of one role, nothing else.
        IssuerRight::Scoped(_) | IssuerRight::No => false,
    };
    if !named || !signed {
        return Err(SharingError::TokenIssuer);
    }
    if token.subject() != *importer {
        return Err(SharingError::TokenImporter);
    }
    if body.kind != import.kind {
        return Err(SharingError::TokenKind);
    }
    if !subject::is_subset(&import.remote, body.subject.as_bytes()) {
        return Err(SharingError::TokenSubject);
    }
    Ok(())
}

/// Searches for a chain of imports of one kind that leads back to where it was: the accounts on
/// it, or `None`. Requests go on as the subject mappings of each account that they enter have it;
/// streams are mapped where they are published, and not on their way. An account that
/// `imports_of` does not know ends its chain. A chain or a search that is too long to follow is
/// reported like a cycle.
pub fn find_cycle(
    start: &PublicKey,
    mut imports_of: impl FnMut(&PublicKey) -> Option<Arc<AccountPolicy>>,
) -> Option<Vec<PublicKey>> {
    let policy = imports_of(start)?;
    [ShareKind::Service, ShareKind::Stream]
        .into_iter()
        .find_map(|kind| {
            let mut search = Search {
                kind,
                imports_of: &mut imports_of,
                path: Vec::new(),
                done: HashSet::new(),
                steps: 0,
            };
            let mut ours = policy.imports.iter().filter(|import| import.kind == kind);
            let cyclic = ours.any(|import| search.visit(*start, import.local.clone()));
            cyclic.then(|| {
                search
                    .path
                    .into_iter()
                    .map(|(account, _)| account)
                    .collect()
            })
        })
}

/// A depth-first walk; its depth is bounded by [`CYCLE_DEPTH_MAX`].
struct Search<'a> {
    kind: ShareKind,
    imports_of: &'a mut dyn FnMut(&PublicKey) -> Option<Arc<AccountPolicy>>,
    /// The accounts we are in, and with which subject we entered each.
    path: Vec<(PublicKey, Vec<u8>)>,
    /// Entries from which no cycle was found.
    done: HashSet<(PublicKey, Vec<u8>)>,
    steps: usize,
}

impl Search<'_> {
    /// Whether messages on `pattern` in `account` can come back; the path then holds the cycle.
    fn visit(&mut self, account: PublicKey, pattern: Vec<u8>) -> bool {
        let entry = (account, pattern);
        if self.done.contains(&entry) {
            return false;
        }
        self.path.push(entry.clone());
        if self.path.len() > CYCLE_DEPTH_MAX {
            return true;
        }
        let policy = (self.imports_of)(&account);
        for import in policy.iter().flat_map(|policy| &policy.imports) {
            self.steps += 1;
            if self.steps > CYCLE_STEPS_MAX {
                return true;
            }
            if import.kind == self.kind && self.follow(import) {
                return true;
            }
        }
        self.path.pop();
        self.done.insert(entry);
        false
    }

    fn follow(&mut self, import: &Import) -> bool {
        let Some((_, pattern)) = self.path.last() else {
            return false;
        };
        let Some(inside) = subject::intersection(pattern, &import.local) else {
            return false;
        };
        let mut remote = Vec::new();
        if !import.to_remote.apply(&inside, &mut remote) {
            return false;
        }
        let exporter = (self.imports_of)(&import.exporter);
        let mapped = match exporter.filter(|_| self.kind == ShareKind::Service) {
            Some(policy) => {
                self.steps += policy.mappings.len() / MAPPINGS_PER_STEP;
                policy.mappings.cover(&remote)
            }
            None => vec![remote],
        };
        let mut ways = mapped.into_iter();
        ways.any(|pattern| self.enter(import.exporter, pattern))
    }

    fn enter(&mut self, account: PublicKey, pattern: Vec<u8>) -> bool {
        let been = |(before, entered): &(PublicKey, Vec<u8>)| {
            *before == account && subject::overlaps(entered, &pattern)
        };
        self.path.iter().any(been) || self.visit(account, pattern)
    }
}

#[cfg(test)]
mod tests;
