//! `docs/nsc.md` has a row for every command of nsc, which says what to do here.

use std::fs;
use std::path::Path;

/// The commands of nsc 2.12.
const COMMANDS: [&str; 65] = [
    "add account",
    "add export",
    "add import",
    "add mapping",
    "add operator",
    "add user",
    "completion",
    "delete account",
    "delete export",
    "delete import",
    "delete mapping",
    "delete operator",
    "delete user",
    "describe account",
    "describe jwt",
    "describe operator",
    "describe user",
    "edit account",
    "edit authcallout",
    "edit export",
    "edit operator",
    "edit signing-key",
    "edit user",
    "env",
    "expirations",
    "export keys",
    "fix",
    "generate activation",
    "generate config",
    "generate context",
    "generate creds",
    "generate diagram component",
    "generate diagram object",
    "generate nkey",
    "generate profile",
    "import account",
    "import keys",
    "import user",
    "init",
    "list accounts",
    "list keys",
    "list operators",
    "list users",
    "load",
    "migrate",
    "pull",
    "push",
    "reissue operator",
    "rename account",
    "revocations add-user",
    "revocations add_activation",
    "revocations delete-user",
    "revocations delete_activation",
    "revocations list-users",
    "revocations list_activations",
    "select account",
    "select operator",
    "tool pub",
    "tool reply",
    "tool req",
    "tool rtt",
    "tool sub",
    "update",
    "upgrade-jwt",
    "validate",
];

/// What stands between backticks in the first cell of a row, if the second one says something.
fn named(row: &str) -> Vec<&str> {
    let mut cells = row.trim_matches('|').splitn(2, " | ");
    let (first, second) = (cells.next(), cells.next());
    match second.is_some_and(|text| !text.trim().is_empty()) {
        true => first
            .unwrap_or_default()
            .split('`')
            .skip(1)
            .step_by(2)
            .collect(),
        false => Vec::new(),
    }
}

#[test]
fn every_command_of_nsc_has_a_row() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/nsc.md");
    let text = fs::read_to_string(document).expect("the document");
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let named: Vec<&str> = rows.flat_map(named).collect();
    for command in COMMANDS {
        let begins = |said: &&str| {
            said.strip_prefix(command)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        assert!(named.iter().any(begins), "no row for `{command}`");
    }
}
