//! Differences that stay, because the original is at fault or because we chose so. Each is a row
//! of `docs/differences.md` and has a small test of its own in `tests/tests/it/differences.rs`.
//!
//! A rule here is as narrow as it can be: a difference that looks alike but is not the same must
//! still be found.

use std::fmt;

use accounts::{
    AccountBody, ActivationBody, Claims, PublicKey, ShareKind, SigningKey, UserPermissionLimits,
    jwt, subject,
};

use super::case::{Case, Step, User};
use super::play::Difference;

mod late;
mod mapped;
mod passing;
mod updates;
mod ways;
use ways::{Accounts, Way};

/// A known difference. Several may share a row of the document, see [`Kind::row`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Claims of an operator that is not trusted: nats-server stores them, and says so.
    TrustBeforeStoring,
    /// Claims older than those in place: nats-server goes back to them.
    OlderClaims,
    /// Claims that have expired or are not valid yet: nats-server stores them, and goes on with
    /// the old ones.
    UntimelyUpdate,
    /// A deleted account: nats-server may bring it back when an account changes that it imports
    /// from.
    Deleted,
    /// An account that imports from one that came later: nats-server loads that one at the next
    /// change of the importer, and then puts the importer's old claims in force once more.
    OldClaimsAgain,
    /// `allow: []`: nats-server reads it as no list, so that everything is allowed.
    EmptyAllowList,
    /// A name or tag that is not one literal token: nats-server puts it into a template. And it
    /// loses queue rules that stand in one list with a template.
    TemplateValue,
    /// New names and tags of an account: nats-server leaves roles that ask for them as they were.
    AccountTags,
    /// Roles whose users bear their token alone: nats-server lets them stay when the account
    /// forbids that.
    BearerRole,
    /// The wildcards of a subscription: nats-server takes them for text when it looks for a rule,
    /// so that `allow: a.*` allows `a.>`, and `deny: a.*` denies it as a whole.
    SubscribedWildcards,
    /// `wildcards: false`: nats-server obeys it only where the number of exports is limited.
    WildcardExports,
    /// A client that has as many subscriptions as it may: nats-server closes it at the next change
    /// of its account, and at its login when it may have none.
    AtSubscriptionLimit,
    /// Imports that lead back to the account that they come from: nats-server leaves out the one
    /// that it finds last, and may never resolve one between accounts that import from each other;
    /// ours obeys all of them, and a message passes each once.
    Circles,
    /// A shared request that crosses a second import whose samples are chosen by headers: it may
    /// end nats-server.
    Crash,
    /// An import from an account that came later: nats-server resolves it when somebody logs in
    /// there or the importer changes.
    LateExporter,
    /// A message on a subject with wildcards: nats-server carries it under another name.
    PublishedPattern,
    /// A second name for an imported stream: nats-server leaves it out.
    StreamTwice,
    /// The maximum of a subscription: nats-server counts messages of each import apart.
    MaximumOverImports,
    /// An activation token that a scoped key has signed: nats-server takes it.
    ScopedActivation,
    /// An export with an account position: nats-server asks for no activation token there.
    PositionedToken,
    /// Leave to answer: on nats-server a second delivery of the request uses it up.
    LeaveToAnswer,
    /// Queue groups of several tenants on one stream: one group on nats-server.
    QueueGroups,
    /// A request that is passed on: nats-server tells all that the first import shares.
    SharedFurther,
    /// Mappings: ours asks for leave to publish on the subject that was named, too, and repeats it.
    MappedPublish,
    /// A mapping that covers `_R_.…`: nats-server maps answers to other accounts, so that they are
    /// lost.
    MappedReply,
    /// A source that is its own destination in another cluster: nats-server loses messages here.
    MappedElsewhere,
    /// Two functions in one token of a destination: nats-server passes over one.
    TwoFunctions,
    /// A mapping that leads nowhere here: nats-server says that nobody answers on no subject.
    MappedNowhere,
    /// What an account is told of refused logins: it counts for the maximum of a subscription.
    RefusedLogins,
}

