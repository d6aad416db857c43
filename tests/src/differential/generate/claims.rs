//! Account claims: keys, limits, defaults and everything that is not sharing.

use accounts::claims::account::{
    JetStreamLimits, ScopeKind, ScopeTemplate, TraceClaim, WeightedMapping,
};
use accounts::{
    AccountBody, AccountLimits, Claims, SigningKey, TidegateExtra, UserPermissionLimits, UserScope,
};

use super::{Draft, Maker, subjects, users};
use crate::differential::case::{Signer, Version};
use crate::differential::random::Random;

const HOUR: i64 = 3_600;

impl Maker {
    /// All accounts: first their keys, then what they export, then what they import.
    pub(super) fn make_accounts(&mut self) {
        let count = 2 + self.random.weighted(&[35, 35, 20, 10]);
        for at in 0..count {
            let draft = self.draft(at);
            self.drafts.push(draft);
        }
        for at in 0..count {
            for _ in 0..self.random.weighted(&[15, 35, 35, 15]) {
                self.sensibly(at, |maker| maker.add_export(at));
            }
        }
        for at in 0..count {
            for _ in 0..self.random.weighted(&[15, 35, 30, 20]) {
                self.sensibly(at, |maker| maker.add_import(at));
            }
        }
        for at in 0..count {
            self.sensibly(at, |maker| maker.add_the_rest(at));
            if self.random.chance(20) {
                self.sensibly(at, |maker| maker.add_mapping(at));
            }
        }
    }

    fn draft(&mut self, at: usize) -> Draft {
        let key = self.new_key();
        let plain = (0..self.random.below(3)).map(|_| self.new_key()).collect();
        let scopes = (0..self.random.below(3)).map(|_| self.new_key()).collect();
        let name = *self.random.pick(&["a", "b", "acme"]);
        let body = AccountBody {
            limits: AccountLimits::unlimited(),
            ..AccountBody::default()
        };
        let mut claims = Claims::new(self.public(key), format!("{name}{at}"), self.now, body);
        claims.iat = self.now - 10;
        Draft {
            key,
            plain,
            scopes,
            version: Version {
                claims,
                signer: Signer::SigningKey,
            },
        }
    }

    fn add_the_rest(&mut self, at: usize) {
        let signer = self.operator_signer();
        let (plain, scopes) = (
            self.drafts[at].plain.clone(),
            self.drafts[at].scopes.clone(),
        );
        let mut keys = Vec::new();
        for key in plain {
            keys.push(SigningKey::Plain(self.public(key)));
        }
        for key in scopes {
            keys.push(self.scope(key));
        }
        let random = &mut self.random;
        let draft = &mut self.drafts[at];
        draft.version.signer = signer;
        let claims = &mut draft.version.claims;
        claims.exp = match random.below(200) {
            0 => self.now - HOUR,
            1..20 => self.now + HOUR,
            _ => 0,
        };
        if random.chance(1) {
            claims.nbf = self.now + HOUR;
        }
        let body = &mut claims.nats;
        body.signing_keys = keys;
        if random.chance(15) {
            body.default_permissions = users::permissions(random);
        }
        limits(random, &mut body.limits);
        if random.chance(50) {
            body.tags = vec!["k:a".to_owned(), "k:c".to_owned(), "other".to_owned()];
        }
        if random.chance(10) {
            body.description = "random".to_owned();
            body.info_url = "https://example.com/".to_owned();
        }
        if random.chance(10) {
            body.trace = Some(TraceClaim {
                dest: "trace.here".to_owned(),
                sampling: [0, 50, 100][random.below(3)],
            });
        }
        if random.chance(10) {
            body.cluster_traffic = (*random.pick(&["system", "owner"])).to_owned();
        }
        if random.chance(4) {
            body.limits.jetstream = JetStreamLimits {
                mem_storage: 1_000_000,
                disk_storage: 1_000_000,
                streams: 1,
                consumer: 1,
                max_ack_pending: 1,
                mem_max_stream_bytes: 1_000,
                disk_max_stream_bytes: 1_000,
                max_bytes_required: true,
            };
        }
        if random.chance(20) {
            body.tidegate = Some(TidegateExtra {
                generation: 1,
                ..TidegateExtra::default()
            });
        }
    }

