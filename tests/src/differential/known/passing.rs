//! What passes on the way of a message: word of who asks, odd subjects, and what a subscription
//! with a maximum has counted before.

use accounts::{ShareKind, subject};
use serde_json::{Map, Value};

use super::ways::Way;
use super::{Case, Difference, Kind, rights_of, user_of};
use crate::differential::case::Step;
use crate::differential::peer::AUTH_ERROR;

pub(super) fn kind(case: &Case, difference: &Difference, ways: &[Way<'_>]) -> Option<Kind> {
    let (ours, theirs) = (&difference.ours, &difference.theirs);
    let shares = |share: bool| {
        let mut imports = ways.iter().map(|way| way.import);
        imports.any(|import| import.kind == ShareKind::Service && import.share == share)
    };
    let told_more = |event: &String| theirs.iter().any(|other| tells_more(event, other));
    if !ours.is_empty()
        && ours.len() == theirs.len()
        && ours.iter().all(told_more)
        && shares(true)
        && shares(false)
    {
        return Some(Kind::SharedFurther);
    }
    // What reaches nobody is told so.
    let nobody = |event: &String| event.contains(" headers=NATS/1.0 503|");
    if !ours.iter().all(nobody) {
        return None;
    }
    let Step::Publish { subject, .. } = &case.steps[difference.step] else {
        return None;
    };
    if !ways.is_empty() && !subject::is_literal(subject.as_bytes()) {
        return Some(Kind::PublishedPattern);
    }
    let counted = |event: &String| has_counted_refusals(case, difference.step, event);
    theirs.iter().any(counted).then_some(Kind::RefusedLogins)
}

/// Whether somebody answers who may only answer, to a request that one of its queue groups has got:
/// which member a server picks is chance, and so is who may answer.
pub(super) fn is_left_to_a_group(case: &Case, step: usize) -> bool {
    let Step::Publish { conn, subject, .. } = &case.steps[step] else {
        return false;
    };
    let may_answer = user_of(case, *conn).is_some_and(|user| {
        let rights = rights_of(case, user, step);
        rights.iter().any(|rights| rights.responses.is_some())
    });
    let steps = &case.steps[..step];
    let asked = steps.iter().filter_map(|asked| match asked {
        Step::Publish {
            subject: on,
            reply: Some(reply),
            ..
        } if reply == subject => Some(on),
        _ => None,
    });
    let in_group = |on: &String| {
        steps.iter().any(|step| match step {
            Step::Subscribe {
                conn: of,
                subject,
                queue: Some(_),
                ..
            } => of == conn && subject::matches(subject.as_bytes(), on.as_bytes()),
            _ => false,
        })
    };
    may_answer && asked.into_iter().any(in_group)
}

/// Whether two deliveries are the same, but that the second one says more of who asks, where both
/// say that another account has passed the request on.
fn tells_more(less: &str, more: &str) -> bool {
    let (Some((text, less)), Some((same, more))) = (split_info(less), split_info(more)) else {
        return false;
    };
    let mut known = less.iter();
    text == same && less.contains_key("svc") && known.all(|(name, it)| more.get(name) == Some(it))
}

/// A delivery without `Nats-Request-Info`, and what that says.
fn split_info(event: &str) -> Option<(String, Map<String, Value>)> {
    let (before, rest) = event.split_once("Nats-Request-Info: ")?;
    let end = rest.rfind('}')? + 1;
    let (info, after) = rest.split_at(end);
    let info = serde_json::from_str(info).ok()?;
    Some((format!("{before}{after}"), info))
}

/// Whether somebody of the account tried to log in after the subscription was given a maximum, and
/// it covers what ours tells of refused logins.
fn has_counted_refusals(case: &Case, step: usize, event: &str) -> bool {
    let delivery = event.split_once(" MSG ").and_then(|(who, what)| {
        let conn: usize = who.strip_prefix('c')?.parse().ok()?;
        Some((conn, what.split(' ').next()?))
    });
    let Some((conn, sid)) = delivery else {
        return false;
    };
    let Some(account) = user_of(case, conn).map(|user| user.account) else {
        return false;
    };
    let steps = &case.steps[..step];
    let covers = steps.iter().any(|step| match step {
        Step::Subscribe {
            conn: of,
            sid: known,
            subject,
            ..
        } => {
            *of == conn
                && known == sid
                && subject::matches(subject.as_bytes(), AUTH_ERROR.as_bytes())
        }
        _ => false,
    });
    let limited = steps.iter().position(|step| match step {
        Step::Unsubscribe {
            conn: of,
            sid: known,
            max,
        } => *of == conn && known == sid && max.is_some(),
        _ => false,
    });
    let tries = |step: &Step| match step {
        Step::Connect { user, .. } => case.users[*user].account == account,
        _ => false,
    };
    covers && limited.is_some_and(|limited| steps[limited..].iter().any(tries))
}
