//! Frames, compressed messages and upgrades: see `protocol::fuzzing::websocket`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| protocol::fuzzing::websocket(data));
