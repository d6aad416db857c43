//! What new claims change for those who are connected, and which claims are refused.

use accounts::{AccountBody, Claims, SigningKey, subject};

use super::{Kind, claims, is_untimely, odd_list, reads_differently, user_of};
use crate::differential::case::{Case, Signer, Step, User, Version};
use crate::differential::play::Difference;

pub(super) fn update(case: &Case, account: usize, difference: &Difference) -> Option<Kind> {
    let Step::Update { version, .. } = &case.steps[difference.step] else {
        return None;
    };
    let mut theirs = difference.theirs.iter();
    let taken = theirs.any(|event| event == "update taken");
    if difference.ours == ["update refused"] && taken {
        let before = claims(case, account, difference.step);
        return refused(version, before);
    }
    if is_untimely(&version.claims, case.now) {
        return Some(Kind::UntimelyUpdate);
    }
    if rechecked_differently(case, difference) {
        return Some(Kind::SubscribedWildcards);
    }
    if let Some(kind) = lost_by_list(case, difference) {
        return Some(kind);
    }
    let before = claims(case, account, difference.step)?;
    closed(&version.claims, before, difference)
}

/// Why ours alone closes connections.
fn closed(
    new: &Claims<AccountBody>,
    before: &Claims<AccountBody>,
    difference: &Difference,
) -> Option<Kind> {
    let bearer = |key: &SigningKey| match key {
        SigningKey::Scoped(scope) => scope.template.rights.bearer_token,
        SigningKey::Plain(_) => false,
    };
    let of_bearer = |event: &String| {
        event.ends_with(" closed") || event.ends_with(" -ERR Authorization Violation")
    };
    if new.nats.limits.disallow_bearer
        && new.nats.signing_keys.iter().any(bearer)
        && difference.theirs.is_empty()
        && difference.ours.iter().all(of_bearer)
    {
        return Some(Kind::BearerRole);
    }
    let renamed = before.nats.tags != new.nats.tags || before.name != new.name;
    let closed = |event: &String| event.ends_with(" closed");
    let only_closed = difference.theirs.is_empty() && difference.ours.iter().all(closed);
    (renamed && only_closed).then_some(Kind::AccountTags)
}

/// Why ours alone refuses claims.
fn refused(version: &Version, before: Option<&Claims<AccountBody>>) -> Option<Kind> {
    if version.signer == Signer::Stranger {
        return Some(Kind::TrustBeforeStoring);
    }
    let body = &version.claims.nats;
    let wildcard = |text: &String| !subject::is_literal(text.as_bytes());
    if !body.limits.wildcards
        && body.limits.exports < 0
        && body.exports.iter().any(|export| wildcard(&export.subject))
    {
        return Some(Kind::WildcardExports);
    }
    let mut destinations = body.mappings.values().flatten();
    if destinations.any(|it| it.subject.contains("}}{{")) {
        return Some(Kind::TwoFunctions);
    }
    let before = before?;
    let generation =
        |claims: &Claims<AccountBody>| claims.nats.tidegate.as_ref().map(|extra| extra.generation);
    let (new, old) = (generation(&version.claims), generation(before));
    let repeated = new.is_some() && new == old && version.claims.iat <= before.iat;
    let older = new < old || version.claims.iat < before.iat || repeated;
    older.then_some(Kind::OlderClaims)
}

/// Whose subscription was taken away, and on which subject.
fn lost<'a>(case: &'a Case, event: &'a str) -> Option<(&'a User, &'a str)> {
    let (who, lost) = event.split_once(" -ERR Permissions Violation for Subscription to \"")?;
    let (subject, _) = lost.split_once('"')?;
    let user = user_of(case, who.strip_prefix('c')?.parse().ok()?)?;
    Some((user, subject))
}

/// Whether all that differs are subscriptions that one side took away because of their wildcards.
fn rechecked_differently(case: &Case, difference: &Difference) -> bool {
    let reads = |event: &String| {
        let (user, subject) = lost(case, event)?;
        Some(reads_differently(case, user, difference.step + 1, subject))
    };
    let mut all = difference.ours.iter().chain(&difference.theirs);
    all.all(|event| reads(event) == Some(true))
}

/// Why ours alone takes subscriptions away, where that is how a list is written.
fn lost_by_list(case: &Case, difference: &Difference) -> Option<Kind> {
    if !difference.theirs.is_empty() {
        return None;
    }
    let odd = |event: &String| odd_list(case, lost(case, event)?.0, difference.step + 1);
    let kinds: Option<Vec<Kind>> = difference.ours.iter().map(odd).collect();
    kinds?.first().copied()
}
