//! Users: what their tokens say, and what templates of scoped keys say for them.

use accounts::{
    KeyKind, PermissionSet, ResponseClaim, SubjectRules, TimeRange, UserBody, UserPermissionLimits,
};

use super::{Draft, Maker, subjects};
use crate::differential::case::User;
use crate::differential::random::Random;

/// Names that a template may put into a subject, and some that do not fit into one.
const NAMES: [&str; 3] = ["a", "b", "c"];
const ODD_NAMES: [&str; 4] = ["a.b", "x y", "*", ">"];
const HOUR: i64 = 3_600;

impl Maker {
    /// A user of account `account`.
    pub(super) fn user(&mut self, account: usize) -> User {
        let keys = self.secrets.key(KeyKind::User);
        let strangers = self.accounts();
        let random = &mut self.random;
        let draft = &self.drafts[account];
        let (signer, scoped) = signer(random, draft, &self.drafts, self.world.strict);
        let mut body = UserBody::default();
        if !scoped || random.chance(5) {
            body.rights = rights(random, self.now);
        }
        if scoped && random.chance(5) {
            body.rights.subs = -1;
        }
        let own = draft.key;
        if signer != own || random.chance(10) {
            let wrong = random.chance(4);
            let shown = if wrong { *random.pick(&strangers) } else { own };
            body.issuer_account = (!random.chance(3)).then(|| self.keys[shown].public());
        }
        let random = &mut self.random;
        if random.chance(60) {
            let tags = ["k:a", "k:b", "dept:c", "k:a.b", "k:x y", "other"];
            let count = random.between(1, 3);
            body.tags = (0..count)
                .map(|_| (*random.pick(&tags)).to_owned())
                .collect();
        }
        let odd = random.chance(3);
        let name = if odd {
            *random.pick(&ODD_NAMES)
        } else {
            *random.pick(&NAMES)
        };
        let mut claims = accounts::Claims::new(keys.public(), name, self.now, body);
        claims.exp = match random.below(100) {
            0..2 => self.now - HOUR,
            2..30 => self.now + HOUR,
            _ => 0,
        };
        claims.nbf = match random.below(100) {
            0..1 => self.now + HOUR,
            1..10 => self.now - HOUR,
            _ => 0,
        };
        claims.iat = self.now - i64::try_from(random.below(3)).unwrap_or(0);
        if random.chance(3) {
            claims.aud = Some("anybody".to_owned());
        }
        User {
            keys,
            claims,
            account,
            signer,
        }
    }
}

/// The key that signs a user of `draft`, and whether it is a scoped one.
fn signer(random: &mut Random, draft: &Draft, all: &[Draft], strict: bool) -> (usize, bool) {
    if random.chance(2) {
        return (random.pick(all).key, false);
    }
    let scoped = random.maybe(&draft.scopes).map(|key| (*key, true));
    let plain = random.maybe(&draft.plain).map(|key| (*key, false));
    let chosen = match random.below(100) {
        0..35 => scoped,
        35..60 => plain,
        _ => None,
    };
    // Under a strict operator the account's own key signs nobody.
    let instead = if strict && !random.chance(5) {
        plain.or(scoped)
    } else {
        None
    };
    chosen.or(instead).unwrap_or((draft.key, false))
}

/// Permissions, limits and conditions of a plain user.
fn rights(random: &mut Random, now: i64) -> UserPermissionLimits {
    let mut rights = UserPermissionLimits::unlimited();
    if random.chance(55) {
        rights = rights.with_permissions(permissions(random));
    }
    conditions(random, now, &mut rights);
    rights
}

/// Limits and conditions, most of them harmless.
pub(super) fn conditions(random: &mut Random, now: i64, rights: &mut UserPermissionLimits) {
    if random.chance(4) {
        rights.subs = [0, 1, 2, 3, 3, 4][random.below(6)];
    }
    if random.chance(6) {
        rights.payload = [0, 2, 3, 100, 100][random.below(5)];
    }
    if random.chance(5) {
        rights.data = [-1, 0, 1_000_000][random.below(3)];
    }
    if random.chance(7) {
        let networks = [
            "127.0.0.0/8",
            "127.0.0.1/32",
            "10.0.0.0/8",
            "::1/128",
            "0.0.0.0/0",
        ];
        let count = random.between(1, 2);
        let list = (0..count).map(|_| (*random.pick(&networks)).to_owned());
        rights.src = Some(list.collect());
    } else if random.chance(2) {
        rights.src = Some(Vec::new());
    }
    if random.chance(6) {
        rights.times = Some(
            (0..random.between(1, 2))
                .map(|_| window(random, now))
                .collect(),
        );
        rights.times_location =
            (*random.pick(&["UTC", "Etc/UTC", "America/New_York", "Asia/Kolkata", ""])).to_owned();
    }
    rights.bearer_token = random.chance(10);
    rights.proxy_required = random.chance(1);
    if random.chance(6) {
        let known = [
            "STANDARD",
            "WEBSOCKET",
            "LEAFNODE",
            "MQTT",
            "standard",
            "CARRIER_PIGEON",
        ];
        let count = random.below(3);
        let list = (0..count).map(|_| (*random.pick(&known)).to_owned());
        rights.allowed_connection_types = Some(list.collect());
    }
}

