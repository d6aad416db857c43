//! What an account's users were refused, and by which rule: the last of it, for whoever looks after
//! the account.
//!
//! Bounded, and made only when something is refused. The same refusal again is counted, and a user
//! has a share of the room, so that one noisy client does not wash out what others suffered.

use std::{net::IpAddr, time::SystemTime};

use accounts::{explain::Explanation, nkeys::PublicKey};
use serde::Serialize;
use serde_json::{Value, json};

use crate::clock;

/// Different refusals that an account remembers: about 128 KiB at the most.
const DENIALS_MAX: usize = 128;
/// How many of them one user may fill. Logins that nobody vouches for share one such part.
const PER_USER_MAX: usize = 32;
/// Bytes of a subject, a queue group or a name that are kept.
const TEXT_BYTES_MAX: usize = 256;

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    Publish,
    Subscribe,
    /// A login, or to stay logged in.
    Connect,
    /// Something that a limit ends.
    Limit,
}

/// The refusal, apart from who and why. Repeats of the same are one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) what: What,
    subject: Box<str>,
    queue: Option<Box<str>>,
}

impl Refused {
    pub(crate) fn new(what: What, subject: &[u8], queue: Option<&[u8]>) -> Self {
        Self {
            what,
            subject: text(subject),
            queue: queue.map(text),
        }
    }
}

/// Whom it was refused.
#[derive(Debug, Clone)]
pub(crate) struct Whom {
    /// `None` for somebody who could not show that it is a user of the account.
    pub(crate) user: Option<PublicKey>,
    /// The user's name in its token.
    pub(crate) user_name: Box<str>,
    pub(crate) cid: u64,
    /// What the client calls itself.
    pub(crate) client_name: Box<str>,
    pub(crate) ip: IpAddr,
}

/// One refusal and how often it happened.
#[derive(Debug)]
struct Denial {
    refused: Refused,
    /// The connection of the last time.
    whom: Whom,
    why: Explanation,
    first: SystemTime,
    last: SystemTime,
    count: u64,
}

/// The last refusals of one account.
#[derive(Debug, Default)]
pub(crate) struct Denials {
    entries: Vec<Denial>,
    /// Refusals that were not looked at, since their connection had too many at a time.
    left_out: u64,
}

impl Denials {
    /// Notes a refusal. `why` is asked for only when it is a new one.
    pub(crate) fn note(
        &mut self,
        refused: Refused,
        whom: Whom,
        now: SystemTime,
        why: impl FnOnce() -> Explanation,
    ) {
        let same = |known: &&mut Denial| known.whom.user == whom.user && known.refused == refused;
        if let Some(known) = self.entries.iter_mut().find(same) {
            known.whom = whom;
            known.last = now;
            known.count += 1;
            return;
        }
        self.make_room(whom.user);
        self.entries.push(Denial {
            refused,
            whom,
            why: why(),
            first: now,
            last: now,
            count: 1,
        });
    }

    /// Counts refusals that nobody looked at.
    pub(crate) fn leave_out(&mut self, count: u64) {
        self.left_out += count;
    }

    /// Drops the oldest of the user's refusals when it has its share, or the oldest of all.
    fn make_room(&mut self, user: Option<PublicKey>) {
        let of_user = |denial: &&Denial| denial.whom.user == user;
        let has_share = self.entries.iter().filter(of_user).count() >= PER_USER_MAX;
        if !has_share && self.entries.len() < DENIALS_MAX {
            return;
        }
        let candidates = self.entries.iter().enumerate();
        let candidates = candidates.filter(|(_, denial)| !has_share || of_user(denial));
        let oldest = candidates.min_by_key(|(_, denial)| denial.last);
        if let Some((at, _)) = oldest {
            self.entries.swap_remove(at);
        }
    }

    /// The refusals as they are shown, the newest first.
    pub(crate) fn show(&self) -> Value {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|denial| std::cmp::Reverse(denial.last));
        let shown: Vec<_> = entries.into_iter().map(Denial::show).collect();
        json!({ "denials": shown, "left_out": self.left_out, "max": DENIALS_MAX })
    }
}

