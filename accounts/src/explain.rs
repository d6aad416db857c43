//! Why: which rule of which claim allows or refuses something.
//!
//! The verdicts are those of [`crate::permissions`], [`crate::identity`] and [`crate::sharing`],
//! which decide; here they get a code for programs and a sentence for people. The broker and the
//! admin API ask the same functions, so both give one answer.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::callout;
use crate::identity::{AuthError, Identity};
use crate::nkeys::PublicKey;
use crate::permissions::{ResponsePermission, Verdict};
use crate::policy::AccountPolicy;
use crate::quotas::Quotas;
use crate::sharing::SharingError;
use crate::subject;

mod login;
mod mapped;
mod source;
mod ways;

pub use login::{Applicant, refused_login};
pub use source::{ClaimName, Rule};
pub use ways::Way;

/// Deny rules that one answer names besides the one that decided.
const FILTERS_MAX: usize = 16;
/// Bytes of a subject that a sentence repeats.
const SHOWN_BYTES_MAX: usize = 256;

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Publish a message or a request.
    Publish,
    /// Subscribe, alone or in a queue group.
    Subscribe,
    /// Log in, or stay logged in.
    Connect,
}

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Only [`Action::Publish`] and [`Action::Subscribe`] can be asked about.
    pub action: Action,
    /// The subject as the client would send it.
    pub subject: &'a [u8],
    /// The queue group of a subscription.
    pub queue: Option<&'a [u8]>,
    /// Unix seconds.
    pub now: i64,
}

/// What decided, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Allowed: nothing denies it and there is no allow list.
    NoAllowList,
    /// Allowed by an entry of an allow list.
    AllowedByRule,
    /// Refused by an entry of a deny list.
    DeniedByRule,
    /// Refused: there is an allow list and nothing in it covers the subject.
    NotListed,
    /// Refused, except as the reply to a request that was delivered to the user.
    OnlyAsResponse,
    /// Refused: not a subject.
    InvalidSubject,
    /// Refused: servers use this subject among themselves.
    ReservedSubject,
    /// Refused: only servers make reply subjects like this one.
    ReservedReply,
    /// Refused: servers use this queue group among themselves.
    ReservedQueue,
    /// Refused: a limit of user, account or server is reached.
    LimitReached,
    /// The login: no usable credential was shown.
    NoCredentials,
    AccountUnknown,
    AccountExpired,
    AccountNotYetValid,
    WrongAccount,
    NotTrusted,
    IssuerNotAllowed,
    StrictIssuer,
    IssuerRemoved,
    ScopedUserNotZero,
    TemplateUnusable,
    TokenUnusable,
    UserExpired,
    UserNotYetValid,
    UserRevoked,
    BearerDisallowed,
    ProxyRequired,
    ConnectionType,
    SignatureMissing,
    BadSignature,
    BadCredentials,
    /// The configuration has no such user any more.
    NotConfigured,
    CalloutRefused,
    /// A device's certificate is not one that the account takes.
    CertificateRefused,
    ClientAddress,
    OutsideHours,
    ConditionUnreadable,
    /// An import that the exporting account lets through.
    ImportActive,
    /// An import that brings nothing; the importing account may not know more than that.
    ImportInactive,
    ExporterUnknown,
    ExporterExpired,
    ExporterNotYetValid,
    NotExported,
    ActivationMissing,
    ActivationIssuer,
    ActivationImporter,
    ActivationKind,
    ActivationSubject,
    ActivationTime,
    ActivationRevoked,
    AccountTokenPosition,
    /// The export lists the accounts that may use it.
    NotApproved,
}

/// An answer and its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Whether it is allowed.
    pub allowed: bool,
    /// What decided, for programs.
    pub code: Code,
    /// What decided, for people.
    pub text: String,
    /// The rule that decided, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Deny rules that keep a part of an allowed subscription from being delivered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Rule>,
    /// The subjects that the account's mappings make of a published one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mapped: Vec<String>,
    /// What imports make of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<Way>,
}

impl Explanation {
    fn plain(allowed: bool, code: Code, text: String) -> Self {
        Self {
            allowed,
            code,
            text,
            rule: None,
            filters: Vec::new(),
            mapped: Vec::new(),
            ways: Vec::new(),
        }
    }

    fn refused(code: Code, text: impl Into<String>) -> Self {
        Self::plain(false, code, text.into())
    }

    fn by(mut self, rule: Rule) -> Self {
        self.rule = Some(rule);
        self
    }

    /// Refused by a limit; the text says which one.
    pub fn limit(text: impl Into<String>) -> Self {
        Self::refused(Code::LimitReached, text)
    }

    /// A login that was refused before its account was asked.
    pub fn stranger(code: Code, text: impl Into<String>) -> Self {
        Self::refused(code, text)
    }

