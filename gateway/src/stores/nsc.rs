//! The store of nsc: `<stores>/<operator>/…` for tokens, `<keys>/keys/<O|A|U>/…` for seeds.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use accounts::KeyPair;
use admin_api::Exported;
use anyhow::{Context, bail};
use serde_json::json;

use super::{Found, files, seeds, token, write};

/// nsc marks the folder of an operator with this file.
const MARK: &str = ".nsc";

/// Reads the operator at `dir`: its own folder, or a folder of stores that has only it (or the one
/// called `operator`). Seeds are looked for in `keys`, or where nsc keeps them.
pub(crate) fn read(
    dir: &Path,
    operator: Option<&str>,
    keys: Option<&Path>,
) -> anyhow::Result<Found> {
    let store = operator_folder(dir, operator)?;
    let tokens = files(&store, "jwt")?;
    let tokens: Vec<String> = tokens
        .iter()
        .map(|path| token(path))
        .collect::<Result<_, _>>()?;
    let keys = match keys {
        Some(keys) => Some(keys.to_owned()),
        None => usual_keys(&store)
            .into_iter()
            .find(|folder| folder.is_dir()),
    };
    let seeds = keys
        .map(|keys| seeds(&keys))
        .transpose()?
        .unwrap_or_default();
    Ok(Found { tokens, seeds })
}

fn is_operator(folder: &Path) -> bool {
    folder.join(MARK).is_file() || folder.join("accounts").is_dir()
}

fn operator_folder(dir: &Path, operator: Option<&str>) -> anyhow::Result<PathBuf> {
    let shown = dir.display();
    if is_operator(dir) && operator.is_none() {
        return Ok(dir.to_owned());
    }
    let mut found = Vec::new();
    for folder in [dir.to_owned(), dir.join("stores"), dir.join("nats")] {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(_) if folder != *dir => continue,
            Err(error) => return Err(error).with_context(|| format!("open {shown}")),
        };
        let folders = entries.flatten().map(|entry| entry.path());
        found.extend(folders.filter(|path| is_operator(path)));
    }
    let name = |path: &PathBuf| path.file_name().map(|it| it.to_string_lossy().into_owned());
    if let Some(operator) = operator {
        found.retain(|path| name(path).as_deref() == Some(operator));
    }
    found.sort();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => bail!("{shown} holds no store of nsc: point at `stores/<operator>`"),
        several => {
            let names: Vec<String> = several.iter().filter_map(name).collect();
            bail!(
                "{shown} holds several operators: say --operator, one of {}",
                names.join(", ")
            )
        }
    }
}

/// Where nsc keeps seeds: as its environment says, beside the stores, or in its usual places.
fn usual_keys(store: &Path) -> Vec<PathBuf> {
    let set = |name: &str| {
        env::var_os(name)
            .filter(|it| !it.is_empty())
            .map(PathBuf::from)
    };
    let beside = store
        .parent()
        .and_then(Path::parent)
        .map(|root| root.join("keys"));
    let home = set("HOME");
    let data = set("XDG_DATA_HOME").or_else(|| Some(home.as_ref()?.join(".local/share")));
    [
        set("NKEYS_PATH"),
        beside,
        data.map(|data| data.join("nats/nsc/keys")),
        home.map(|home| home.join(".nkeys")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Writes everything as nsc would: use it with `nsc env -s <dir>/stores` and
/// `NKEYS_PATH=<dir>/keys`.
pub(crate) fn export(dir: &Path, exported: &Exported) -> anyhow::Result<()> {
    let operator = &exported.operator;
    let store = dir
        .join("stores")
        .join(file_name(&operator.name, &operator.public_key));
    let mark = json!({
        "managed": false,
        "name": operator.name,
        "kind": "operator",
        "version": "1",
    });
    write(&store.join(MARK), &mark.to_string())?;
    write(
        &jwt_file(&store, &operator.name, &operator.public_key),
        &operator.jwt,
    )?;
    for account in &exported.accounts {
        let name = file_name(&account.name, &account.public_key);
        let folder = store.join("accounts").join(name);
        write(
            &jwt_file(&folder, &account.name, &account.public_key),
            &account.jwt,
        )?;
        for user in &account.users {
            let users = folder.join("users");
            write(&jwt_file(&users, &user.name, &user.public_key), &user.jwt)?;
        }
    }
    for seed in &exported.seeds {
        let key = KeyPair::from_seed(seed).context("read an exported seed")?;
        write(&key_file(&dir.join("keys"), &key), seed)?;
    }
    Ok(())
}

fn key_file(keys: &Path, key: &KeyPair) -> PathBuf {
    let public = key.public().to_string();
    let (kind, shard) = (&public[..1], &public[1..3]);
    keys.join("keys")
        .join(kind)
        .join(shard)
        .join(format!("{public}.nk"))
}

fn jwt_file(folder: &Path, name: &str, key: &str) -> PathBuf {
    folder.join(format!("{}.jwt", file_name(name, key)))
}

/// nsc names files after what they are about; a name that is no file name gives way to the key.
fn file_name<'a>(name: &'a str, key: &'a str) -> &'a str {
    let is_plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0']);
    if is_plain { name } else { key }
}

#[cfg(test)]
mod tests {
    use accounts::KeyKind;

    use super::*;

    #[test]
    fn an_operator_is_found_in_its_folder_and_above_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let one = root.join("stores/one");
        write(&one.join(MARK), "{}").expect("a mark");
        for dir in [one.clone(), root.join("stores"), root.to_owned()] {
            assert_eq!(operator_folder(&dir, None).expect("the operator"), one);
        }
        write(&root.join("stores/two").join(MARK), "{}").expect("a mark");
        let error = operator_folder(root, None)
            .expect_err("two operators")
            .to_string();
        assert!(error.contains("one of one, two"), "{error}");
        assert_eq!(
            operator_folder(root, Some("one")).expect("the operator"),
            one
        );
        let empty = tempfile::tempdir().expect("a folder");
        operator_folder(empty.path(), None).expect_err("nothing there");
    }

    #[test]
    fn seeds_of_users_stay_where_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = [
            (KeyKind::Operator, 1),
            (KeyKind::Account, 2),
            (KeyKind::User, 3),
        ];
        for (kind, byte) in keys {
            let key = KeyPair::from_entropy(kind, [byte; 32]);
            write(&key_file(folder.path(), &key), &key.seed()).expect("a key file");
        }
        write(&folder.path().join("keys/X/AA/x.nk"), "SXnonsense").expect("a file");
        let seeds = seeds(folder.path()).expect("seeds");
        let kinds: Vec<&str> = seeds.iter().map(|seed| &seed[..2]).collect();
        assert_eq!(kinds, ["SA", "SO"]);
    }

    #[test]
    fn a_name_that_is_no_file_name_gives_way_to_the_key() {
        assert_eq!(file_name("a b", "K"), "a b");
        for name in ["", "..", ".x", "a/b", "a\0"] {
            assert_eq!(file_name(name, "K"), "K", "{name:?}");
        }
    }
}
