//! Subject mappings: under which subject a message goes on that enters the account.
//!
//! A message is mapped once; what a mapping makes of it is not mapped again. Of several sources
//! that cover a subject the most specific one counts.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::PolicyError;
use crate::claims::account::WeightedMapping;
use crate::subject;
use crate::transform::{LenientTransform, TransformError};

/// Sources with wildcards that one account may have: they are tried one after the other for a
/// subject that is not known yet.
pub const WILDCARD_SOURCES_MAX: usize = 4096;
/// First tokens that only servers use: no mapping leads to them or away from them.
const RESERVED: [&[u8]; 4] = [b"_R_", b"_GR_", b"$GR", b"$NRG"];
const ALL: u32 = 100;

/// Why a mapping cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    #[error("the source is not a valid subject")]
    Source,
    #[error("`{0}` is for servers only: take another first token")]
    Reserved(String),
    #[error("destination `{0}`: {1}")]
    Destination(String, TransformError),
    #[error("destination `{0}` is there twice: add the weights up")]
    Duplicate(String),
    #[error("the weights add up to more than 100")]
    Weight,
}

/// The compiled mappings of an account.
#[derive(Debug, Default)]
pub struct Mappings {
    literals: HashMap<Box<[u8]>, Arc<Mapping>>,
    /// With their sources, the more specific ones first.
    wildcards: Vec<(Box<[u8]>, Arc<Mapping>)>,
}

impl Mappings {
    /// Compiles the mappings of claims for a server of this `cluster`, if it is in one.
    pub fn compile(
        claims: &BTreeMap<String, Vec<WeightedMapping>>,
        cluster: Option<&str>,
    ) -> Result<Self, PolicyError> {
        let has_wildcards = |name: &&String| !subject::is_literal(name.as_bytes());
        if claims.keys().filter(has_wildcards).count() > WILDCARD_SOURCES_MAX {
            return Err(PolicyError::TooManyMappings);
        }
        let mut mappings = Self::default();
        for (name, destinations) in claims {
            let mapping = Mapping::compile(name, destinations, cluster)
                .map_err(|error| PolicyError::Mapping(name.clone(), error))?;
            let (source, mapping) = (name.as_bytes().into(), Arc::new(mapping));
            if subject::is_literal(name.as_bytes()) {
                mappings.literals.insert(source, mapping);
            } else {
                mappings.wildcards.push((source, mapping));
            }
        }
        mappings
            .wildcards
            .sort_by(|(a, _), (b, _)| by_specificity(a, b));
        Ok(mappings)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.literals.is_empty() && self.wildcards.is_empty()
    }

    /// The mapping for a published subject, if there is one. Answers to other accounts (`_R_.…`)
    /// are never mapped: servers chose these subjects.
    pub fn find(&self, subject: &[u8]) -> Option<&Arc<Mapping>> {
        if is_reserved(subject) {
            return None;
        }
        let wildcard = || {
            self.wildcards
                .iter()
                .find(|(source, _)| subject::is_subset(subject, source))
        };
        self.literals
            .get(subject)
            .or_else(|| wildcard().map(|(_, mapping)| mapping))
    }

    /// Patterns that cover all that messages within `pattern` go on as. They may cover more, where
    /// sources overlap and where a function meets a wildcard.
    pub fn cover(&self, pattern: &[u8]) -> Vec<Vec<u8>> {
        if subject::is_literal(pattern) {
            return match self.find(pattern) {
                Some(mapping) => mapping.cover(pattern).collect(),
                None => vec![pattern.to_vec()],
            };
        }
        let wildcards = self.wildcards.iter().map(|(source, it)| (source, it));
        let mut covers = Vec::new();
        for (source, mapping) in self.literals.iter().chain(wildcards) {
            let Some(inside) = subject::intersection(pattern, source) else {
                continue;
            };
            covers.extend(mapping.cover(&inside));
            if subject::is_subset(pattern, source) {
                return covers;
            }
        }
        covers.push(pattern.to_vec());
        covers
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.literals.len() + self.wildcards.len()
    }
}

/// Where messages of one source go.
#[derive(Debug)]
pub struct Mapping {
    /// Each takes the share of 100 from the one before it up to its own number. What is above the
    /// last number is lost.
    destinations: Vec<(u32, LenientTransform)>,
}

