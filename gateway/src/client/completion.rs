//! Completions for shells.

use clap::Command;
pub(crate) use clap_complete::Shell;

/// The script that a shell reads, for example with `source <(tidegate completion bash)`.
pub(super) fn text(shell: Shell, command: &mut Command) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "tidegate", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
