//! Imports: which subject here stands for which subject there.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Import, PolicyError, lossy};
use crate::claims::account::{ImportClaim, ShareKind};
use crate::claims::activation::ActivationBody;
use crate::jwt;
use crate::subject;
use crate::transform::{Transform, TransformError};

/// Compiles the imports of an account. A name here stands for one service of an exporter: the first
/// counts, as on nats-server. A stream that is named twice in the same way is one.
pub(crate) fn compile_imports(claims: &[ImportClaim]) -> Result<Vec<Import>, PolicyError> {
    let mut imports = Vec::with_capacity(claims.len());
    let mut seen = HashSet::new();
    for claim in claims {
        let import = compile_import(claim)?;
        let stream = (import.kind == ShareKind::Stream).then(|| import.remote.clone());
        if seen.insert((import.exporter, import.local.clone(), stream)) {
            imports.push(import);
        }
    }
    Ok(imports)
}

/// Compiles one import. The activation token is decoded here, so that a use costs no signature.
pub(crate) fn compile_import(claim: &ImportClaim) -> Result<Import, PolicyError> {
    let bad = |error: TransformError| PolicyError::ImportSubject(claim.subject.clone(), error);
    let (to_local, to_remote) = transforms(claim)?;
    let token = if claim.token.is_empty() {
        None
    } else {
        let token = jwt::decode::<ActivationBody>(claim.token.trim())
            .map_err(|error| PolicyError::ImportToken(claim.subject.clone(), error))?;
        Some(Arc::new(token))
    };
    let local = to_remote.source().to_vec();
    let remote = to_local.source().to_vec();
    for pattern in [&local, &remote] {
        if !subject::is_valid(pattern) {
            return Err(bad(TransformError::InvalidSubject(lossy(pattern))));
        }
    }
    Ok(Import {
        kind: claim.kind,
        exporter: claim.account,
        remote,
        local,
        to_local,
        to_remote,
        share: claim.share,
        allow_trace: claim.allow_trace,
        token,
    })
}

/// Both directions. `local_subject` is written in terms of the exporter's subject. The older `to`
/// is a prefix for a stream; for a service it is the exporter's subject and `subject` is ours.
fn transforms(claim: &ImportClaim) -> Result<(Transform, Transform), PolicyError> {
    let bad = |error: TransformError| PolicyError::ImportSubject(claim.subject.clone(), error);
    let subject = claim.subject.as_bytes();
    if !claim.to.is_empty() && !claim.local_subject.is_empty() {
        return Err(PolicyError::ToAndLocal(claim.subject.clone()));
    }
    if !claim.to.is_empty() && claim.kind == ShareKind::Service {
        let to_remote = Transform::new(subject, claim.to.as_bytes()).map_err(bad)?;
        let to_local = to_remote.inverse().map_err(bad)?;
        return Ok((to_local, to_remote));
    }
    let to_local = if !claim.local_subject.is_empty() {
        Transform::new(subject, claim.local_subject.as_bytes())
    } else if claim.to.is_empty() {
        Transform::identity(subject)
    } else {
        Transform::new(subject, &prefixed(claim)?)
    };
    let to_local = to_local.map_err(bad)?;
    let to_remote = to_local.inverse().map_err(bad)?;
    Ok((to_local, to_remote))
}

fn prefixed(claim: &ImportClaim) -> Result<Vec<u8>, PolicyError> {
    let prefix = claim.to.strip_suffix('.').unwrap_or(&claim.to);
    let literal = subject::is_valid(prefix.as_bytes()) && subject::is_literal(prefix.as_bytes());
    if literal {
        Ok(format!("{prefix}.{}", claim.subject).into_bytes())
    } else {
        Err(PolicyError::StreamPrefix(claim.subject.clone()))
    }
}
