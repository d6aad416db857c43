//! The directory across reopening, a second owner, deletion and broken files.

use std::fs;

use accounts::nkeys::{KeyKind, PublicKey};

use super::Directory;
use crate::{config::Deletion, resolver::StoreError};

fn key(byte: u8) -> PublicKey {
    PublicKey::from_bytes(KeyKind::Account, [byte; 32])
}

#[test]
fn what_was_kept_is_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let directory = Directory::open(dir.path(), Deletion::Refused, None).unwrap();
    directory.keep(&[(key(1), "one"), (key(2), "two")]).unwrap();
    directory.keep(&[(key(1), "uno")]).unwrap();
    drop(directory);
    let directory = Directory::open(dir.path(), Deletion::Refused, None).unwrap();
    assert_eq!(directory.fetch(&key(1)).unwrap().as_deref(), Some("uno"));
    assert_eq!(directory.fetch(&key(2)).unwrap().as_deref(), Some("two"));
    assert_eq!(directory.fetch(&key(3)).unwrap(), None);
    assert_eq!(directory.list().len(), 2);
}

#[test]
fn a_second_owner_is_refused_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let first = Directory::open(dir.path(), Deletion::Refused, None).unwrap();
    assert!(matches!(
        Directory::open(dir.path(), Deletion::Refused, None),
        Err(StoreError::Locked(_))
    ));
    drop(first);
    Directory::open(dir.path(), Deletion::Refused, None).unwrap();
}

#[test]
fn deletion_needs_leave_and_keeps_the_file_aside() {
    let dir = tempfile::tempdir().unwrap();
    let directory = Directory::open(dir.path(), Deletion::Refused, None).unwrap();
    directory.keep(&[(key(1), "one")]).unwrap();
    assert!(matches!(
        directory.delete(&key(1)),
        Err(StoreError::DeleteForbidden)
    ));
    drop(directory);
    let directory = Directory::open(dir.path(), Deletion::Aside, None).unwrap();
    assert!(directory.delete(&key(1)).unwrap());
    assert!(!directory.delete(&key(1)).unwrap());
    assert!(!directory.contains(&key(1)));
    assert!(dir.path().join(format!("{}.jwt.deleted", key(1))).exists());
}

#[test]
fn foreign_and_broken_files_harm_nobody() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("notes.txt"), "hello").unwrap();
    fs::write(dir.path().join("not-a-key.jwt"), "hello").unwrap();
    fs::write(dir.path().join(format!("{}.jwt", key(7))), [0xff, 0xfe]).unwrap();
    fs::write(
        dir.path().join(format!("{}.jwt", key(8))),
        vec![b'a'; accounts::jwt::ACCOUNT_TOKEN_BYTES_MAX + 1],
    )
    .unwrap();
    let directory = Directory::open(dir.path(), Deletion::Refused, None).unwrap();
    assert_eq!(directory.list(), [key(7), key(8)]);
    assert!(matches!(
        directory.fetch(&key(7)),
        Err(StoreError::NotAToken(_))
    ));
    assert!(matches!(
        directory.fetch(&key(8)),
        Err(StoreError::NotAToken(_))
    ));
}

#[test]
fn deletion_for_good_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let directory = Directory::open(dir.path(), Deletion::ForGood, None).unwrap();
    directory.keep(&[(key(1), "one")]).unwrap();
    assert!(directory.delete(&key(1)).unwrap());
    let names = fs::read_dir(dir.path())
        .unwrap()
        .map(|it| it.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), [".lock"]);
}

#[test]
fn a_full_directory_takes_updates_and_no_new_account() {
    let dir = tempfile::tempdir().unwrap();
    let directory = Directory::open(dir.path(), Deletion::Refused, Some(2)).unwrap();
    directory.keep(&[(key(1), "one"), (key(2), "two")]).unwrap();
    assert!(matches!(
        directory.keep(&[(key(1), "uno"), (key(3), "three")]),
        Err(StoreError::Full(2))
    ));
    assert_eq!(directory.fetch(&key(1)).unwrap().as_deref(), Some("one"));
    directory.keep(&[(key(1), "uno")]).unwrap();
    assert_eq!(directory.list(), [key(1), key(2)]);
}

#[test]
fn the_fingerprint_follows_every_change() {
    let dir = tempfile::tempdir().unwrap();
    let anew = || {
        let copy = tempfile::tempdir().unwrap();
        for file in fs::read_dir(dir.path()).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        let copied = Directory::open(copy.path(), Deletion::Refused, None).unwrap();
        copied.fingerprint()
    };
    let directory = Directory::open(dir.path(), Deletion::Aside, None).unwrap();
    assert_eq!(directory.fingerprint(), [0; 32]);
    directory.keep(&[(key(1), "one")]).unwrap();
    // SHA-256 of "one", as other programs have it.
    assert_eq!(directory.fingerprint()[..4], [0x76, 0x92, 0xc3, 0xad]);
    directory.keep(&[(key(2), "two"), (key(1), "uno")]).unwrap();
    assert_eq!(directory.fingerprint(), anew());
    directory.delete(&key(2)).unwrap();
    assert_eq!(directory.fingerprint(), anew());
}