impl Kind {
    /// The row of `docs/differences.md`.
    pub fn row(self) -> &'static str {
        match self {
            Self::TrustBeforeStoring
            | Self::OlderClaims
            | Self::UntimelyUpdate
            | Self::Deleted
            | Self::OldClaimsAgain => "which claims are in force",
            Self::EmptyAllowList | Self::TemplateValue | Self::AccountTags | Self::BearerRole => {
                "what lists and roles allow"
            }
            Self::SubscribedWildcards => "wildcards of a subscription",
            Self::WildcardExports | Self::AtSubscriptionLimit => "limits",
            Self::Circles
            | Self::Crash
            | Self::LateExporter
            | Self::PublishedPattern
            | Self::StreamTwice
            | Self::MaximumOverImports
            | Self::ScopedActivation
            | Self::PositionedToken => "imports",
            Self::LeaveToAnswer => "leave to answer",
            Self::QueueGroups => "queue groups of several tenants",
            Self::SharedFurther => "who asks",
            Self::MappedPublish
            | Self::MappedReply
            | Self::MappedElsewhere
            | Self::TwoFunctions
            | Self::MappedNowhere => "mappings and permissions",
            Self::RefusedLogins => "events of refused logins",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self:?}", self.row())
    }
}

/// The kind of a difference, if it is a known one.
pub fn classify(case: &Case, difference: &Difference) -> Option<Kind> {
    let at = difference.step;
    if at_subscription_limit(difference) {
        return Some(Kind::AtSubscriptionLimit);
    }
    let kind = match &case.steps[at] {
        Step::Update { account, .. } => updates::update(case, *account, difference),
        Step::Connect { conn, user, .. } => login(case, *conn, &case.users[*user], difference),
        Step::Subscribe { conn, subject, .. } => subscribe(case, *conn, subject, difference),
        Step::Publish { conn, .. } => publish(case, *conn, difference),
        _ => None,
    };
    kind.or_else(|| late::is_back(case, difference).then_some(Kind::OldClaimsAgain))
}

fn subscribe(case: &Case, conn: usize, subject: &str, difference: &Difference) -> Option<Kind> {
    let at = difference.step;
    let user = user_of(case, conn)?;
    let refused = format!("c{conn} -ERR Permissions Violation for Subscription");
    let said = |events: &[String]| events.iter().any(|event| event.starts_with(&refused));
    if !said(&difference.ours) && !said(&difference.theirs) {
        return None;
    }
    if reads_differently(case, user, at, subject) {
        return Some(Kind::SubscribedWildcards);
    }
    said(&difference.ours).then(|| odd_list(case, user, at))?
}

fn login(case: &Case, conn: usize, user: &User, difference: &Difference) -> Option<Kind> {
    let at = difference.step;
    let refused = format!("c{conn} -ERR Authorization Violation");
    let by_theirs = difference.theirs.contains(&refused);
    let by_one = by_theirs || difference.ours.contains(&refused);
    if by_one && odd_template_value(case, user, at) {
        return Some(Kind::TemplateValue);
    }
    if by_theirs || !by_one {
        return None;
    }
    if is_deleted(case, user.account, at) {
        return Some(Kind::Deleted);
    }
    let last = claims(case, user.account, at)?;
    is_untimely(last, case.now).then_some(Kind::UntimelyUpdate)
}

