//! See `accounts::fuzzing::subjects`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| accounts::fuzzing::subjects(data));
