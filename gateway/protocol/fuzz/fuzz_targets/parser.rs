//! Raw bytes, whole and in pieces: see `protocol::fuzzing::parser`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| protocol::fuzzing::parser(data));