fn publish(case: &Case, conn: usize, difference: &Difference) -> Option<Kind> {
    let at = difference.step;
    let user = user_of(case, conn)?;
    let refused = format!("c{conn} -ERR Permissions Violation for Publish");
    let said = |events: &[String]| events.iter().any(|event| event.starts_with(&refused));
    let mapped = claims(case, user.account, at).is_some_and(|it| !it.nats.mappings.is_empty());
    if said(&difference.ours) != said(&difference.theirs) && passing::is_left_to_a_group(case, at) {
        return Some(Kind::LeaveToAnswer);
    }
    if said(&difference.ours) {
        let ours = difference.ours.iter();
        let mut refusals = ours.filter(|event| event.starts_with(&refused));
        return match refusals.all(|event| mapped::is_refused_and_mapped(case, at, event)) {
            true => Some(Kind::MappedPublish),
            false => odd_list(case, user, at),
        };
    }
    let nobody = |event: &String| event.contains("headers=NATS/1.0 503|Nats-Subject:");
    let no_subject = |event: &String| nobody(event) && event.ends_with("Nats-Subject: ");
    if mapped && difference.ours.iter().all(nobody) && difference.theirs.iter().all(no_subject) {
        return Some(Kind::MappedNowhere);
    }
    let all = || difference.ours.iter().chain(&difference.theirs);
    if difference.theirs.len() < difference.ours.len()
        && all().all(|event| event.starts_with("queue "))
    {
        return Some(Kind::QueueGroups);
    }
    if let Some(kind) = odd_answerer(case, difference) {
        return Some(kind);
    }
    if let Some(kind) = second_delivery(case, difference) {
        return Some(kind);
    }
    let world = Accounts::of(case, at);
    let ways = world.ways(case, at);
    mapped::publish(case, user.account, difference, &ways)
        .or_else(|| passing::kind(case, difference, &ways))
        .or_else(|| sharing(case, difference, &world, &ways))
}

/// What an answerer may not say on ours because of how a list of it is written.
fn odd_answerer(case: &Case, difference: &Difference) -> Option<Kind> {
    let mut refused = difference.ours.iter().filter_map(|event| {
        let who = event
            .split(" -ERR Permissions Violation for Publish")
            .next();
        let conn = who.filter(|who| who.len() < event.len())?;
        conn.strip_prefix('c')?.parse().ok()
    });
    refused.find_map(|conn| odd_list(case, user_of(case, conn)?, difference.step))
}

/// What an answerer may not say on theirs, because it got the request twice; and what it gets on
/// theirs alone although its subscription has ended.
fn second_delivery(case: &Case, difference: &Difference) -> Option<Kind> {
    let at = difference.step;
    for event in &difference.theirs {
        let (who, what) = event.split_once(' ')?;
        let conn: usize = who.strip_prefix('c')?.parse().ok()?;
        let user = user_of(case, conn)?;
        let answers = |rights: &UserPermissionLimits| rights.responses.is_some();
        if what.starts_with("-ERR Permissions Violation for Publish")
            && rights_of(case, user, at).iter().any(answers)
        {
            return Some(Kind::LeaveToAnswer);
        }
        let sid = what
            .strip_prefix("MSG ")
            .and_then(|what| what.split(' ').next());
        let counted = |step: &Step| match step {
            Step::Unsubscribe {
                conn: of,
                sid: ended,
                max,
            } => *of == conn && Some(ended.as_str()) == sid && max.is_some(),
            _ => false,
        };
        let imports = |claims: &Claims<AccountBody>| {
            let mut kinds = claims.nats.imports.iter().map(|import| import.kind);
            kinds.any(|kind| kind == ShareKind::Stream)
        };
        if claims(case, user.account, at).is_some_and(imports)
            && case.steps[..at].iter().any(counted)
        {
            return Some(Kind::MaximumOverImports);
        }
    }
    None
}

