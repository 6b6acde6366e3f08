//! Runs whose process, connection or server ends in the middle, while an application writes; and what lies between them and the
//! server: standbys, poolers, cut networks.
//!
//! `SCHEMAPLAN_FAULTS=500` for so many faults of each kind, 6 by default; `SCHEMAPLAN_FAULTS_SEED` for those of an earlier run.
//! `SCHEMAPLAN_FAULTS_PART=2/4` for the second of four processes that share the boundaries of statements.
//! `SCHEMAPLAN_FAULTS_FROM=1240` for those from that one on.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../servers/mod.rs"]
mod servers;

mod application;
mod boundaries;
mod disk;
mod failover;
mod killed;
mod pooler;
mod proxy;
mod stage;
mod standby;
mod together;