    /// The same without what an importing account may not know of others: whether, and by which
    /// of its rules, an exporting account refuses an import.
    #[must_use]
    pub fn for_tenant(mut self) -> Self {
        self.ways.iter_mut().for_each(Way::hide_others);
        self
    }
}

/// Whether `who` may do what is asked, and what its account's mappings and imports make of it.
///
/// Without an identity the answer is for a user that carries no permissions of its own. Policies
/// of other accounts come from `policy_of`; one that it does not know gives nothing.
pub fn explain(
    account: &AccountPolicy,
    who: Option<&Identity>,
    question: &Question<'_>,
    mut policy_of: impl FnMut(&PublicKey) -> Option<Arc<AccountPolicy>>,
) -> Explanation {
    let mut answer = permission(account, who, question);
    if answer.allowed {
        let subjects = match question.action {
            Action::Publish => mapped::destinations(account, question),
            Action::Subscribe | Action::Connect => vec![question.subject.to_vec()],
        };
        for subject in &subjects {
            let question = Question {
                subject,
                ..*question
            };
            ways::find(account, &question, &mut policy_of, &mut answer.ways);
        }
    }
    answer
}

/// The same within the account alone.
pub fn permission(
    account: &AccountPolicy,
    who: Option<&Identity>,
    question: &Question<'_>,
) -> Explanation {
    let answer = verdict(account, who, question);
    if answer.allowed && question.action == Action::Publish {
        let verdict = |question: &Question<'_>| verdict(account, who, question);
        return mapped::follow(account, question, answer, verdict);
    }
    answer
}

/// The same for the subject alone.
fn verdict(
    account: &AccountPolicy,
    who: Option<&Identity>,
    question: &Question<'_>,
) -> Explanation {
    let muted = match question.action {
        Action::Publish => muted(account, who),
        Action::Subscribe | Action::Connect => None,
    };
    if let Some(refused) = muted.or_else(|| unusable(question)) {
        return refused;
    }
    let permissions = who.map_or(&account.default_permissions, |who| &who.permissions);
    let source = source::Source::of(account, who);
    let (subject, queue) = (question.subject, question.queue);
    let (verdict, lists) = match question.action {
        Action::Subscribe => (permissions.subscribe_verdict(subject, queue), "sub"),
        Action::Publish | Action::Connect => (permissions.publish_verdict(subject), "pub"),
    };
    let responses = permissions
        .responses()
        .filter(|_| question.action == Action::Publish);
    let mut answer = match verdict {
        Verdict::NoList => Explanation::plain(
            true,
            Code::NoAllowList,
            format!(
                "allowed: {} and there is no allow list",
                source.no_denial(lists)
            ),
        ),
        Verdict::Allowed(entry) => {
            let rule = source.rule(lists, "allow", Some(entry));
            Explanation::plain(true, Code::AllowedByRule, format!("allowed by {rule}")).by(rule)
        }
        // No claim says so: it holds wherever there is a callout.
        Verdict::Denied(entry)
            if account.callout.is_some() && entry.subject == callout::SUBJECT.as_bytes() =>
        {
            let text = "refused: only servers ask the account's auth callout";
            Explanation::refused(Code::ReservedSubject, text)
        }
        Verdict::Denied(entry) => {
            let rule = source.rule(lists, "deny", Some(entry));
            refused(Code::DeniedByRule, format!("denied by {rule}"), responses).by(rule)
        }
        Verdict::NotListed => {
            let rule = source.rule(lists, "allow", None);
            let text = format!("refused: no entry of {rule} covers \"{}\"", shown(subject));
            refused(Code::NotListed, text, responses).by(rule)
        }
    };
    if answer.allowed && question.action == Action::Subscribe {
        let filters = permissions.filters(subject, queue);
        let filters = filters.into_iter().take(FILTERS_MAX);
        answer.filters = filters
            .map(|entry| source.rule(lists, "deny", Some(entry)))
            .collect();
    }
    answer
}

/// Refused by a list; a user that may respond may still do so to what it was asked.
fn refused(code: Code, text: String, responses: Option<ResponsePermission>) -> Explanation {
    match responses {
        None => Explanation::refused(code, text),
        Some(granted) => {
            let text = format!("{text}, except as a reply: {}", terms(granted));
            Explanation::refused(Code::OnlyAsResponse, text)
        }
    }
}

/// Refused by a quota that lets nothing be published.
fn muted(account: &AccountPolicy, who: Option<&Identity>) -> Option<Explanation> {
    let of_user = who.map_or_else(Quotas::default, |who| who.quotas);
    let (of_account, of_user) = account.quotas_in_force(of_user);
    let whose = match (of_account.rates, of_user.rates) {
        (rates, _) if rates.allow_nothing() => "account",
        (_, rates) if rates.allow_nothing() => "user",
        _ => return None,
    };
    let text = format!("refused: a quota of the {whose} lets nothing be published");
    Some(Explanation::limit(text))
}

