//! Replays the fuzz corpus on the stable toolchain.

use std::fs;
use std::path::Path;

fn replay(target: &str, run: fn(&[u8])) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut files: Vec<_> = fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(
        files.len() >= 10,
        "{} seeds in {}",
        files.len(),
        dir.display()
    );
    for file in files {
        let data = fs::read(&file).unwrap();
        let held = |data: &[u8]| std::panic::catch_unwind(|| run(data)).is_ok();
        assert!(held(&data), "{}", file.display());
        // The same body as a token of every kind and version.
        if target == "tokens" && data.len() > 1 {
            for mode in 0..16 {
                let data = [&[mode], &data[1..]].concat();
                assert!(held(&data), "{} as {mode}", file.display());
            }
        }
    }
}

#[test]
fn the_tokens_corpus_holds() {
    replay("tokens", accounts::fuzzing::tokens);
}

#[test]
fn the_creds_corpus_holds() {
    replay("creds", accounts::fuzzing::creds);
}

#[test]
fn the_subjects_corpus_holds() {
    replay("subjects", accounts::fuzzing::subjects);
}

#[test]
fn the_transforms_corpus_holds() {
    replay("transforms", accounts::fuzzing::transforms);
}

#[test]
fn the_permissions_corpus_holds() {
    replay("permissions", accounts::fuzzing::permissions);
}
