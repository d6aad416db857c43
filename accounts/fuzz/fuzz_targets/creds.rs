//! See `accounts::fuzzing::creds`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| accounts::fuzzing::creds(data));