/// What is refused whoever asks.
fn unusable(question: &Question<'_>) -> Option<Explanation> {
    let subject = question.subject;
    let refused = |code, text: &str| {
        let text = format!("refused: \"{}\" {text}", shown(subject));
        Some(Explanation::refused(code, text))
    };
    match question.action {
        Action::Subscribe if !subject::is_valid_subscription(subject) => refused(
            Code::InvalidSubject,
            "has an empty token or a `>` that is not last",
        ),
        Action::Subscribe if subject::has_too_many_tokens(subject) => {
            refused(Code::InvalidSubject, "has too many tokens")
        }
        Action::Subscribe if question.queue.is_some_and(subject::is_reserved_queue) => refused(
            Code::ReservedQueue,
            "with this queue group is for servers only",
        ),
        Action::Publish if subject::is_reserved(subject) => {
            refused(Code::ReservedSubject, "is a subject that only servers use")
        }
        _ => None,
    }
}

fn terms(granted: ResponsePermission) -> String {
    let messages = match granted.max {
        ..0 => "any number of messages".to_owned(),
        max => format!("at most {max} message(s)"),
    };
    match granted.ttl_ns {
        ..0 => format!("{messages} for each delivered request"),
        ttl => format!(
            "{messages} within {} s of a delivered request",
            ttl / 1_000_000_000
        ),
    }
}

/// Explains a reply subject that only servers may name.
pub fn reserved_reply(reply: &[u8]) -> Explanation {
    let text = format!(
        "refused: only servers make reply subjects like \"{}\"",
        shown(reply)
    );
    Explanation::refused(Code::ReservedReply, text)
}

/// A subject in a sentence: as text, and not longer than a sentence bears.
fn shown(subject: &[u8]) -> String {
    let cut = subject.len().min(SHOWN_BYTES_MAX);
    let mut text = String::from_utf8_lossy(&subject[..cut]).into_owned();
    if cut < subject.len() {
        text.push('…');
    }
    text
}

impl AuthError {
    /// The reason for programs.
    pub fn code(&self) -> Code {
        match self {
            Self::NotTrusted => Code::NotTrusted,
            Self::WrongAccount => Code::WrongAccount,
            Self::IssuerNotAllowed | Self::IssuerAccountMissing | Self::DeviceWithoutRole => {
                Code::IssuerNotAllowed
            }
            Self::Device(_) | Self::AuthorityRemoved | Self::CertificateRequired => {
                Code::CertificateRefused
            }
            Self::StrictIssuer => Code::StrictIssuer,
            Self::IssuerRemoved => Code::IssuerRemoved,
            Self::ScopedUserNotZero => Code::ScopedUserNotZero,
            Self::Template(_) => Code::TemplateUnusable,
            Self::Permissions(_) | Self::Quotas(_) | Self::Invalid(_) => Code::TokenUnusable,
            Self::AccountExpired => Code::AccountExpired,
            Self::AccountNotYetValid => Code::AccountNotYetValid,
            Self::Expired => Code::UserExpired,
            Self::NotYetValid => Code::UserNotYetValid,
            Self::BearerDisallowed => Code::BearerDisallowed,
            Self::ProxyRequired => Code::ProxyRequired,
            Self::ConnectionType => Code::ConnectionType,
            Self::SignatureMissing => Code::SignatureMissing,
            Self::BadSignature => Code::BadSignature,
            Self::BadCredentials => Code::BadCredentials,
            Self::NotConfigured => Code::NotConfigured,
            Self::Revoked => Code::UserRevoked,
            Self::CalloutRequired | Self::CalloutPlacement | Self::CalloutWithdrawn => {
                Code::CalloutRefused
            }
            Self::ClientAddress => Code::ClientAddress,
            Self::OutsideHours => Code::OutsideHours,
            Self::TimesLocation(_) | Self::BadCondition(_) => Code::ConditionUnreadable,
        }
    }
}

impl SharingError {
    /// The reason for programs.
    pub const fn code(self) -> Code {
        match self {
            Self::OtherExporter => Code::ExporterUnknown,
            Self::ExporterExpired => Code::ExporterExpired,
            Self::ExporterNotYetValid => Code::ExporterNotYetValid,
            Self::NotExported => Code::NotExported,
            Self::TokenMissing => Code::ActivationMissing,
            Self::TokenIssuer => Code::ActivationIssuer,
            Self::TokenImporter => Code::ActivationImporter,
            Self::TokenKind => Code::ActivationKind,
            Self::TokenSubject => Code::ActivationSubject,
            Self::TokenTime => Code::ActivationTime,
            Self::TokenRevoked => Code::ActivationRevoked,
            Self::AccountToken => Code::AccountTokenPosition,
            Self::NotApproved => Code::NotApproved,
        }
    }
}

#[cfg(test)]
mod tests;
