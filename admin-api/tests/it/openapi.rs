//! The checked-in OpenAPI document is the one that the code serves.

use std::fs;
use std::path::Path;

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
