//! What a connection remembers about the subjects that it publishes on.
//!
//! Valid for one generation of the account's table: any change of the table empties it, so a hit
//! needs no lock.

use std::sync::Arc;

use super::sublist::Matched;
use crate::{account::Account, hash::SubjectMap};

/// Subjects remembered per connection. Full means emptied: publishers with more subjects than this
/// gain nothing from a cache.
const ROUTES_MAX: usize = 1024;

/// The verdict and the receivers for one subject.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// Whether the publisher's permissions allow the subject.
    pub(crate) allowed: bool,
    pub(crate) matched: Arc<Matched>,
}

/// Routes by subject.
#[derive(Debug)]
pub(crate) struct RouteCache {
    /// Whether anything is remembered.
    is_on: bool,
    generation: u64,
    routes: SubjectMap<Route>,
}

impl RouteCache {
    pub(crate) fn new(is_on: bool) -> Self {
        Self {
            is_on,
            generation: 0,
            routes: SubjectMap::default(),
        }
    }

    /// The route for `subject`, made with `allowed` and the account's table when it is not known.
    pub(crate) fn route(
        &mut self,
        account: &Account,
        subject: &[u8],
        allowed: impl FnOnce(&[u8]) -> bool,
    ) -> &Route {
        let generation = account.generation();
        if !self.is_on || self.generation != generation || self.routes.len() >= ROUTES_MAX {
            self.routes.clear();
            self.generation = generation;
        }
        // Two look-ups on a miss: returning early from `get` holds the borrow (a limit of the
        // borrow checker).
        if !self.routes.contains_key(subject) {
            let matched = Arc::new(account.matches(subject));
            self.routes.insert(
                subject.into(),
                Route {
                    allowed: allowed(subject),
                    matched,
                },
            );
        }
        &self.routes[subject]
    }

    /// Forgets everything, for a change of permissions or of the account.
    pub(crate) fn clear(&mut self) {
        self.routes = SubjectMap::default();
    }
}
