//! Proves a plan in a throwaway database: there, back and there again, with rows in the tables, and every step looked at.
//!
//! The steps run by the executor as they would on the live database. The second way there runs them one by one, so that what each
//! locks, reads and writes anew can be compared with what it declares.

mod build;
mod fitting;
mod held;
mod judge;
mod proof;
mod rows;
mod show;
mod stop;
mod trace;
mod values;

pub use judge::{Names, Seen, Told, beyond};
pub use proof::{Asked, Check, Proof, StepProof, prove};
pub use rows::{Given, ROWS};
pub use show::{json, text};
pub use stop::Stop;
