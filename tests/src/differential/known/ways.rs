//! The imports that a message comes by, and what nats-server makes of them: it may take one for a
//! part of a circle and leave it out, and it may never resolve one between accounts that import
//! from each other. Both depend on the order of loading, so each import is asked about as if all
//! others were in place.

use std::collections::{HashMap, HashSet};

use accounts::policy::Import;
use accounts::{AccountPolicy, PublicKey, ShareKind, subject};

use super::{Case, Step, claims, user_of};

/// Places that one message may come to; a circle with a mapping in it may have no end.
const PLACES_MAX: usize = 256;

/// The accounts of a graph at one time.
#[derive(Debug)]
pub(super) struct Accounts(HashMap<PublicKey, AccountPolicy>);

/// An import that a message comes by, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) importer: PublicKey,
    pub(super) import: &'a Import,
}

impl Accounts {
    /// As they are before a step.
    pub(super) fn of(case: &Case, step: usize) -> Self {
        let places = 0..case.accounts.len();
        let claims = places.filter_map(|account| claims(case, account, step));
        let policies = claims.filter_map(|claims| AccountPolicy::compile(claims).ok());
        Self(policies.map(|policy| (policy.key, policy)).collect())
    }

    /// What the message of a step and the answers to it come by.
    pub(super) fn ways(&self, case: &Case, step: usize) -> Vec<Way<'_>> {
        let Step::Publish {
            conn,
            subject,
            reply,
            ..
        } = &case.steps[step]
        else {
            return Vec::new();
        };
        let Some(user) = user_of(case, *conn) else {
            return Vec::new();
        };
        let own = case.keys[case.accounts[user.account]].public();
        let named = [Some(subject), reply.as_ref()];
        let named = named.into_iter().flatten();
        self.ways_from(named.map(|name| (own, name.as_bytes().to_vec())).collect())
    }

    fn ways_from(&self, mut waiting: Vec<(PublicKey, Vec<u8>)>) -> Vec<Way<'_>> {
        let mut ways = Vec::new();
        let mut seen = HashSet::new();
        while let Some((account, named)) = waiting.pop() {
            let Some(policy) = self.0.get(&account) else {
                continue;
            };
            if seen.len() == PLACES_MAX || !seen.insert((account, named.clone())) {
                continue;
            }
            for pattern in policy.mappings.cover(&named) {
                ways.extend(self.streams_of(account, &pattern));
                for import in imports(policy, ShareKind::Service) {
                    let Some(inside) = subject::intersection(&pattern, &import.local) else {
                        continue;
                    };
                    ways.push(Way {
                        importer: account,
                        import,
                    });
                    let mut remote = Vec::new();
                    if import.to_remote.apply(&inside, &mut remote) {
                        waiting.push((import.exporter, remote));
                    }
                }
            }
        }
        ways
    }

    /// Who imports these subjects of `exporter` as a stream.
    fn streams_of(&self, exporter: PublicKey, pattern: &[u8]) -> impl Iterator<Item = Way<'_>> {
        let all = self.0.iter().flat_map(|(importer, policy)| {
            let importer = *importer;
            imports(policy, ShareKind::Stream).map(move |import| Way { importer, import })
        });
        all.filter(move |way| {
            way.import.exporter == exporter && subject::overlaps(&way.import.remote, pattern)
        })
    }

    /// Whether an export that the import is of has an account position, and wants a token besides.
    pub(super) fn is_positioned_with_token(&self, way: &Way<'_>) -> bool {
        let exporter = self.0.get(&way.import.exporter);
        let mut exports = exporter.into_iter().flat_map(|policy| &policy.exports);
        exports.any(|export| {
            export.kind == way.import.kind
                && export.token_required
                && export.account_token_position > 0
                && subject::is_subset(&way.import.remote, &export.subject)
        })
    }

    /// Whether the accounts of the import have ever imported from each other, also over others.
    pub(super) fn may_be_unresolved(&self, case: &Case, step: usize, way: &Way<'_>) -> bool {
        let mut edges = Vec::new();
        for step in &case.steps[..step] {
            if let Step::Update { version, .. } = step {
                let importer = version.claims.subject();
                let imports = &version.claims.nats.imports;
                edges.extend(imports.iter().map(|import| (importer, import.account)));
            }
        }
        let mut reached = vec![way.import.exporter];
        let mut at = 0;
        while let Some(from) = reached.get(at).copied() {
            for (_, to) in edges.iter().filter(|(importer, _)| *importer == from) {
                if !reached.contains(to) {
                    reached.push(*to);
                }
            }
            at += 1;
        }
        way.import.exporter != way.importer && reached.contains(&way.importer)
    }

    /// Whether nats-server may take the import for a part of a circle.
    pub(super) fn may_be_left_out(&self, way: &Way<'_>) -> bool {
        let import = way.import;
        let starts = match import.kind {
            ShareKind::Service => vec![&import.local],
            ShareKind::Stream => vec![&import.local, &import.remote],
        };
        let mut starts = starts.into_iter();
        starts.any(|start| self.leads_back(import, import.exporter, start, &mut vec![way.importer]))
    }

    /// As nats-server asks: it compares the name in one account with names in the next one, and
    /// a stream's way ends where nothing of the name is exported.
    fn leads_back(
        &self,
        first: &Import,
        account: PublicKey,
        name: &[u8],
        been: &mut Vec<PublicKey>,
    ) -> bool {
        let Some(policy) = self.0.get(&account) else {
            return false;
        };
        let kind = first.kind;
        let mut exports = policy.exports.iter().filter(|export| export.kind == kind);
        if kind == ShareKind::Stream
            && !exports.any(|export| subject::is_subset(name, &export.subject))
        {
            return false;
        }
        let mut others = imports(policy, kind).filter(|import| !std::ptr::eq(*import, first));
        others.any(|import| {
            let there = match kind {
                ShareKind::Service => &import.remote,
                ShareKind::Stream => &import.local,
            };
            if !subject::overlaps(name, there) {
                return false;
            }
            if been.contains(&import.exporter) {
                return true;
            }
            let narrower = subject::is_subset(&import.local, name);
            let name = if narrower { &import.local } else { name };
            been.push(account);
            self.leads_back(first, import.exporter, name, been)
        })
    }
}

fn imports(policy: &AccountPolicy, kind: ShareKind) -> impl Iterator<Item = &Import> {
    let all = policy.imports.iter();
    all.filter(move |import| import.kind == kind)
}
