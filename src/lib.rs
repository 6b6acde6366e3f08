//! schemaplan: declarative PostgreSQL schema changes that never take the application down.

pub mod bodies;
pub mod change;
pub mod cli;
pub mod desired;
pub mod diff;
pub mod engine;
pub mod execute;
pub mod introspect;
pub mod model;
pub mod output;
pub mod plan;
pub mod sql;
pub mod step;
pub mod text;