/// Why a message takes other ways between accounts.
fn sharing(
    case: &Case,
    difference: &Difference,
    world: &Accounts,
    ways: &[Way<'_>],
) -> Option<Kind> {
    let at = difference.step;
    // What reaches nobody on theirs is told so there.
    let nobody = |event: &String| event.contains(" headers=NATS/1.0 503|");
    let ours_alone = difference.theirs.iter().all(nobody);
    let mut scoped = false;
    for account in 0..case.accounts.len() {
        let Some(claims) = claims(case, account, at) else {
            continue;
        };
        let mut streams = Vec::new();
        for import in &claims.nats.imports {
            if import.kind == ShareKind::Stream {
                streams.push((import.account, import.subject.as_str()));
            }
            let token = jwt::decode::<ActivationBody>(&import.token).ok();
            scoped |= token.is_some_and(|token| is_scoped(case, import.account, token.iss, at));
        }
        let twice = |at: usize| streams[..at].contains(&streams[at]);
        if ours_alone && (0..streams.len()).any(twice) {
            return Some(Kind::StreamTwice);
        }
    }
    if scoped && difference.ours.is_empty() {
        return Some(Kind::ScopedActivation);
    }
    if difference.ours.is_empty() && ways.iter().any(|way| world.is_positioned_with_token(way)) {
        return Some(Kind::PositionedToken);
    }
    let left_out = |way: &Way<'_>| world.may_be_left_out(way);
    let unresolved = |way: &Way<'_>| ours_alone && world.may_be_unresolved(case, at, way);
    if ways.iter().any(|way| left_out(way) || unresolved(way)) {
        return Some(Kind::Circles);
    }
    let late = |way: &Way<'_>| late::is_not_loaded(case, at, way);
    (ours_alone && ways.iter().any(late)).then_some(Kind::LateExporter)
}

/// Whether `key` is a scoped signing key of `account`.
fn is_scoped(case: &Case, account: PublicKey, key: PublicKey, at: usize) -> bool {
    let of = case
        .accounts
        .iter()
        .position(|own| case.keys[*own].public() == account);
    let claims = of.and_then(|account| claims(case, account, at));
    let mut keys = claims
        .into_iter()
        .flat_map(|claims| &claims.nats.signing_keys);
    keys.any(|signing| matches!(signing, SigningKey::Scoped(scope) if scope.key == key))
}

/// What ours refuses because of how a list of the user is written.
fn odd_list(case: &Case, user: &User, at: usize) -> Option<Kind> {
    if odd_template_value(case, user, at) {
        return Some(Kind::TemplateValue);
    }
    let empty = |rights: &UserPermissionLimits| {
        let lists = [&rights.publish.allow, &rights.subscribe.allow];
        lists
            .into_iter()
            .any(|list| list.as_ref().is_some_and(Vec::is_empty))
    };
    rights_of(case, user, at)
        .iter()
        .any(empty)
        .then_some(Kind::EmptyAllowList)
}

/// Everything that may give a user its rights.
fn rights_of(case: &Case, user: &User, at: usize) -> Vec<UserPermissionLimits> {
    let of_account = claims(case, user.account, at);
    let defaults = of_account.map(|claims| claims.nats.default_permissions.clone());
    let defaults = defaults.map(|set| UserPermissionLimits::default().with_permissions(set));
    let template = scope(case, user, at).cloned();
    [Some(user.claims.nats.rights.clone()), template, defaults]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether a rule of the user covers a subscription's subject only when its wildcards are text.
fn reads_differently(case: &Case, user: &User, at: usize, subscribed: &str) -> bool {
    let subscribed = subscribed.as_bytes();
    let differs = |entry: &String| {
        let rule = entry.split(' ').next().unwrap_or_default();
        // What stands in a template is one token or none; either is a wildcard at most.
        let rule = rule
            .split('.')
            .map(|token| if token.contains("{{") { "*" } else { token });
        let rule: Vec<&str> = rule.collect();
        let rule = rule.join(".");
        subject::matches(rule.as_bytes(), subscribed)
            != subject::is_subset(subscribed, rule.as_bytes())
    };
    rights_of(case, user, at).iter().any(|rights| {
        let lists = [&rights.subscribe.allow, &rights.subscribe.deny];
        lists.into_iter().flatten().flatten().any(differs)
    })
}

/// Whether theirs has closed connections that are at their limit (it takes its time for that), and
/// nothing else differs but what was said to those.
fn at_subscription_limit(difference: &Difference) -> bool {
    const EXCEEDED: &str = " -ERR maximum subscriptions exceeded";
    let ended: Vec<&str> = difference
        .theirs
        .iter()
        .filter_map(|event| event.strip_suffix(EXCEEDED))
        .collect();
    let of_ended = |event: &String| {
        let who = event.split(' ').next().unwrap_or_default();
        ended.contains(&who)
    };
    !ended.is_empty()
        && difference
            .ours
            .iter()
            .chain(&difference.theirs)
            .all(of_ended)
        && !difference
            .ours
            .iter()
            .any(|event| event.ends_with(" closed"))
}

/// The claims of an account that were pushed last before a step.
fn claims(case: &Case, account: usize, step: usize) -> Option<&Claims<AccountBody>> {
    let before = case.steps[..step].iter().rev();
    before.into_iter().find_map(|step| match step {
        Step::Update {
            account: of,
            version,
        } if *of == account => Some(&version.claims),
        _ => None,
    })
}

/// Whether claims have expired or are not valid yet.
fn is_untimely(claims: &Claims<AccountBody>, now: i64) -> bool {
    (claims.exp != 0 && claims.exp <= now) || claims.nbf > now
}

/// Whether the last that was done to an account before a step was to delete it.
fn is_deleted(case: &Case, account: usize, step: usize) -> bool {
    let done = case.steps[..step].iter().rev().find(|step| match step {
        Step::Update { account: of, .. } | Step::Delete { account: of } => *of == account,
        _ => false,
    });
    matches!(done, Some(Step::Delete { .. }))
}

/// The account of the connection, or of the queue group, that an event is of.
fn account_of(case: &Case, event: &str) -> Option<usize> {
    if let Some((_, after)) = event.split_once(" of account ") {
        return after.split(' ').next()?.parse().ok();
    }
    let conn = event.strip_prefix('c')?.split(' ').next()?;
    Some(user_of(case, conn.parse().ok()?)?.account)
}

fn user_of(case: &Case, conn: usize) -> Option<&User> {
    case.steps.iter().find_map(|step| match step {
        Step::Connect { conn: of, user, .. } if *of == conn => Some(&case.users[*user]),
        _ => None,
    })
}

/// The template that gives a user its rights, if any.
fn scope<'a>(case: &'a Case, user: &User, step: usize) -> Option<&'a UserPermissionLimits> {
    let signer: PublicKey = case.keys[user.signer].public();
    let keys = &claims(case, user.account, step)?.nats.signing_keys;
    keys.iter().find_map(|key| match key {
        SigningKey::Scoped(scope) if scope.key == signer => Some(&scope.template.rights),
        _ => None,
    })
}

/// Whether the user's rights come from a template, and something that may go into it is not one
/// literal token, or a queue rule stands beside it.
fn odd_template_value(case: &Case, user: &User, step: usize) -> bool {
    let Some(rights) = scope(case, user, step) else {
        return false;
    };
    let rules = [&rights.publish, &rights.subscribe];
    let lists = rules
        .into_iter()
        .flat_map(|rules| [&rules.allow, &rules.deny]);
    let mut templated = lists
        .flatten()
        .filter(|list| list.iter().any(|entry| entry.contains("{{")))
        .peekable();
    if templated.peek().is_none() {
        return false;
    }
    let tags = &user.claims.nats.tags;
    let values = tags
        .iter()
        .filter_map(|tag| tag.split_once(':'))
        .map(|(_, value)| value)
        .chain([user.claims.name.as_str()]);
    values
        .into_iter()
        .any(|value| !subject::is_literal_token(value))
        || templated.any(|list| list.iter().any(|entry| entry.contains(' ')))
}
