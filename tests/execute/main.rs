//! The executor on a real server, with plans made by hand.
#![allow(clippy::unwrap_used)]

mod batches;
mod fixture;
mod journal;
mod killed;
mod locks;
mod look;
mod parallel;
mod repair;
mod rollback;
mod scripts;
mod status;
mod steps;
mod vacuum;
