//! schemaplan: declarative PostgreSQL schema changes that never take the application down.
//!
//! ```text
//! desired   files → statements in order, with origins and directives
//! engine    statements → a throwaway Postgres that holds the desired schema
//! introspect  any Postgres → Catalog              (the same reader for both sides)
//! diff      Catalog × Catalog → changes           pure
//! change    a change → steps (the recipe)         pure
//! plan      steps → dependency graph → Plan       pure
//! output    a Plan → scripts, report, graph, JSON pure
//! export    Catalog → schema files                   pure
//! execute   a Plan × database → done, stopped or refused
//! prove     a Plan × throwaway database → proven or not
//! ```
//!
//! # Invariants
//!
//! 1. A plan from `x` to `x` is empty. A plan applied, then planned again, is empty.
//! 2. From any state a plan leads through, going on leads to the same end. (Where the journal is lost in the middle of a
//!    plan, the program says so and points to the scripts: recognising every state from the catalog alone is not there yet.)
//! 3. A table that holds data is never dropped and re-created to change it. (Where the kind of partitioning changes, a
//!    small table is archived and its rows copied in the same transaction; a large one is refused.)
//! 4. Every up has a down; after the down the catalog equals the one before, and rows that were there are there. Where
//!    that is impossible the step says so, with the reason, before it runs.
//! 5. No statement waits for a lock longer than its lock timeout; nothing scans, rewrites or builds under a lock that
//!    blocks writers unless its hazard was allowed.
//! 6. A catalog row that we do not model is reported, never ignored, never half-changed.
//! 7. What the desired schema does not speak of by policy (grants, owners, extension members) is left alone.
//! 8. A saved plan carries the fingerprint of what it was made for, and is refused on anything else.
//! 9. The order of a table's columns is read and shown, and never a difference.
//!
//! # Floors
//!
//! A floor imports only lower floors: `text` 0, `model` 1, `sql` 2, `step` 3, `change` 4, `bodies` 5, `desired` and
//! `introspect` 6, `engine` and `diff` 7, `plan` 8, `output` and `execute` 9, `prove` and `export` 10, `cli` 11. `tests/tidy.rs` holds them apart.

pub mod bodies;
pub mod change;
pub mod cli;
pub mod desired;
pub mod diff;
pub mod engine;
pub mod execute;
pub mod export;
pub mod introspect;
pub mod lint;
pub mod model;
pub mod output;
pub mod plan;
pub mod prove;
pub mod sql;
pub mod step;
pub mod text;
