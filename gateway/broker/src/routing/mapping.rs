//! Subject mappings of messages that enter an account from another one: requests that it serves,
//! and answers that it waits for. A client's own messages are mapped where they are published.

use super::deliver::Courier;
use crate::account::Account;

impl Courier {
    /// Puts the subject in the place of `subject` that `account` maps it to. `false`: the message
    /// is lost.
    pub(super) fn map(&mut self, account: &Account, subject: &mut Vec<u8>) -> bool {
        let Some(mappings) = account.mappings() else {
            return true;
        };
        let Some(mapping) = mappings.find(subject) else {
            return true;
        };
        let mut mapped = self.take_scratch();
        let found = mapping.apply(subject, || self.random(), &mut mapped);
        std::mem::swap(subject, &mut mapped);
        self.keep_scratch(mapped);
        found
    }
}
