//! See `accounts::fuzzing::transforms`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| accounts::fuzzing::transforms(data));
