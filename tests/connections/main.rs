//! Connections as libpq makes them, to real servers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../servers/mod.rs"]
mod servers;

mod backup;
mod certificates;
mod ipv6;
mod require_auth;
mod tls;
