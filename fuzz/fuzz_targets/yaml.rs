#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| schemaplan_fuzz::yaml(data));
