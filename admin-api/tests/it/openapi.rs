//! The checked-in OpenAPI document is the one that the code serves.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::problems::sources;

#[test]
fn the_checked_in_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let mut current = admin_api::openapi_json();
    current.push('\n');
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &current).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == current,
        "openapi.json is stale: run `UPDATE=1 cargo nextest run -p admin-api openapi` and then \
         `npm run generate` in web-ui"
    );
}

/// Of two types with one name the document would show one, in the place of both.
#[test]
fn no_two_types_share_a_name() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let mut known = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for derived in text.split("#[derive(").skip(1) {
            let (traits, rest) = derived.split_once(")]").unwrap();
            if !traits.contains("ToSchema") {
                continue;
            }
            let attributes = rest
                .lines()
                .skip(1)
                .take_while(|line| line.starts_with("#["));
            let given = attributes.filter_map(|line| line.split("(as = ").nth(1));
            let given = given
                .filter_map(|rest| rest.split([')', ',']).next())
                .next();
            let mut words = rest.split_whitespace();
            words.find(|word| ["struct", "enum"].contains(word));
            let own = words.next().unwrap().split(['<', '(', ';']).next().unwrap();
            let name = given.unwrap_or(own).to_owned();
            let other = known.insert(name.clone(), file.clone());
            assert_eq!(other, None, "{name} is in {} too", file.display());
        }
    }
    assert!(known.len() > 100, "{}", known.len());
}
