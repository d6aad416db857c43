//! Every code that the API answers is in `docs/problems.md`, with its status, and no other is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Functions of `Problem` whose first argument is a code, and their status.
const MADE_BY: [(&str, &str); 7] = [
    ("conflict", "409"),
    ("gone", "410"),
    ("if_in_use", "409"),
    ("if_taken", "409"),
    ("not_let_in", "401"),
    ("refused", "403"),
    ("unprocessable", "422"),
];
/// Codes that are chosen before the problem is made.
const CHOSEN: [(&str, &str, &str); 6] = [
    ("src/enrol/renewal.rs", "certificate_expired", "401"),
    ("src/enrol/renewal.rs", "certificate_refused", "401"),
    ("src/enrol/refusals.rs", "request_unreadable", "422"),
    ("src/enrol/refusals.rs", "key_refused", "422"),
    ("src/enrol/refusals.rs", "proof_refused", "422"),
    ("src/enrol/refusals.rs", "authority_refused", "422"),
];

type Codes = BTreeMap<String, BTreeSet<String>>;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// All files below the folder.
pub(crate) fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false => found.push(path),
        }
    }
}

/// The text between the next two quotes.
fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.split('"').next()
}

/// `new(StatusCode::NOT_FOUND, "not_found"`: problems that are what their status says.
fn with_status(text: &str, codes: &mut Codes) {
    for arguments in text.split("::new(").skip(1) {
        let mut words = arguments.split(',').map(str::trim);
        let status = words.next().and_then(status);
        if let (Some(status), Some(code)) = (status, words.next().and_then(quoted)) {
            codes.entry(code.to_owned()).or_default().insert(status);
        }
    }
}

/// What the sources say.
fn in_code() -> Codes {
    let mut files = Vec::new();
    sources(&here("src"), &mut files);
    let mut codes = Codes::new();
    let mut chosen = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let is_of_problem = file.to_string_lossy().contains("src/problem");
        if is_of_problem {
            with_status(&text, &mut codes);
        }
        for (function, status) in MADE_BY {
            let calls = [
                format!("Problem::{function}("),
                format!("Self::{function}("),
            ];
            let calls = calls
                .iter()
                .flat_map(|call| text.split(call.as_str()).skip(1));
            for arguments in calls.map(str::trim_start) {
                match quoted(arguments) {
                    Some(code) => {
                        let known = codes.entry(code.to_owned()).or_default();
                        known.insert(status.to_owned());
                    }
                    // Those of `Problem` itself hand theirs on.
                    None if is_of_problem => {}
                    None if arguments.starts_with("code") => chosen += 1,
                    None => panic!("{}: {function} without a code", file.display()),
                }
            }
        }
    }
    assert_eq!(
        chosen, 2,
        "say in `CHOSEN` which codes the new place chooses from"
    );
    for (file, code, status) in CHOSEN {
        let text = fs::read_to_string(here(file)).unwrap();
        assert!(text.contains(&format!("\"{code}\"")), "{file}: {code}");
        codes
            .entry(code.to_owned())
            .or_default()
            .insert(status.to_owned());
    }
    codes
}

/// `StatusCode::NOT_FOUND` is 404; `status` is one of those that only the router answers.
fn status(constant: &str) -> Option<String> {
    let name = constant.strip_prefix("StatusCode::")?.replace('_', " ");
    (400..600)
        .filter_map(|number| reqwest::StatusCode::from_u16(number).ok())
        .find(|status| {
            let reason = status.canonical_reason().unwrap_or_default();
            reason.to_uppercase().replace('-', " ") == name
        })
        .map(|status| status.as_str().to_owned())
}

/// What the table says.
fn in_table() -> Codes {
    let text = fs::read_to_string(here("../docs/problems.md")).unwrap();
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|');
        let code = cells.next()?.trim().trim_end_matches('`').to_owned();
        let statuses = cells.next()?.split(',').map(|it| it.trim().to_owned());
        let told: Vec<&str> = cells.map(str::trim).collect();
        assert!(
            told[..2].iter().all(|cell| !cell.is_empty()),
            "{code} says nothing"
        );
        Some((code, statuses.collect()))
    });
    rows.collect()
}

/// Answers that are made of a status which something else gave: a router, a limit.
const OF_OTHERS: [(&str, &str); 4] = [
    ("method_not_allowed", "405"),
    ("timeout", "408"),
    ("too_large", "413"),
    ("unsupported_media_type", "415"),
];

#[test]
fn the_table_has_every_code() {
    let mut codes = in_code();
    for (code, status) in OF_OTHERS {
        codes
            .entry(code.to_owned())
            .or_default()
            .insert(status.to_owned());
    }
    assert!(codes.len() > 90, "{}", codes.len());
    assert_eq!(in_table(), codes);
}