impl Mapping {
    /// Checks all destinations and compiles those that count in this `cluster`: those that name it,
    /// or else those that name none. The rest of 100 stays on the source, unless the source is a
    /// destination itself: then the rest is lost on purpose.
    pub(crate) fn compile(
        source: &str,
        claims: &[WeightedMapping],
        cluster: Option<&str>,
    ) -> Result<Self, MappingError> {
        if !subject::is_valid(source.as_bytes()) {
            return Err(MappingError::Source);
        }
        if is_reserved(source.as_bytes()) {
            return Err(MappingError::Reserved(source.to_owned()));
        }
        let mut by_cluster: BTreeMap<&str, Destinations<'_>> = BTreeMap::new();
        for claim in claims {
            by_cluster
                .entry(&claim.cluster)
                .or_default()
                .add(source, claim)?;
        }
        let own = cluster.and_then(|name| by_cluster.remove(name));
        let chosen = own.or_else(|| by_cluster.remove(""));
        chosen.unwrap_or_default().complete(source)
    }

    /// Whether a subject always becomes the same one.
    pub fn is_fixed(&self) -> bool {
        matches!(&*self.destinations, [(ALL, only)] if only.is_fixed())
    }

    /// All that `subject`, which the source covers, may become. Where a random number is part of
    /// it, the one with 0.
    pub fn outcomes(&self, subject: &[u8]) -> Vec<Vec<u8>> {
        let outcome = |(_, transform): &(u32, LenientTransform)| {
            let mut out = Vec::new();
            let found = transform.apply(subject, || 0, &mut out) && !is_reserved(&out);
            found.then_some(out)
        };
        self.destinations.iter().filter_map(outcome).collect()
    }

    /// Patterns that cover all that subjects within `pattern`, which the source covers, may become.
    fn cover(&self, pattern: &[u8]) -> impl Iterator<Item = Vec<u8>> {
        let covers = self.destinations.iter();
        covers
            .filter_map(move |(_, transform)| transform.cover(pattern))
            .filter(|cover| !is_reserved(cover))
    }

    /// Appends what `subject`, which the source covers, becomes to `out`. False, and nothing is
    /// appended, when the message is lost: on purpose, or because there is no such subject.
    /// `random` gives even numbers of 32 bits.
    pub fn apply(
        &self,
        subject: &[u8],
        mut random: impl FnMut() -> u32,
        out: &mut Vec<u8>,
    ) -> bool {
        let chosen = match &*self.destinations {
            [(ALL, only)] => Some(only),
            destinations => {
                let share = random() % ALL;
                let mut above = destinations.iter().filter(|(end, _)| share < *end);
                above.next().map(|(_, transform)| transform)
            }
        };
        let start = out.len();
        let applied = chosen.is_some_and(|transform| transform.apply(subject, random, out));
        // A token of the subject may have become the first one.
        if applied && is_reserved(&out[start..]) {
            out.truncate(start);
            return false;
        }
        applied
    }
}

/// The destinations of one source in one cluster.
#[derive(Default)]
struct Destinations<'a> {
    seen: HashSet<&'a str>,
    total: u32,
    list: Vec<(u32, LenientTransform)>,
}

impl<'a> Destinations<'a> {
    fn add(&mut self, source: &str, claim: &'a WeightedMapping) -> Result<(), MappingError> {
        let name = &claim.subject;
        let transform = LenientTransform::new(source.as_bytes(), name.as_bytes())
            .map_err(|error| MappingError::Destination(name.clone(), error))?;
        if is_reserved(name.as_bytes()) {
            return Err(MappingError::Reserved(name.clone()));
        }
        if !self.seen.insert(name) {
            return Err(MappingError::Duplicate(name.clone()));
        }
        self.total += match claim.weight {
            0 => ALL,
            weight => u32::from(weight),
        };
        if self.total > ALL {
            return Err(MappingError::Weight);
        }
        self.list.push((self.total, transform));
        Ok(())
    }

    fn complete(mut self, source: &str) -> Result<Mapping, MappingError> {
        if self.total < ALL && !self.seen.contains(source) {
            let stays = LenientTransform::identity(source.as_bytes())
                .map_err(|error| MappingError::Destination(source.to_owned(), error))?;
            self.list.push((ALL, stays));
        }
        Ok(Mapping {
            destinations: self.list,
        })
    }
}

/// Before which other source one is tried. A source that covers less than another comes before it;
/// of two that only overlap, the one whose wildcards come later.
fn by_specificity(a: &[u8], b: &[u8]) -> Ordering {
    let ranks = |pattern| {
        subject::tokens(pattern).map(|token: &[u8]| match token {
            b">" => 2,
            b"*" => 1,
            _ => 0,
        })
    };
    ranks(a).cmp(ranks(b)).then_with(|| a.cmp(b))
}

fn is_reserved(subject: &[u8]) -> bool {
    let first = subject::tokens(subject).next();
    first.is_some_and(|first| RESERVED.contains(&first))
}

#[cfg(test)]
mod tests;
