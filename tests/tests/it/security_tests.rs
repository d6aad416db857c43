//! `docs/security-tests.md` and `docs/control-plane-tests.md` keep their word: every test that they
//! name exists, and every row says something.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use tests::paths;

const LISTS: [&str; 2] = ["docs/security-tests.md", "docs/control-plane-tests.md"];

/// Where the modules of the tests of a crate are.
fn roots_of(name: &str) -> &'static [&'static str] {
    match name {
        "tests" => &["tests/tests/it"],
        "accounts" => &["accounts/src"],
        "protocol" => &["gateway/protocol/tests/it"],
        "broker" => &["gateway/broker/src"],
        "gateway" => &["gateway/src", "gateway/tests/it"],
        "admin_api" => &["admin-api/tests/it", "admin-api/src"],
        _ => &[],
    }
}

/// The file of a module that is written `a::b`.
fn file_of(root: &Path, modules: &[&str]) -> Option<PathBuf> {
    let plain = root.join(modules.join("/"));
    [plain.with_extension("rs"), plain.join("mod.rs")]
        .into_iter()
        .find(|file| file.is_file())
}

/// Whether a test that is written `crate::a::b::test` exists; `None` for what is no test.
fn exists(quoted: &str) -> Result<Option<bool>> {
    let words: Vec<&str> = quoted.split("::").collect();
    let [first, modules @ .., test] = words.as_slice() else {
        return Ok(None);
    };
    let roots = roots_of(first);
    if roots.is_empty() || modules.is_empty() {
        return Ok(None);
    }
    for root in roots {
        let Some(file) = file_of(&paths::root().join(root), modules) else {
            continue;
        };
        if fs::read_to_string(file)?.contains(&format!("fn {test}(")) {
            return Ok(Some(true));
        }
    }
    Ok(Some(false))
}

fn read(list: &str) -> Result<String> {
    fs::read_to_string(paths::root().join(list)).with_context(|| format!("read {list}"))
}

#[test]
fn every_security_test_that_is_named_exists() -> Result<()> {
    for list in LISTS {
        let text = read(list)?;
        let mut named = 0;
        // Every second piece stands between backticks.
        for quoted in text.split('`').skip(1).step_by(2) {
            match exists(quoted)? {
                None => {}
                Some(true) => named += 1,
                Some(false) => bail!("{list}: `{quoted}` does not exist"),
            }
        }
        ensure!(
            named > 50,
            "only {named} tests are named in {list}: is it read at all?"
        );
    }
    Ok(())
}

#[test]
fn every_row_has_a_test_or_a_reason() -> Result<()> {
    for list in LISTS {
        let text = read(list)?;
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
                || [
                    "`tests::",
                    "`accounts::",
                    "`admin_api::",
                    "`gateway::",
                    "not yet: ",
                    "see ",
                    "with ",
                ]
                .iter()
                .any(|it| last.starts_with(it));
            ensure!(says, "this row names neither a test nor a reason: {row}");
        }
    }
    Ok(())
}
