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
        // The stream read as if it came with every choice of limits, and a few cuts.
        if target != "headers" && data.len() > 2 {
            for flags in 0..16 {
                for seed in [0, 1, 7, 255] {
                    let data = [&[flags, seed], &data[2..]].concat();
                    assert!(held(&data), "{} with {flags} {seed}", file.display());
                }
            }
        }
    }
}

#[test]
fn the_parser_corpus_holds() {
    replay("parser", protocol::fuzzing::parser);
}

#[test]
fn the_headers_corpus_holds() {
    replay("headers", protocol::fuzzing::headers);
}

#[test]
fn the_websocket_corpus_holds() {
    replay("websocket", protocol::fuzzing::websocket);
}
