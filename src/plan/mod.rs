//! From steps to a plan: the dependency graph, its order, the policy, the fingerprints.

mod document;

pub use document::{Boundary, FORMAT_VERSION, Plan, PlanStep};
