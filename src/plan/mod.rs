//! From steps to a plan: the dependency graph, its order, the policy, the fingerprints.

mod application;
mod carried;
mod clients_path;
mod compile;
mod cut_overs;
mod document;
mod facts;
mod fingerprint;
mod graph;
#[cfg(test)]
mod graph_tests;
mod held_rows;
mod hung_keys;
mod identity_names;
mod in_place;
mod inside;
mod keys;
mod merge;
mod moving_indexes;
mod names;
mod names_below;
mod namesakes;
mod nested;
mod parents;
mod printing;
mod propagate;
mod published;
mod statistics;
mod twins;
mod under_lock;
mod units;

pub use application::{Rule, Safety, safety};
pub use compile::compile;
pub use document::{Boundary, FORMAT_VERSION, Plan, PlanStep};
pub use fingerprint::fingerprint;
