//! See `accounts::fuzzing::tokens`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| accounts::fuzzing::tokens(data));