impl Denial {
    fn show(&self) -> Value {
        let mut shown = json!({
            "time": clock::rfc3339(self.last),
            "first_time": clock::rfc3339(self.first),
            "count": self.count,
            "what": self.refused.what,
            "cid": self.whom.cid,
            "ip": self.whom.ip.to_string(),
            "code": self.why.code,
            "text": self.why.text,
        });
        let user = self.whom.user.map(|user| user.to_string());
        let texts = [
            ("subject", Some(&*self.refused.subject)),
            ("queue", self.refused.queue.as_deref()),
            ("user", user.as_deref()),
            ("user_name", Some(&*self.whom.user_name)),
            ("name", Some(&*self.whom.client_name)),
        ];
        for (field, text) in texts {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                shown[field] = json!(text);
            }
        }
        if let Some(rule) = &self.why.rule {
            shown["rule"] = json!(rule);
        }
        shown
    }
}

/// Text from a client, cut to what is kept.
pub(crate) fn text(bytes: &[u8]) -> Box<str> {
    let cut = bytes.len().min(TEXT_BYTES_MAX);
    String::from_utf8_lossy(&bytes[..cut]).into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use accounts::nkeys::KeyKind;

    use super::*;

    fn whom(user: Option<u8>) -> Whom {
        Whom {
            user: user.map(|n| PublicKey::from_bytes(KeyKind::User, [n; 32])),
            user_name: "u".into(),
            cid: 1,
            client_name: "c".into(),
            ip: IpAddr::from([127, 0, 0, 1]),
        }
    }

    fn note(denials: &mut Denials, user: Option<u8>, subject: &str, second: u64) {
        let refused = Refused::new(What::Publish, subject.as_bytes(), None);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        denials.note(refused, whom(user), now, || Explanation::limit("why"));
    }

    fn shown(denials: &Denials, field: &str) -> Vec<Value> {
        let list = denials.show()["denials"].clone();
        let list = list.as_array().into_iter().flatten();
        list.map(|denial| denial[field].clone()).collect()
    }

    #[test]
    fn the_same_again_is_counted_once() {
        let mut denials = Denials::default();
        note(&mut denials, Some(1), "a", 1);
        note(&mut denials, Some(1), "b", 2);
        for second in 3..6 {
            note(&mut denials, Some(1), "a", second);
        }
        note(&mut denials, Some(2), "a", 1);
        assert_eq!(shown(&denials, "subject"), ["a", "b", "a"]);
        assert_eq!(shown(&denials, "count"), [4, 1, 1]);
        assert_eq!(shown(&denials, "time")[0], "1970-01-01T00:00:05Z");
        assert_eq!(shown(&denials, "first_time")[0], "1970-01-01T00:00:01Z");
    }

    #[test]
    fn a_noisy_user_has_its_share_only() {
        let mut denials = Denials::default();
        note(&mut denials, Some(1), "mine", 1);
        for n in 0..1000 {
            note(&mut denials, Some(2), &format!("noise.{n}"), 2 + n);
            note(&mut denials, None, &format!("stranger.{n}"), 2 + n);
        }
        let subjects = shown(&denials, "subject");
        assert_eq!(subjects.len(), 1 + 2 * PER_USER_MAX);
        assert_eq!(subjects[subjects.len() - 1], "mine");
        assert!(subjects.contains(&json!("noise.999")));
    }

    #[test]
    fn many_users_share_the_room() {
        let mut denials = Denials::default();
        for n in 0..=255 {
            note(&mut denials, Some(n), "a", u64::from(n));
        }
        assert_eq!(shown(&denials, "subject").len(), DENIALS_MAX);
        let newest = shown(&denials, "time");
        assert_eq!(newest[0], "1970-01-01T00:04:15Z");
        assert_eq!(newest[DENIALS_MAX - 1], "1970-01-01T00:02:08Z");
    }

    #[test]
    fn long_and_odd_texts_are_cut() {
        let mut denials = Denials::default();
        let refused = Refused::new(What::Subscribe, &[0xFF; 9999], Some(b"q"));
        denials.note(refused, whom(None), clock::wall(), || {
            Explanation::limit("x")
        });
        let shown = shown(&denials, "subject");
        let subject = shown[0].as_str().unwrap_or_default();
        assert_eq!(subject.chars().count(), TEXT_BYTES_MAX);
    }
}
