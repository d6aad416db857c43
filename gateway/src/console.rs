//! Texts for the person (or script) that started the program, beside the log.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// A line on stdout. Nobody may be listening, which is no reason to stop.
pub(crate) fn say(text: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// A line on stderr.
pub(crate) fn complain(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether somebody reads stdout as it comes.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}
