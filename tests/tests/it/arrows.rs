//! The dependency arrows of the house, read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

/// Who may use whom among our own crates. A crate that is not listed here may not exist.
const ALLOWED: [(&str, &[&str]); 6] = [
    ("accounts", &[]),
    ("protocol", &[]),
    ("broker", &["accounts", "protocol"]),
    ("admin-api", &["accounts"]),
    ("gateway", &["accounts", "admin-api", "broker", "protocol"]),
    ("tests", &["accounts"]),
];

/// Crates of others that must not be reachable, however deep.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    (
        "accounts",
        &["tokio", "sqlx", "axum", "hyper", "mio", "async-nats"],
    ),
    (
        "protocol",
        &["tokio", "sqlx", "axum", "hyper", "mio", "async-nats"],
    ),
    ("broker", &["sqlx", "axum", "hyper", "async-nats", "nats"]),
    (
        "gateway",
        &["sqlx", "openssl-sys", "native-tls", "aws-lc-sys"],
    ),
];

/// `gateway` reaches sqlx through `admin-api`, and nowhere else.
const THROUGH: [(&str, &str); 1] = [("gateway", "admin-api")];

const OPTIONS: [&str; 4] = [
    "--offline",
    "--locked",
    "--filter-platform",
    "x86_64-unknown-linux-gnu",
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(tests::paths::root().join("Cargo.toml"))
        // One platform: the crates of others need not have been downloaded.
        .other_options(OPTIONS.map(str::to_owned))
        .exec()
        .expect("cargo metadata reads the workspace")
}

fn ours(metadata: &Metadata) -> BTreeMap<String, &Package> {
    metadata
        .workspace_packages()
        .into_iter()
        .map(|p| (p.name.to_string(), p))
        .collect()
}

#[test]
fn our_crates_use_each_other_only_along_the_arrows() {
    let metadata = metadata();
    let ours = ours(&metadata);
    let named: BTreeSet<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<&str> = ours.keys().map(String::as_str).collect();
    assert_eq!(found, named, "the crates of the workspace");
    for (name, allowed) in ALLOWED {
        let mine = ours[name]
            .dependencies
            .iter()
            .map(|dependency| dependency.name.as_str());
        for dependency in mine.filter(|dependency| found.contains(dependency)) {
            assert!(
                allowed.contains(&dependency),
                "{name} may not depend on {dependency}"
            );
        }
    }
}

#[test]
fn the_pure_crates_and_the_broker_never_reach_what_they_must_not_know() {
    let metadata = metadata();
    for (name, forbidden) in FORBIDDEN {
        let past = THROUGH
            .iter()
            .find(|(from, _)| *from == name)
            .map(|(_, through)| *through);
        let reached = reachable(&metadata, name, past);
        assert!(!reached.is_empty(), "{name} depends on something");
        let met: Vec<_> = forbidden
            .iter()
            .filter(|crate_| reached.contains(**crate_))
            .collect();
        assert!(met.is_empty(), "{name} reaches {met:?}");
    }
}

#[test]
fn versions_are_named_in_one_place() {
    let root = tests::paths::root();
    for package in ours(&metadata()).values() {
        let text = std::fs::read_to_string(&package.manifest_path).expect("read the manifest");
        let mut inside = false;
        for line in text.lines() {
            if line.starts_with('[') {
                inside = line.contains("dependencies");
            } else if inside && line.contains('=') && !line.trim_start().starts_with('#') {
                let inherited = line.contains("workspace = true") || line.contains("features");
                let manifest = package.manifest_path.strip_prefix(&root).expect("inside");
                assert!(
                    inherited,
                    "{manifest}: `{line}` belongs into the workspace's table"
                );
            }
        }
    }
}

/// The names of all crates that `name` needs when it is built, directly or not; the crate
/// `past` and what only it needs is left out.
fn reachable(metadata: &Metadata, name: &str, past: Option<&str>) -> BTreeSet<String> {
    let resolve = metadata
        .resolve
        .as_ref()
        .expect("metadata has a resolve graph");
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|n| (&n.id, n)).collect();
    let start = ours(metadata)[name].id.clone();
    let mut seen = BTreeSet::from([start.clone()]);
    let mut open = vec![start];
    let mut names = BTreeSet::new();
    while let Some(id) = open.pop() {
        for dependency in &nodes[&id].deps {
            let built = dependency
                .dep_kinds
                .iter()
                .any(|kind| matches!(kind.kind, DependencyKind::Normal | DependencyKind::Build));
            let package = metadata[&dependency.pkg].name.to_string();
            if built && Some(package.as_str()) != past && seen.insert(dependency.pkg.clone()) {
                names.insert(package);
                open.push(dependency.pkg.clone());
            }
        }
    }
    names
}
