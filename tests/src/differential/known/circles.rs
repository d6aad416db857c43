//! Imports that nats-server may leave out because it takes them for a part of a circle, and
//! whether a message comes by one of them.
//!
//! Which of them it leaves out depends on the order of loading, so each is asked about as if all
//! others were in place.

use std::collections::{HashMap, HashSet};

use accounts::{AccountPolicy, PublicKey, ShareKind, subject};

/// Places that one message may come to; a circle with a mapping in it may have no end.
const PLACES_MAX: usize = 256;

/// The accounts of a graph at one time.
#[derive(Debug, Default)]
pub(super) struct Accounts(pub(super) HashMap<PublicKey, AccountPolicy>);

/// An import, and whose it is.
type Place<'a> = (PublicKey, &'a accounts::policy::Import);

impl Accounts {
    /// Whether a message on `subject` in `account` comes by an import that may be left out.
    pub(super) fn message_meets_circle(&self, account: PublicKey, subject: &str) -> bool {
        let mut waiting = vec![(account, subject.as_bytes().to_vec())];
        let mut seen = HashSet::new();
        while let Some((account, named)) = waiting.pop() {
            let Some(policy) = self.0.get(&account) else {
                continue;
            };
            if seen.len() == PLACES_MAX || !seen.insert((account, named.clone())) {
                continue;
            }
            for pattern in policy.mappings.cover(&named) {
                if self
                    .streams_of(account, &pattern)
                    .any(|it| self.may_be_left_out(it))
                {
                    return true;
                }
                for import in imports(policy, ShareKind::Service) {
                    let Some(inside) = subject::intersection(&pattern, &import.local) else {
                        continue;
                    };
                    if self.may_be_left_out((account, import)) {
                        return true;
                    }
                    let mut remote = Vec::new();
                    if import.to_remote.apply(&inside, &mut remote) {
                        waiting.push((import.exporter, remote));
                    }
                }
            }
        }
        false
    }

    /// Who imports these subjects of `exporter` as a stream.
    fn streams_of(&self, exporter: PublicKey, pattern: &[u8]) -> impl Iterator<Item = Place<'_>> {
        let all = self.0.iter().flat_map(|(importer, policy)| {
            imports(policy, ShareKind::Stream).map(|import| (*importer, import))
        });
        all.filter(move |(_, import)| {
            import.exporter == exporter && subject::overlaps(&import.remote, pattern)
        })
    }

    fn may_be_left_out(&self, place: Place<'_>) -> bool {
        let (_, import) = place;
        let starts = match import.kind {
            ShareKind::Service => vec![&import.local],
            ShareKind::Stream => vec![&import.local, &import.remote],
        };
        let mut starts = starts.into_iter();
        starts.any(|start| self.leads_back(place, import.exporter, start, &mut vec![place.0]))
    }

    /// As nats-server asks: it compares the name in one account with names in the next one, and
    /// a stream's way ends where nothing of the name is exported.
    fn leads_back(
        &self,
        first: Place<'_>,
        account: PublicKey,
        name: &[u8],
        been: &mut Vec<PublicKey>,
    ) -> bool {
        let Some(policy) = self.0.get(&account) else {
            return false;
        };
        let kind = first.1.kind;
        let mut exports = policy.exports.iter().filter(|export| export.kind == kind);
        if kind == ShareKind::Stream
            && !exports.any(|export| subject::is_subset(name, &export.subject))
        {
            return false;
        }
        imports(policy, kind)
            .filter(|import| !std::ptr::eq(*import, first.1))
            .any(|import| {
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

fn imports(
    policy: &AccountPolicy,
    kind: ShareKind,
) -> impl Iterator<Item = &accounts::policy::Import> {
    policy
        .imports
        .iter()
        .filter(move |import| import.kind == kind)
}
