//! Header blocks and `CONNECT`: see `protocol::fuzzing::headers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| protocol::fuzzing::headers(data));