    /// Maps a subject to another one. Sources do not overlap, and nothing is left to chance: which
    /// destination a server would choose could not be compared.
    pub(super) fn add_mapping(&mut self, at: usize) {
        let random = &mut self.random;
        let body = &mut self.drafts[at].version.claims.nats;
        let source = subjects::pattern(random);
        if body
            .mappings
            .keys()
            .any(|other| subjects::overlap(other, &source))
        {
            return;
        }
        let (stars, tail) = subjects::wildcards(&source);
        let mut tokens = vec![subjects::literal(random)];
        for n in 1..=stars {
            tokens.push(
                match random.below(12) {
                    0..4 => "$<n>".to_owned(),
                    4 => "{{wildcard(<n>)}}".to_owned(),
                    5 => "{{partition(3,<n>)}}".to_owned(),
                    6 => "{{splitFromLeft(<n>,1)}}".to_owned(),
                    7 => "{{SplitFromRight(<n>,1)}}".to_owned(),
                    8 => "{{sliceFromLeft(<n>,1)}}".to_owned(),
                    9 => "{{slicefromright(<n>,2)}}".to_owned(),
                    10 => "{{split(<n>,-)}}".to_owned(),
                    _ => "{{left(<n>,1)}}{{right(<n>,1)}}".to_owned(),
                }
                .replace("<n>", &n.to_string()),
            );
        }
        tokens.extend(tail.then(|| ">".to_owned()));
        let destination = WeightedMapping {
            subject: tokens.join("."),
            weight: [0, 100][random.below(2)],
            cluster: if random.chance(5) { "elsewhere" } else { "" }.to_owned(),
        };
        body.mappings.insert(source, vec![destination]);
    }

    /// A scoped signing key with a template of its own.
    pub(super) fn scope(&mut self, key: usize) -> SigningKey {
        let key = self.public(key);
        let random = &mut self.random;
        let mut rights = UserPermissionLimits::unlimited();
        if random.chance(80) {
            rights = rights.with_permissions(users::template(random));
        }
        users::conditions(random, self.now, &mut rights);
        SigningKey::Scoped(Box::new(UserScope {
            kind: ScopeKind::UserScope,
            key,
            role: "role".to_owned(),
            template: ScopeTemplate {
                rights,
                ..ScopeTemplate::default()
            },
            description: if random.chance(10) { "a role" } else { "" }.to_owned(),
            extra: Default::default(),
        }))
    }
}

/// Ceilings, most of them unlimited.
pub(super) fn limits(random: &mut Random, limits: &mut AccountLimits) {
    *limits = AccountLimits::unlimited();
    if random.chance(7) {
        limits.conn = [0, 1, 1, 2, 3][random.below(5)];
    }
    if random.chance(3) {
        limits.subs = [0, 1, 3, 6][random.below(4)];
    }
    if random.chance(4) {
        limits.payload = [0, 2, 3, 100, 100][random.below(5)];
    }
    if random.chance(4) {
        limits.data = [-1, 0, 1_000_000][random.below(3)];
    }
    if random.chance(4) {
        limits.imports = [0, 1, 5][random.below(3)];
    }
    if random.chance(4) {
        limits.exports = [0, 1, 5][random.below(3)];
    }
    if random.chance(4) {
        limits.leaf = [0, 1][random.below(2)];
    }
    // Without a number of exports the original overlooks this one.
    limits.wildcards = !random.chance(if limits.exports < 0 { 1 } else { 30 });
    limits.disallow_bearer = random.chance(8);
}
