//! The script: claims go in, clients come, subscribe and publish, claims change, and so on.

use super::{Maker, subjects};
use crate::differential::case::{Answers, Options, Proof, Step};

/// What subscribers answer with.
const ANSWERS: [Answers; 6] = [
    &[],
    &[],
    &["one"],
    &["one"],
    &["one", "two"],
    &["one", "", "two"],
];
const HEADERS: [&str; 3] = [
    "NATS/1.0\r\nA: b\r\n\r\n",
    "NATS/1.0\r\nA: b\r\nNats-Request-Info: {\"acc\":\"forged\"}\r\nC: d\r\n\r\n",
    "NATS/1.0 204 Fine\r\n\r\n",
];

/// A connection of the script.
#[derive(Debug)]
struct Conn {
    account: usize,
    /// Sids and subjects of what it has subscribed to.
    subs: Vec<(String, String)>,
}

/// The running numbers of a script.
#[derive(Debug, Default)]
struct Script {
    conns: Vec<Conn>,
    payloads: usize,
    sids: usize,
}

impl Maker {
    pub(super) fn make_steps(&mut self) {
        let mut script = Script::default();
        let late = self
            .random
            .chance(20)
            .then(|| self.random.below(self.drafts.len()));
        let mut order: Vec<usize> = (0..self.drafts.len()).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, self.random.below(at + 1));
        }
        for account in order.into_iter().filter(|account| Some(*account) != late) {
            self.push(account);
        }
        for user in 0..self.users.len() {
            for _ in 0..self.random.weighted(&[8, 77, 15]) {
                self.connect(user, &mut script);
            }
        }
        for conn in 0..script.conns.len() {
            for _ in 0..self.random.between(1, 3) {
                self.subscribe(conn, &mut script);
            }
        }
        self.traffic(&mut script, 14);
        if let Some(late) = late {
            self.push(late);
            self.traffic(&mut script, 4);
        }
        for _ in 0..self.random.between(1, 3) {
            let change = self.change();
            self.steps.push(change);
            if self.random.chance(30) {
                let change = self.change();
                self.steps.push(change);
            }
            if self.random.chance(50) {
                let user = self.random.below(self.users.len());
                self.connect(user, &mut script);
            }
            self.traffic(&mut script, 6);
        }
    }

    fn push(&mut self, account: usize) {
        let version = Box::new(self.drafts[account].version.clone());
        self.steps.push(Step::Update { account, version });
    }

    fn connect(&mut self, user: usize, script: &mut Script) {
        let random = &mut self.random;
        let bearer = self.users[user].claims.nats.rights.bearer_token;
        let options = Options {
            proof: match random.below(100) {
                0..2 => Proof::Wrong,
                2..4 => Proof::Missing,
                4..50 if bearer => Proof::Missing,
                _ => Proof::Right,
            },
            echo: !random.chance(5),
            headers: !random.chance(4),
            no_responders: !random.chance(10),
            verbose: random.chance(4),
        };
        let conn = script.conns.len();
        script.conns.push(Conn {
            account: self.users[user].account,
            subs: Vec::new(),
        });
        self.steps.push(Step::Connect {
            conn,
            user,
            options,
        });
        self.steps.push(Step::Subscribe {
            conn,
            subject: format!("_INBOX.{conn}.>"),
            queue: None,
            sid: "inbox".to_owned(),
            answers: &[],
        });
    }

    fn traffic(&mut self, script: &mut Script, count: usize) {
        if script.conns.is_empty() {
            return;
        }
        for _ in 0..count {
            let conn = self.random.below(script.conns.len());
            match self.random.below(100) {
                0..10 => self.subscribe(conn, script),
                10..15 => self.unsubscribe(conn, script),
                15..16 => self.steps.push(Step::Leave { conn }),
                _ => self.publish(conn, script),
            }
        }
    }

    /// Subjects that mean something to an account: what it shares, and what its clients listen to.
    fn interesting(&mut self, account: usize, script: &Script) -> String {
        let body = &self.drafts[account].version.claims.nats;
        let mut pool: Vec<&str> = Vec::new();
        pool.extend(body.exports.iter().map(|export| export.subject.as_str()));
        for import in &body.imports {
            let local = if import.local_subject.is_empty() {
                &import.subject
            } else {
                &import.local_subject
            };
            pool.push(local);
        }
        let conns = script.conns.iter().filter(|conn| conn.account == account);
        let subs = conns.flat_map(|conn| conn.subs.iter().map(|(_, subject)| subject.as_str()));
        pool.extend(subs);
        let Some(pattern) = self.random.maybe(&pool) else {
            return subjects::pattern(&mut self.random);
        };
        // References such as `$1` stand for wildcards.
        let token = |token: &str| if token.starts_with('$') { "*" } else { token }.to_owned();
        let tokens: Vec<String> = pattern.split('.').map(token).collect();
        tokens.join(".")
    }

    fn subscribe(&mut self, conn: usize, script: &mut Script) {
        let interesting = self.interesting(script.conns[conn].account, script);
        let random = &mut self.random;
        let subject = match random.below(100) {
            0..30 => interesting,
            30..45 => subjects::broader(random, &interesting),
            45..60 => subjects::narrower(random, &interesting),
            60..65 => ">".to_owned(),
            _ => subjects::pattern(random),
        };
        script.sids += 1;
        // Groups of an account's own, mostly; the answers of a group are one member's, so the
        // script lets none of them answer.
        let queue = random.chance(20).then(|| {
            let names = ["q", "r", "q.one"];
            let name = *random.pick(&names);
            if random.chance(3) {
                name.to_owned()
            } else {
                format!("{name}.{}", script.conns[conn].account)
            }
        });
        let sid = match &queue {
            Some(queue) => format!("{}-{queue}", script.sids),
            None => script.sids.to_string(),
        };
        let answers = match queue {
            Some(_) => ANSWERS[0],
            None => *random.pick(&ANSWERS),
        };
        script.conns[conn].subs.push((sid.clone(), subject.clone()));
        self.steps.push(Step::Subscribe {
            conn,
            subject,
            queue,
            sid,
            answers,
        });
    }

    fn unsubscribe(&mut self, conn: usize, script: &mut Script) {
        let subs = &mut script.conns[conn].subs;
        if subs.is_empty() {
            return;
        }
        let (sid, _) = subs.remove(self.random.below(subs.len()));
        // Which member of a group reaches its maximum would be a matter of chance.
        let counted = !sid.contains('-') && self.random.chance(50);
        let max = counted.then(|| 1 + self.random.bits() % 3);
        self.steps.push(Step::Unsubscribe { conn, sid, max });
    }

    fn publish(&mut self, conn: usize, script: &mut Script) {
        let interesting = self.interesting(script.conns[conn].account, script);
        let random = &mut self.random;
        let subject = match random.below(100) {
            0..80 => subjects::instance(random, &interesting),
            80..81 => interesting,
            _ => subjects::literal(random),
        };
        let reply = match random.below(100) {
            0..45 => Some(format!("_INBOX.{conn}.{}", script.payloads)),
            45..50 => Some(subjects::literal(random)),
            _ => None,
        };
        let headers = random.chance(12).then(|| *random.pick(&HEADERS));
        let mut payload = format!("m{}", script.payloads);
        if random.chance(3) {
            payload.push_str(&"-".repeat(150));
        }
        script.payloads += 1;
        self.steps.push(Step::Publish {
            conn,
            subject,
            reply,
            headers,
            payload,
        });
    }
}
