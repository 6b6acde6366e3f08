//! The executor on a real server, with plans made by hand.
#![allow(clippy::unwrap_used)]

mod batches;
mod fixture;
mod journal;
mod locks;
mod steps;
