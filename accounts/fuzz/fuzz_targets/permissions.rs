//! See `accounts::fuzzing::permissions`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| accounts::fuzzing::permissions(data));
