//! `$SYS.REQ.SERVER.<id>.RELOAD`: the binary reads its configuration again.

use std::{fmt, pin::Pin};

use crate::handle::Broker;

/// A reload under way. The error is for whoever asked.
pub type Reloading = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// What a reload does.
pub(crate) struct ReloadHook(Box<dyn Fn() -> Reloading + Send + Sync>);

impl ReloadHook {
    pub(super) fn run(&self) -> Reloading {
        (self.0)()
    }
}

impl fmt::Debug for ReloadHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReloadHook")
    }
}

impl Broker {
    /// Says how the configuration is read again when the system account asks for it. The first
    /// word counts; without one such requests are refused.
    pub fn on_reload(&self, hook: impl Fn() -> Reloading + Send + Sync + 'static) {
        // Set once: whoever comes second has nothing to add.
        let _ = self.server().reload.set(ReloadHook(Box::new(hook)));
    }
}
