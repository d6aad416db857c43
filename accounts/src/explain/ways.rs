//! What imports make of a subject: where a request is carried, where a subscription reaches to.

use std::sync::Arc;

use serde::Serialize;

use super::{Action, Code, Question, shown};
use crate::claims::account::ShareKind;
use crate::nkeys::PublicKey;
use crate::policy::{AccountPolicy, Import};
use crate::{sharing, subject};

/// Imports that one answer names. An account may have thousands that overlap.
const WAYS_MAX: usize = 64;

/// One import that a subject falls under, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// `service`: a request is carried there. `stream`: messages come from there.
    pub kind: ShareKind,
    /// The exporting account.
    pub account: String,
    /// The subject in the importing account: for a subscription, the part of it that the import
    /// covers.
    pub local: String,
    /// The subject in the exporting account.
    pub remote: String,
    /// Whether anything goes this way.
    pub allowed: bool,
    /// What decided, for programs.
    pub code: Code,
    /// What decided, for people.
    pub text: String,
    /// The exporting account's export that lets it through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export: Option<String>,
}

impl Way {
    /// Leaves only what the importing account knows by its own claims and by trying.
    pub(super) fn hide_others(&mut self) {
        self.export = None;
        if !self.allowed {
            self.code = Code::ImportInactive;
            "the exporting account does not let this import through".clone_into(&mut self.text);
        }
    }
}

/// Adds the imports that the question's subject falls under.
pub(super) fn find(
    account: &AccountPolicy,
    question: &Question<'_>,
    mut policy_of: impl FnMut(&PublicKey) -> Option<Arc<AccountPolicy>>,
    ways: &mut Vec<Way>,
) {
    let covered = account.imports.iter().filter_map(|import| {
        let local = local_part(import, question)?;
        let mut remote = Vec::new();
        import
            .to_remote
            .apply(&local, &mut remote)
            .then_some((import, local, remote))
    });
    let found = covered
        .take(WAYS_MAX - ways.len())
        .map(|(import, local, remote)| {
            let of_others = match import.exporter == account.key {
                true => None,
                false => policy_of(&import.exporter),
            };
            // An account may import what it exports itself.
            let own = (import.exporter == account.key).then_some(account);
            let (allowed, code, text, export) =
                judge(of_others.as_deref().or(own), account, import, question);
            Way {
                kind: import.kind,
                account: import.exporter.to_string(),
                local: shown(&local),
                remote: shown(&remote),
                allowed,
                code,
                text,
                export,
            }
        });
    ways.extend(found);
}

/// The part of the subject that an import covers. A service import takes what is published, a
/// stream import brings what is subscribed to.
fn local_part(import: &Import, question: &Question<'_>) -> Option<Vec<u8>> {
    match (import.kind, question.action) {
        (ShareKind::Service, Action::Publish) => {
            subject::matches(&import.local, question.subject).then(|| question.subject.to_vec())
        }
        (ShareKind::Stream, Action::Subscribe) => {
            subject::intersection(question.subject, &import.local)
        }
        _ => None,
    }
}

type Judgement = (bool, Code, String, Option<String>);

fn judge(
    exporter: Option<&AccountPolicy>,
    account: &AccountPolicy,
    import: &Import,
    question: &Question<'_>,
) -> Judgement {
    let Some(exporter) = exporter else {
        let text = "the exporting account is not known here".to_owned();
        return (false, Code::ExporterUnknown, text, None);
    };
    match sharing::authorize_import(exporter, &account.key, import, question.now) {
        Ok(export) => {
            let subject = shown(&export.subject);
            let text = format!("let through by the export \"{subject}\"");
            (true, Code::ImportActive, text, Some(subject))
        }
        Err(error) => (false, error.code(), error.to_string(), None),
    }
}
