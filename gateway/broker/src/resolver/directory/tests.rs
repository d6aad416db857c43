//! The directory across reopening, a second owner, deletion and broken files.

use std::fs;

use accounts::nkeys::{KeyKind, PublicKey};

use super::Directory;
use crate::resolver::StoreError;

fn key(byte: u8) -> PublicKey {
    PublicKey::from_bytes(KeyKind::Account, [byte; 32])
}

#[test]
fn what_was_kept_is_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let directory = Directory::open(dir.path(), false).unwrap();
    directory.keep(&[(key(1), "one"), (key(2), "two")]).unwrap();
    directory.keep(&[(key(1), "uno")]).unwrap();
    drop(directory);
    let directory = Directory::open(dir.path(), false).unwrap();
    assert_eq!(directory.fetch(&key(1)).unwrap().as_deref(), Some("uno"));
    assert_eq!(directory.fetch(&key(2)).unwrap().as_deref(), Some("two"));
    assert_eq!(directory.fetch(&key(3)).unwrap(), None);
    assert_eq!(directory.list().len(), 2);
}

#[test]
fn a_second_owner_is_refused_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let first = Directory::open(dir.path(), false).unwrap();
    assert!(matches!(
        Directory::open(dir.path(), false),
        Err(StoreError::Locked(_))
    ));
    drop(first);
    Directory::open(dir.path(), false).unwrap();
}

#[test]
fn deletion_needs_leave_and_keeps_the_file_aside() {
    let dir = tempfile::tempdir().unwrap();
    let directory = Directory::open(dir.path(), false).unwrap();
    directory.keep(&[(key(1), "one")]).unwrap();
    assert!(matches!(
        directory.delete(&key(1)),
        Err(StoreError::DeleteForbidden)
    ));
    drop(directory);
    let directory = Directory::open(dir.path(), true).unwrap();
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
        vec![b'a'; 2 << 20],
    )
    .unwrap();
    let directory = Directory::open(dir.path(), false).unwrap();
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
