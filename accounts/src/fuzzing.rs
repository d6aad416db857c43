//! What the fuzz targets run. It lives here so that an ordinary test can replay their corpus, and
//! so that the property tests judge by the same rules.
//!
//! Each function takes what a fuzzer makes up and panics when a rule of this crate is broken.

mod algebra;
mod tokens;

pub use algebra::{permissions, subjects, transforms};
pub use tokens::{creds, tokens};

#[cfg(test)]
pub(crate) use algebra::naive_match;
