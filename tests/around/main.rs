//! What surrounds a run, and what it waits for: backups, metrics, alerts, hooks, a failing archiver, vacuums, sessions in the way;
//! and what the doctor finds. Each on a server of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../servers/mod.rs"]
mod servers;

mod alert;
mod backup;
mod checked;
mod doctor;
mod emptied;
mod invalid;
mod majors;
mod metrics;
mod preflight;
mod prometheus;
mod refused;
mod stage;
mod tenants;
mod under_way;
mod waits;
mod way_back;
