//! The crate through its public interface.

#[cfg(test)]
mod foreign_tokens;
