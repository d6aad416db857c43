//! `docs/security-tests.md` keeps its word: every test that it names exists, and every row says
//! something.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tests::paths;

/// Where the modules of the tests of a crate are.
fn root_of(name: &str) -> Option<PathBuf> {
    let folder = match name {
        "tests" => "tests/tests/it",
        "accounts" => "accounts/src",
        "protocol" => "gateway/protocol/tests/it",
        "broker" => "gateway/broker/src",
        _ => return None,
    };
    Some(paths::root().join(folder))
}

/// The file of a module that is written `a::b`.
fn file_of(root: &Path, modules: &[&str]) -> Option<PathBuf> {
    let plain = root.join(modules.join("/"));
    [plain.with_extension("rs"), plain.join("mod.rs")]
        .into_iter()
        .find(|file| file.is_file())
}

#[test]
fn every_security_test_that_is_named_exists() -> Result<()> {
    let file = paths::root().join("docs/security-tests.md");
    let text = fs::read_to_string(&file).context("read docs/security-tests.md")?;
    let mut named = 0;
    // Every second piece stands between backticks.
    for quoted in text.split('`').skip(1).step_by(2) {
        let words: Vec<&str> = quoted.split("::").collect();
        let [first, modules @ .., test] = words.as_slice() else {
            continue;
        };
        let (Some(root), false) = (root_of(first), modules.is_empty()) else {
            continue;
        };
        let found = file_of(&root, modules);
        let found = found.with_context(|| format!("there is no module for `{quoted}`"))?;
        let source = fs::read_to_string(found)?;
        ensure!(
            source.contains(&format!("fn {test}(")),
            "`{quoted}` does not exist"
        );
        named += 1;
    }
    ensure!(
        named > 50,
        "only {named} tests are named: is the list read at all?"
    );
    Ok(())
}

#[test]
fn every_row_has_a_test_or_a_reason() -> Result<()> {
    let text = fs::read_to_string(paths::root().join("docs/security-tests.md"))?;
    let rows = text
        .lines()
        .filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    for row in rows {
        let last = row
            .trim_end_matches('|')
            .rsplit('|')
            .next()
            .unwrap_or_default()
            .trim();
        let says = last == "tests"
            || ["`tests::", "`accounts::", "not yet: ", "see ", "with "]
                .iter()
                .any(|it| last.starts_with(it));
        ensure!(says, "this row names neither a test nor a reason: {row}");
    }
    Ok(())
}
