//! Hash maps of the hot path.
//!
//! Subjects are chosen by clients, so the hash is seeded per process: a tenant cannot build
//! colliding subjects that would slow down a worker which other tenants share.

use std::collections::HashMap;

/// A map with subjects (or one token of them) as keys.
pub(crate) type SubjectMap<V> = HashMap<Box<[u8]>, V, foldhash::fast::RandomState>;
/// A map with connection ids as keys.
pub(crate) type IdMap<V> = HashMap<u64, V, foldhash::fast::RandomState>;
