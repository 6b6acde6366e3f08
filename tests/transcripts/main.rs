//! What the binary says and how it ends, as a user sees it: every transcript is a snapshot in `snapshots/transcripts`.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod doctoring;
mod dumping;
mod examples;
mod fake_server;
mod first_partition;
mod fleets;
mod held_rows;
mod holding;
mod hooking;
mod in_the_way;
mod linting;
mod lost;
mod printed;
mod purging;
mod refused;
mod renamed;
mod rights;
mod running;
mod saved;
mod stage;
mod unmanaged;
mod verify;
mod yaml;