/// Hours of the day whose ends are at least an hour away.
fn window(random: &mut Random, now: i64) -> TimeRange {
    let text = |at: i64| {
        // In zones that are ahead by whole or half hours, too, no window ends now.
        let second = (at + HOUR / 4).rem_euclid(24 * HOUR);
        let (hours, minutes) = (second / HOUR, second % HOUR / 60);
        format!("{hours:02}:{minutes:02}:{:02}", second % 60)
    };
    let hours = |n: usize| i64::try_from(n).unwrap_or(0) * HOUR;
    // Around now, mostly; else later today or over midnight.
    let (start, end) = if random.chance(70) {
        (
            now - hours(random.between(1, 10)),
            now + hours(random.between(1, 10)),
        )
    } else {
        let start = now + hours(random.between(1, 10));
        (start, start + hours(random.between(1, 10)))
    };
    TimeRange {
        start: text(start),
        end: text(end),
    }
}

/// Permission lists.
pub(super) fn permissions(random: &mut Random) -> PermissionSet {
    PermissionSet {
        publish: rules(random, false),
        subscribe: rules(random, true),
        responses: random.chance(25).then(|| responses(random)),
    }
}

fn responses(random: &mut Random) -> ResponseClaim {
    ResponseClaim {
        max: [0, 1, 1, 2, -1][random.below(5)],
        ttl: [0, 0, -1, HOUR * 1_000_000_000][random.below(4)],
    }
}

/// Allow and deny lists of one direction; only those of subscriptions know queues.
fn rules(random: &mut Random, queues: bool) -> SubjectRules {
    let allow = match random.below(100) {
        0..50 => None,
        // On a server of the original this is no list at all.
        50 if random.chance(20) => Some(Vec::new()),
        _ => {
            let mut list = list(random, queues, 4);
            if random.chance(70) {
                list.push("_INBOX.>".to_owned());
            }
            Some(list)
        }
    };
    let deny = random.chance(35).then(|| list(random, queues, 2));
    SubjectRules { allow, deny }
}

fn list(random: &mut Random, queues: bool, max: usize) -> Vec<String> {
    let entry = |random: &mut Random| {
        let subject = if random.chance(10) {
            ">".to_owned()
        } else {
            subjects::pattern(random)
        };
        if queues && random.chance(15) {
            let queue = *random.pick(&["q", "r", "*", ">", "q.*", "q.one"]);
            return format!("{subject} {queue}");
        }
        subject
    };
    (0..random.between(1, max)).map(|_| entry(random)).collect()
}

/// Permission lists with template functions.
pub(super) fn template(random: &mut Random) -> PermissionSet {
    let mut set = permissions(random);
    for rules in [&mut set.publish, &mut set.subscribe] {
        if random.chance(70) {
            let list = rules.allow.get_or_insert_with(Vec::new);
            // The original loses queue rules that stand in one list with a template.
            if !random.chance(2) {
                list.retain(|entry| !entry.contains(' '));
            }
            for _ in 0..random.between(1, 2) {
                list.push(templated(random));
            }
        }
        if random.chance(20) {
            let list = rules.deny.get_or_insert_with(Vec::new);
            list.retain(|entry| !entry.contains(' '));
            list.push(templated(random));
        }
    }
    set
}

fn templated(random: &mut Random) -> String {
    let functions = [
        "{{name()}}",
        "{{Name()}}",
        "{{subject()}}",
        "{{account-name()}}",
        "{{account-subject()}}",
        "{{tag(k)}}",
        "{{tag(dept)}}",
        "{{tag(none)}}",
        "{{account-tag(k)}}",
        "{{account-tag(none)}}",
    ];
    let function = if random.chance(2) {
        "{{nothing()}}"
    } else {
        *random.pick(&functions)
    };
    match random.below(4) {
        0 => function.to_owned(),
        1 => format!("{function}.>"),
        2 => format!("{}.{function}", subjects::literal(random)),
        _ => format!("{}.{function}.*", subjects::literal(random)),
    }
}
