//! The executor on a real server, with plans made by hand.

mod fixture;
mod journal;
mod locks;
mod steps;
